"""Audit entries in people's words: handles and versions instead of ids and objects.

What the log says stands there for ever, in ids; here they are looked up as they are now.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from turnout.cli import render, versions
from turnout.cli.client import Client
from turnout.cli.failure import Failure
from turnout.cli.resource import Resource

_VERSION = "wflv_"
_LONGEST = 60
_DIGEST = "sha256:"


class Names:
    """What ids are called, looked up on a server as they are met; each workflow once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._labels: dict[str, str] = {}
        self._handles: dict[str, str] = {}

    def label(self, version_id: str) -> str:
        """``v7``, ``draft``, or the end of the id of a draft that is gone."""
        self._look(version_id)
        return self._labels[version_id]

    def handle(self, id_: str) -> str:
        """The handle of a workflow, or of a version's; empty when the server knows none."""
        self._look(id_)
        return self._handles[id_]

    def _look(self, id_: str) -> None:
        if id_ in self._handles:
            return
        self._handles[id_], self._labels[id_] = "", render.short(id_)
        workflow_id: str | None = id_
        try:
            if id_.startswith(_VERSION):
                workflow_id = self._client.get(f"/workflow-versions/{id_}").one.related("workflow")
            workflow = self._client.get(f"/workflows/{workflow_id}").one
        except Failure as failure:
            if failure.status != HTTPStatus.NOT_FOUND:
                raise
            return
        self._handles[id_] = self._handles[workflow.id] = workflow["handle"]
        for version in versions.of(self._client, workflow):
            self._handles[version.id] = workflow["handle"]
            self._labels[version.id] = versions.label(version)


def subject(entry: Resource, names: Names) -> str:
    """What was changed: ``refunds``, ``refunds v7``, ``ci``, or the end of an id."""
    id_ = str(entry["subject"])
    if id_.startswith("wfl_"):
        return names.handle(id_) or render.short(id_)
    if id_.startswith(_VERSION):
        return f"{names.handle(id_)} {names.label(id_)}".lstrip()
    before, after = _sides(entry)
    for version_id in filter(_is_version, (*after, *before)):
        return names.handle(version_id) or render.short(id_)
    return str(after.get("name") or render.short(id_))


def change(entry: Resource, names: Names) -> str:
    """What it was and became: ``v8 25 % → 0, v7 75 % → 100``, ``paused no → yes``."""
    before, after = _sides(entry)
    shares = [
        {names.label(i): v for i, v in side.items() if _is_version(i)} for side in (before, after)
    ]
    told = [render.change(*shares)] if any(shares) else []
    told += _members(before, after, names)
    return ", ".join(told) + (" → none" if entry["after"] is None else "")


def _members(before: Mapping[str, Any], after: Mapping[str, Any], names: Names) -> Iterable[str]:
    for name in dict.fromkeys((*before, *after)):
        if _is_version(name):
            continue
        was, now = (_word(side.get(name), names) for side in (before, after))
        if name in before and name in after:
            if was != now:
                yield f"{name} {was} → {now}"
        else:
            yield f"{name} {now if name in after else was}"


def _word(value: Any, names: Names) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if text.startswith(_DIGEST):
        return text[: len(_DIGEST) + 8] + "…"
    if _is_version(text):
        return names.label(text)
    if value in (None, ""):
        return "none"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _sides(entry: Resource) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return entry["before"] or {}, entry["after"] or {}


def _is_version(name: str) -> bool:
    return name.startswith(_VERSION)
