"""``call: http``: a request as an effect; its answer is checked and read here.

The answer's value is ``{"status", "headers", "body", "uri", "method"}``: ``body`` is parsed
JSON, or text, or for ``output: raw`` the bytes in Base64.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from turnout.definition import model
from turnout.domain.journal import Effect
from turnout.domain.json import Json, JsonObject
from turnout.domain.uri import without_userinfo
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.errors import fault, kind_of
from turnout.interpreter.json_text import text
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.state import Frame
from turnout.interpreter.values import Template

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Body:
    """A compiled call.

    Attributes:
        uri_template: a URI with ``{name}`` places, or None where ``computed`` gives the URI.
        computed: gives an object of ``uri``, ``headers``, ``query`` and ``body``.
        fixed: members of every request: method, output, redirect.
    """

    uri_template: str | None
    computed: Template
    fixed: JsonObject


def prepare(task: model.CallHttpTask, compiler: Compiler) -> Body:
    """Compile all that is computed into one program."""
    is_template = isinstance(task.uri, str)
    parts: dict[str, model.Value] = {
        "uri": None if is_template else task.uri,
        "headers": task.headers,
        "query": task.query,
        "body": task.body,
    }
    return Body(
        uri_template=task.uri if isinstance(task.uri, str) else None,
        computed=compiler.template(parts, same="input"),
        fixed={"method": task.method, "output": task.returns, "redirect": task.redirect},
    )


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Want the request."""
    body: Body = task.body
    parts = machine.compute(body.computed, frame.input)
    assert isinstance(parts, dict)
    uri = parts["uri"]
    if body.uri_template is not None:
        uri = expanded(body.uri_template, frame.input)
    if not isinstance(uri, str):
        raise fault("expression", f"endpoint.uri must be text; it is {kind_of(uri)}.")
    request: JsonObject = {
        **body.fixed,
        "uri": uri,
        "headers": _texts(parts["headers"], "headers"),
        "query": _texts(parts["query"], "query"),
        "body": parts["body"],
    }
    return machine.want("http", request)


def answered(
    machine: Machine, task: CompiledTask, frame: Frame, effect: Effect, value: Json
) -> Result:
    """Read the answer, or fault with its status."""
    body: Body = task.body
    if not isinstance(value, dict) or not isinstance(value.get("status"), int):
        raise fault("communication", "The answer to the call could not be read.")
    _check_status(value, effect.request, bool(body.fixed["redirect"]))
    if body.fixed["output"] != "response":
        return value.get("body")
    return {
        "request": {
            "method": value.get("method", effect.request["method"]),
            "uri": value.get("uri", effect.request["uri"]),
            "headers": effect.request["headers"],
        },
        "statusCode": value["status"],
        "headers": value.get("headers", {}),
        "content": value.get("body"),
    }


def expanded(template: str, variables: Json) -> str:
    """The URI with every ``{name}`` replaced by the percent-encoded top-level member.

    A missing or null member leaves nothing. (RFC 6570, simple string expansion.)

    Raises:
        Fault: of type ``expression``, for an object or an array.
    """
    members = variables if isinstance(variables, dict) else {}

    def member(place: re.Match[str]) -> str:
        value = members.get(place.group(1))
        return "" if value is None else quote(_text(value, place.group()), safe="")

    return _PLACEHOLDER.sub(member, template)


def _check_status(value: dict[str, Any], request: JsonObject, redirect: bool) -> None:
    status = value["status"]
    if not 200 <= status < (400 if redirect else 300):
        where = f"{request['method']} {without_userinfo(str(request['uri']))}"
        raise fault("communication", f"{where} answered {status}.", status=status)


def _texts(values: Json, what: str) -> JsonObject:
    """Headers or query as texts; null members are left out, arrays repeat the name."""
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise fault("expression", f"{what} must be an object; they are {kind_of(values)}.")
    texts: JsonObject = {}
    for name, value in values.items():
        if isinstance(value, list) and what == "query":
            texts[name] = [_text(item, f"query.{name}") for item in value]
        elif value is not None:
            texts[name] = _text(value, f"{what}.{name}")
    return texts


def _text(value: Json, what: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise fault("expression", f"{what} must be text, number or boolean: {kind_of(value)}.")
    return text(value).decode()
