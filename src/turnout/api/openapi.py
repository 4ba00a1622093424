"""The OpenAPI 3.1 description, made from the same operations that are served."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from turnout import __version__
from turnout.api.access import NEEDED
from turnout.api.documents import parameters_of, types_of
from turnout.api.operation import Body, Operation, ResourceType, Shown
from turnout.api.query import Parameter
from turnout.api.schema import ANY_OBJECT, STRING, list_of, or_null
from turnout.domain.errors import TITLES

Object = dict[str, Any]

_MEDIA = ("application/json", "application/vnd.api+json")

_KEY_INFLECTION = {
    "name": "Key-Inflection",
    "in": "header",
    "description": "How the names of attributes are written, in both directions. This document "
    "describes kebab.",
    "schema": {"type": "string", "enum": ["kebab"], "default": "kebab"},
}
_REQUEST_ID = {
    "name": "Request-Id",
    "in": "header",
    "description": "1 to 128 letters, digits and ._:/+=- come back in the answer and stand in the "
    "log; anything else is replaced.",
    "schema": STRING,
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same request does its work once; kept 24 hours or more.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
_TAG_LIST = r'^(\*|"[!#-~]{0,20}"(, ?"[!#-~]{0,20}"){0,3})$'

_ERROR = {
    "type": "object",
    "properties": {
        "title": STRING,
        "details": STRING,
        "code": {"type": "string", "enum": sorted(TITLES)},
        "source": {
            "type": "object",
            "properties": {"pointer": STRING, "parameter": STRING, "header": STRING},
            "additionalProperties": False,
        },
        "meta": ANY_OBJECT,
    },
    "required": ["title", "details", "code"],
    "additionalProperties": False,
}
_ERRORS = {
    "type": "object",
    "properties": {"errors": {**list_of({"$ref": "#/components/schemas/error"}), "minItems": 1}},
    "required": ["errors"],
    "additionalProperties": False,
}


def describe(operations: Sequence[Operation], prefix: str) -> Object:
    """The whole description.

    Args:
        prefix: what every path begins with.
    """
    paths: Object = {}
    types = types_of(operations)
    for each in operations:
        paths.setdefault(prefix + each.path, {})[each.method.lower()] = _operation(each, types)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Turnout",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "Business workflows that change while they are live.",
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "error": _ERROR,
                "errors": _ERRORS,
                **{name: _resource(kind) for name, kind in sorted(types.items())},
            },
        },
    }


def _operation(operation: Operation, types: Mapping[str, ResourceType]) -> Object:
    role = f"Needs a key with the role {NEEDED[operation.name].word} or higher."
    described: Object = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": " ".join(filter(None, (role, operation.description))),
        "tags": [operation.path.split("/")[1]],
        "parameters": _parameters(operation, types),
        "responses": _responses(operation),
    }
    if operation.body is not None:
        described["requestBody"] = _body(operation.body)
    return described


def _parameters(operation: Operation, types: Mapping[str, ResourceType]) -> list[Object]:
    found: list[Object] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": pattern},
        }
        for name, pattern in operation.path_patterns.items()
    ]
    found += [_parameter(each) for each in parameters_of(operation, types).values()]
    found += [_KEY_INFLECTION, _REQUEST_ID]
    if operation.once:
        found.append(_IDEMPOTENCY_KEY)
    for header in operation.preconditions:
        schema = {"type": "string", "pattern": _TAG_LIST}
        found.append({"name": header, "in": "header", "schema": schema})
    return found


def _parameter(parameter: Parameter) -> Object:
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _body(body: Body) -> Object:
    if body.content is not None:
        content = {media: {"schema": schema} for media, schema in body.content.items()}
        return {"required": body.required, "content": content}
    required = ["data"] if body.required else []
    data = {
        "type": "object",
        "properties": {"type": STRING, "id": STRING, "attributes": body.schema},
        "required": ["attributes"] if body.required else [],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"data": data},
        "required": required,
        "additionalProperties": False,
    }
    return {"required": body.required, "content": {media: {"schema": schema} for media in _MEDIA}}


def _responses(operation: Operation) -> Object:
    found: Object = {}
    for status in sorted({shown.status for shown in operation.shown}):
        ways = [shown for shown in operation.shown if shown.status == status]
        found[str(status)] = _response(ways)
    for status in sorted(_refusals(operation)):
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": _content({"$ref": "#/components/schemas/errors"}),
        }
    return found


def _refusals(operation: Operation) -> set[int]:
    found = {400, 401, 403, 500, 503, *operation.refusals}
    return found | {413, 415, 422} if operation.body is not None else found


def _response(ways: list[Shown]) -> Object:
    described: Object = {"description": HTTPStatus(ways[0].status).phrase}
    if ways[0].tagged:
        described["headers"] = {"ETag": {"required": True, "schema": STRING}}
    schemas = [schema for way in ways if (schema := _document(way)) is not None]
    if schemas:
        described["content"] = _content(schemas[0] if len(schemas) == 1 else {"anyOf": schemas})
    return described


def _content(schema: Object) -> Object:
    return {media: {"schema": schema} for media in _MEDIA}


def _document(shown: Shown) -> Object | None:
    if shown.resource is None:
        return shown.schema
    one: Object = _ref(shown.resource)
    data = list_of(one) if shown.many else or_null(one) if shown.nullable else one
    members: Object = {"data": data, "included": list_of(_included(shown)), "meta": ANY_OBJECT}
    required = ["data"]
    if shown.many:
        link = or_null(STRING)
        members["links"] = {
            "type": "object",
            "properties": {"prev": link, "next": link},
            "required": ["prev", "next"],
            "additionalProperties": False,
        }
        required.append("links")
    if shown.with_:
        required.append("included")
    return {
        "type": "object",
        "properties": members,
        "required": required,
        "additionalProperties": False,
    }


def _included(shown: Shown) -> Object:
    assert shown.resource is not None
    names = {shown.resource.relationships[name] for name in shown.resource.related}
    names |= {each.name for each in shown.with_}
    return (
        {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in sorted(names)]}
        if (names)
        else ANY_OBJECT
    )


def _ref(resource: ResourceType) -> Object:
    return {"$ref": f"#/components/schemas/{resource.name}"}


def _resource(resource: ResourceType) -> Object:
    """A resource; ``fields[…]`` may leave out any attribute, so none is required here."""
    members: Object = {
        "type": {"type": "string", "const": resource.name},
        "id": STRING,
        "attributes": {
            "type": "object",
            "properties": dict(resource.attributes),
            "additionalProperties": False,
        },
        "meta": ANY_OBJECT,
    }
    required = ["type", "id", "attributes"]
    if resource.relationships:
        members["relationships"] = {
            "type": "object",
            "properties": {
                name: _relationship(type_) for name, type_ in resource.relationships.items()
            },
            "required": list(resource.relationships),
            "additionalProperties": False,
        }
        required.append("relationships")
    return {
        "type": "object",
        "properties": members,
        "required": required,
        "additionalProperties": False,
    }


def _relationship(type_: str) -> Object:
    identifier = {
        "type": "object",
        "properties": {"type": {"type": "string", "const": type_}, "id": STRING},
        "required": ["type", "id"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"data": or_null(identifier)},
        "required": ["data"],
        "additionalProperties": False,
    }
