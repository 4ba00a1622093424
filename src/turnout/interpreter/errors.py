"""Errors of workflows, as the DSL has them: ``type, status, title, detail, instance``.

They are data of a run, unlike ``turnout.domain.errors``, which refuse a request.
"""

from turnout.domain.json import Json, JsonObject

BASE = "https://open-workflow-specification.org/spec/1.0.0/errors/"
"""Where Turnout's own error types live; ``canonical_type`` knows the other spellings."""

STANDARD = {
    "configuration": (400, "Configuration Error"),
    "validation": (400, "Validation Error"),
    "expression": (400, "Expression Error"),
    "authentication": (401, "Authentication Error"),
    "authorization": (403, "Authorization Error"),
    "timeout": (408, "Timeout Error"),
    "communication": (500, "Communication Error"),
    "runtime": (500, "Runtime Error"),
}
"""Name of a standard error type → its default status and title."""

_HOSTS = ("open-workflow-specification.org", "serverlessworkflow.io")
_PATHS = ("spec/1.0.0/errors", "spec/1.0.1/errors", "spec/1.0.2/errors", "spec/1.0.3/errors")
_ALIASES = {
    f"https://{host}/{path}/{name}": BASE + name
    for host in _HOSTS
    for path in (*_PATHS, "dsl/errors/types")
    for name in STANDARD
}

DETAIL_LIMIT = 500
"""Characters of an error's detail; whatever an expression puts there is cut."""


class Fault(Exception):
    """A task or the workflow failed; the drive loop turns it into the run's fault.

    Attributes:
        error: members of the DSL's error object; ``instance`` is filled in by the machine.
    """

    def __init__(self, error: JsonObject) -> None:
        super().__init__(str(error.get("detail") or error.get("title") or error.get("type")))
        self.error = error


class LimitFault(Fault):
    """The run broke a limit of Turnout's own: no ``try`` catches that."""


def fault(name: str, detail: str, status: int | None = None, instance: str | None = None) -> Fault:
    """A fault of a standard type; ``name`` is a key of ``STANDARD``."""
    default, title = STANDARD[name]
    error: JsonObject = {
        "type": BASE + name,
        "status": default if status is None else status,
        "title": title,
        "detail": shortened(detail),
    }
    if instance is not None:
        error["instance"] = instance
    return Fault(error)


def canonical_type(type_: str) -> str:
    """The spelling that Turnout emits for a standard type in any of its aliases; else as given."""
    return _ALIASES.get(type_, type_)


def shortened(text: str) -> str:
    """At most ``DETAIL_LIMIT`` characters of it."""
    return text if len(text) <= DETAIL_LIMIT else text[: DETAIL_LIMIT - 1] + "…"


def kind_of(value: Json) -> str:
    """What JSON calls the type of a value: ``object``, ``array``, ``string`` …"""
    if value is None:
        return "null"
    return _KINDS[type(value)]


_KINDS = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
}
