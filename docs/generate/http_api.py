"""The operations of the HTTP API, as its OpenAPI description tells them."""

from collections.abc import Mapping
from typing import Any

from docs.generate.markdown import table
from turnout.api.access import NEEDED
from turnout.api.openapi import describe
from turnout.api.routes import OPERATIONS
from turnout.domain.role import Role

_PREFIX = "/api/v1"


def roles() -> str:
    """The roles, from the lowest."""
    return ", ".join(f"`{role.word}`" for role in Role) + "\n"


def overview() -> str:
    """Every operation in a line, with the role that it needs."""
    rows = (
        (f"[`{name}`](#{told['operationId']})", told["summary"], NEEDED[name].word)
        for name, told in _operations().items()
    )
    return table(("operation", "what it does", "role"), rows)


def operations() -> str:
    """Every operation with its parameters, attributes and answers."""
    return "\n".join(_operation(name, told) for name, told in _operations().items())


def _operations() -> dict[str, Any]:
    """``GET /workflows`` → how OpenAPI describes it."""
    return {
        f"{method.upper()} {path.removeprefix(_PREFIX)}": told
        for path, methods in describe(OPERATIONS, _PREFIX)["paths"].items()
        for method, told in methods.items()
    }


def _operation(name: str, told: Mapping[str, Any]) -> str:
    statuses = sorted(map(int, told["responses"]))
    parts = [f"### {told['operationId']}\n", f"`{name}`: {told['summary']}.\n"]
    query = [each for each in told["parameters"] if each["in"] == "query"]
    query = [each for each in query if not each["name"].startswith("fields[")]
    if query:
        rows = ((f"`{each['name']}`", each.get("description", "")) for each in query)
        parts.append(table(("parameter", ""), rows))
    attributes = _sent(told)
    if attributes.get("properties"):
        parts.append(table(("attribute", "", ""), _attributes(attributes)))
    good = ", ".join(str(each) for each in statuses if each < 400)
    bad = ", ".join(str(each) for each in statuses if each >= 400)
    parts.append(f"Answers {good}; refuses with {bad}.\n")
    return "\n".join(parts)


def _sent(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of the attributes that an operation takes; empty for none."""
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    data = content.get("schema", {}).get("properties", {}).get("data", {})
    found: Mapping[str, Any] = data.get("properties", {}).get("attributes", {})
    return found


def _attributes(schema: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    required = schema.get("required", ())
    return [
        (f"`{name}`", _type(each), "required" if name in required else _default_of(each))
        for name, each in schema["properties"].items()
    ]


def _default_of(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return "optional" if default in (None, "") else f"default `{str(default).lower()}`"


def _type(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    return str(schema.get("type", "any"))
