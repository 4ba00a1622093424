"""Environments, API keys and the audit log."""

from turnout.api.documents import Resource
from turnout.api.operation import ResourceType
from turnout.api.schema import ANY_OBJECT, BOOLEAN, INSTANT, INTEGER, STRING, one_of, or_null
from turnout.domain.api_key import ApiKey
from turnout.domain.audit import AuditEntry
from turnout.domain.environment import Environment
from turnout.domain.instant import iso
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller

ENVIRONMENT = ResourceType(
    "environment",
    # `current`: whether it is the one that the asking key belongs to.
    {"name": STRING, "current": BOOLEAN, "created-at": INSTANT},
)

API_KEY = ResourceType(
    "api-key",
    {
        "name": STRING,
        "role": one_of(*(role.word for role in Role)),
        "environment": STRING,
        # The secret, in the one answer that makes the key.
        "key": STRING,
        "created-at": INSTANT,
        "revoked-at": or_null(INSTANT),
    },
    {"environment": "environment"},
)

AUDIT_LOG = ResourceType(
    "audit-log",
    {
        "sequence": INTEGER,
        "action": STRING,
        "subject": STRING,
        "before": or_null(ANY_OBJECT),
        "after": or_null(ANY_OBJECT),
        "actor": STRING,
        "reason": STRING,
        "created-at": INSTANT,
        "previous-hash": STRING,
        "hash": STRING,
    },
    {"creator": "api-key", "environment": "environment"},
)


def environment_resource(environment: Environment, caller: Caller) -> Resource:
    """An environment, as the holder of a key sees it."""
    return Resource(
        ENVIRONMENT,
        environment.id,
        {
            "name": environment.name,
            "current": environment.id == caller.environment.id,
            "created-at": iso(environment.created_at),
        },
    )


def api_key_resource(key: ApiKey, environment: Environment, secret: str | None = None) -> Resource:
    """A key; its secret only when it was made just now."""
    attributes = {
        "name": key.name,
        "role": key.role.word,
        "environment": environment.name,
        "created-at": iso(key.created_at),
        "revoked-at": None if key.revoked_at is None else iso(key.revoked_at),
    }
    if secret is not None:
        attributes["key"] = secret
    return Resource(API_KEY, key.id, attributes, {"environment": environment.id})


def audit_resource(entry: AuditEntry, names: dict[str, str]) -> Resource:
    """An entry of the audit log; its id is its sequence number."""
    record = entry.record
    return Resource(
        AUDIT_LOG,
        str(entry.sequence),
        {
            "sequence": entry.sequence,
            "action": record.action,
            "subject": record.subject,
            "before": record.before,
            "after": record.after,
            "actor": names.get(record.by.actor) or record.by.actor,
            "reason": record.by.reason,
            "created-at": iso(record.by.at),
            "previous-hash": entry.previous.hex(),
            "hash": entry.hash.hex(),
        },
        {"creator": record.by.actor, "environment": record.environment_id},
    )
