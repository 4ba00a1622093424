"""Versions, and the draft that will be the next one, as one environment sees them."""

from typing import Any

from turnout.api.documents import Resource
from turnout.api.operation import Call, ResourceType
from turnout.api.schema import (
    BOOLEAN,
    INSTANT,
    INTEGER,
    PERCENTAGE,
    STRING,
    id_of,
    list_of,
    object_of,
    one_of,
    or_null,
    percent,
)
from turnout.domain.draft import Draft
from turnout.domain.ids import Prefix
from turnout.domain.instant import iso
from turnout.domain.problem import Problem
from turnout.domain.version import Version
from turnout.use_cases.read_versions import VersionView, read_version

PROBLEM = object_of(
    severity=one_of("error", "warning"),
    code=STRING,
    message=STRING,
    path=STRING,
    line=or_null(INTEGER),
    column=or_null(INTEGER),
    hint=or_null(STRING),
)

VERSION = ResourceType(
    "workflow-version",
    {
        "workflow-name": STRING,
        "number": or_null(INTEGER),
        "description": STRING,
        "status": one_of("draft", "published", "archived"),
        "trigger-type": STRING,
        "live": BOOLEAN,
        "rollout-label": or_null(one_of("treatment", "control")),
        "rollout-percentage": or_null(PERCENTAGE),
        "badge": or_null(STRING),
        "runs": INTEGER,
        "in-flight": INTEGER,
        "last-updater": or_null(STRING),
        "authors": list_of(object_of(id=id_of(Prefix.API_KEY), name=STRING, saves=INTEGER)),
        "inputs": list_of(object_of(name=STRING, type=STRING, required=BOOLEAN)),
        "outputs": list_of(object_of(name=STRING)),
        "content-hash": or_null(STRING),
        "based-on": or_null(id_of(Prefix.VERSION)),
        "revision": or_null(INTEGER),
        "problems": list_of(PROBLEM),
        # Only where the text itself was asked for: lists would carry megabytes.
        "definition": STRING,
        "created-at": INSTANT,
        "updated-at": INSTANT,
        "published-at": or_null(INSTANT),
    },
    {"workflow": "workflow", "based-on": "workflow-version"},
    ("workflow",),
)


def version_resource(view: VersionView, *, definition: bool = False) -> Resource:
    """A version or draft; with ``definition``, its text as written."""
    content, share = view.content, view.share
    own = _version(view, content) if isinstance(content, Version) else _draft(content)
    attributes: dict[str, Any] = {
        "workflow-name": view.workflow.name,
        "live": share is not None,
        "rollout-label": share.label.value if share else None,
        "rollout-percentage": percent(share.basis_points) if share else None,
        "badge": view.badge.text if view.badge else None,
        "runs": view.runs,
        "in-flight": view.in_flight,
        "authors": [
            {"id": each.actor, "name": view.names.get(each.actor, ""), "saves": each.saves}
            for each in content.authors
        ],
        "based-on": content.based_on,
        "created-at": iso(content.created_at),
        **own,
    }
    updater = attributes["last-updater"]
    attributes["last-updater"] = view.names.get(updater) or updater
    if definition:
        attributes["definition"] = content.definition
    relationships: dict[str, str | list[str] | None] = {
        "workflow": content.workflow_id,
        "based-on": content.based_on,
    }
    return Resource(VERSION, content.id, attributes, relationships)


def _version(view: VersionView, version: Version) -> dict[str, Any]:
    archived = view.workflow.archived_at is not None
    return {
        "number": version.number,
        "description": version.description,
        "status": "archived" if archived else "published",
        "trigger-type": version.trigger_type,
        "inputs": [
            {"name": name, "type": type_, "required": required}
            for name, type_, required in version.inputs
        ],
        "outputs": [{"name": name} for name in version.outputs],
        "content-hash": version.content_hash,
        "revision": None,
        "problems": [],
        "last-updater": version.published_by,
        "updated-at": iso(version.published_at),
        "published-at": iso(version.published_at),
    }


def _draft(draft: Draft) -> dict[str, Any]:
    return {
        "number": None,
        "description": "",
        "status": "draft",
        "trigger-type": "api",
        "inputs": [],
        "outputs": [],
        "content-hash": None,
        "revision": draft.revision,
        "problems": [problem_object(each) for each in draft.problems],
        "last-updater": draft.authors[-1].actor if draft.authors else None,
        "updated-at": iso(draft.updated_at),
        "published-at": None,
    }


def problem_object(problem: Problem) -> dict[str, Any]:
    """A problem of a definition."""
    return {
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "hint": problem.hint,
    }


async def load_version(call: Call, id_: str) -> Resource:
    """Look one up, to be included."""
    return version_resource(await read_version(call.ports, call.caller, id_))
