"""Environments, API keys and the audit log."""

from typing import Any

from pydantic import Field

from turnout.api.attributes import Attributes, Text
from turnout.api.documents import document, page_document
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.query import Parameter, page, paging, paging_by_number
from turnout.api.resources.keys import (
    API_KEY,
    AUDIT_LOG,
    ENVIRONMENT,
    api_key_resource,
    audit_resource,
    environment_resource,
)
from turnout.api.routes import paths
from turnout.api.routes.bodies import attributes_body
from turnout.api.routes.paths import KEY_ID, require_own_environment
from turnout.domain import role as roles
from turnout.domain.ids import Prefix
from turnout.domain.role import Role
from turnout.use_cases.create_api_key import create_api_key
from turnout.use_cases.create_environment import create_environment
from turnout.use_cases.read_audit import read_audit
from turnout.use_cases.read_environments import list_api_keys, list_environments
from turnout.use_cases.revoke_api_key import revoke_api_key


class CreateEnvironment(Attributes):
    """The name of a new environment."""

    name: Text


class CreateApiKey(Attributes):
    """A new key: its role, and what people call its holder."""

    role: str = Field(json_schema_extra={"enum": [role.word for role in Role]})
    name: Text = ""
    environment: Text | None = None


async def environments(call: Call) -> Answer:
    """List all environments."""
    found = await list_environments(call.ports, call.caller, page(call.query))
    resources = [environment_resource(each, call.caller) for each in found.items]
    return Answer(await page_document(call, resources, found))


async def make_environment(call: Call) -> Answer:
    """Create an environment."""
    name = call.attributes(CreateEnvironment).name
    made = await create_environment(call.ports, call.caller, name)
    return Answer(await document(call, environment_resource(made, call.caller)), 201)


async def api_keys(call: Call) -> Answer:
    """List the keys of this environment."""
    require_own_environment(call, call.query.get("filter[environment]"))
    found = await list_api_keys(call.ports, call.caller, page(call.query))
    resources = [api_key_resource(each, call.caller.environment) for each in found.items]
    return Answer(await page_document(call, resources, found))


async def make_api_key(call: Call) -> Answer:
    """Create a key."""
    sent = call.attributes(CreateApiKey)
    require_own_environment(call, sent.environment)
    made = await create_api_key(
        call.ports, call.caller, environment=None, role=roles.parse(sent.role), name=sent.name
    )
    shown = api_key_resource(made.key, made.environment, made.secret)
    return Answer(await document(call, shown), 201)


async def revoke(call: Call) -> Answer:
    """Revoke a key."""
    await revoke_api_key(call.ports, call.caller, call.id)
    return Answer(None, 204)


async def audit_logs(call: Call) -> Answer:
    """List the audit log."""
    require_own_environment(call, call.query.get("filter[environment]"))
    view = await read_audit(call.ports, call.caller, page(call.query))
    resources = [audit_resource(each, view.names) for each in view.entries.items]
    return Answer(await page_document(call, resources, view.entries))


def _list(
    path: str, id_: str, summary: str, handler: Any, shown: Shown, *query: Parameter
) -> Operation:
    return Operation("GET", path, id_, summary, handler, (shown,), query=query)


OPERATIONS = (
    _list(
        "/environments",
        "list-environments",
        "List environments, newest first",
        environments,
        Shown(ENVIRONMENT, many=True),
        *paging(Prefix.ENVIRONMENT),
    ),
    Operation(
        "POST",
        "/environments",
        "create-environment",
        "Create an environment in which nothing is live yet",
        make_environment,
        (Shown(ENVIRONMENT, 201),),
        body=attributes_body(CreateEnvironment),
        refusals=(409, 422),
        once=True,
    ),
    _list(
        "/api-keys",
        "list-api-keys",
        "List the keys of this environment, newest first",
        api_keys,
        Shown(API_KEY, many=True),
        *paging(Prefix.API_KEY),
        paths.ENVIRONMENT,
    ),
    Operation(
        "POST",
        "/api-keys",
        "create-api-key",
        "Create a key of this environment; its secret is in this answer only",
        make_api_key,
        (Shown(API_KEY, 201),),
        body=attributes_body(CreateApiKey),
        refusals=(409, 422),
        once=True,
    ),
    Operation(
        "DELETE",
        "/api-keys/{id}",
        "revoke-api-key",
        "Revoke a key",
        revoke,
        (Shown(None, 204),),
        refusals=(404, 409),
        path_patterns=KEY_ID,
    ),
    _list(
        "/audit-logs",
        "list-audit-logs",
        "List changes in this environment and everywhere, newest first",
        audit_logs,
        Shown(AUDIT_LOG, many=True),
        *paging_by_number(),
        paths.ENVIRONMENT,
    ),
)
