"""JSON:API documents: resources, what is included, sparse fields, pages."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from turnout.api.operation import Call, Operation, ResourceType
from turnout.api.query import Parameter, choices
from turnout.use_cases.ports import Slice

Object = dict[str, Any]
T = TypeVar("T")


@dataclass(slots=True)
class Resource:
    """One resource, its attributes in kebab.

    Attributes:
        relationships: name → id, ids, or None where there is none.
        related: resources at hand for ``include``, by relationship; the rest is looked up.
    """

    type: ResourceType
    id: str
    attributes: Object
    relationships: dict[str, str | list[str] | None] = field(default_factory=dict)
    meta: Object | None = None
    related: dict[str, "Resource | None"] = field(default_factory=dict)


Loader = Callable[[Call, str], Awaitable[Resource]]


def parameters_of(operation: Operation, types: Mapping[str, ResourceType]) -> dict[str, Parameter]:
    """All query parameters of an operation: its own, ``include`` and ``fields[…]``.

    Args:
        types: every type there is, by name.
    """
    found = list(operation.query)
    shown = [each.resource for each in operation.shown if each.resource]
    related = {name: kind.relationships[name] for kind in shown for name in kind.related}
    always = {kind.name for each in operation.shown for kind in each.with_}
    for name in sorted({kind.name for kind in shown} | always | set(related.values())):
        members = sorted({*types[name].attributes, *types[name].relationships})
        about = f"The attributes of a {name} to show; all by default."
        found.append(choices(f"fields[{name}]", about, members))
    if related:
        found.append(choices("include", "Related resources to send along.", sorted(related)))
    return {each.name: each for each in found}


def types_of(operations: Iterable[Operation]) -> dict[str, ResourceType]:
    """Every type that operations show, by name."""
    return {
        kind.name: kind
        for operation in operations
        for shown in operation.shown
        for kind in (shown.resource, *shown.with_)
        if kind is not None
    }


async def document(
    call: Call,
    resource: Resource | None,
    *,
    included: Sequence[Resource] = (),
    loaders: Mapping[str, Loader] | None = None,
) -> Object:
    """A document with one resource."""
    shown: Object = {"data": None if resource is None else _shown(resource, call)}
    wanted = [] if resource is None else [resource]
    _include(shown, call, [*included, *await _related(call, wanted, loaders or {})])
    if resource is not None and resource.meta is not None:
        shown["meta"] = resource.meta
    return shown


async def page_document(
    call: Call,
    resources: Sequence[Resource],
    found: Slice[T],
    *,
    loaders: Mapping[str, Loader] | None = None,
) -> Object:
    """A document with a page of resources and the ways to its neighbours."""
    links: dict[str, str | None] = {"prev": None, "next": None}
    if resources and found.previous:
        links["prev"] = _link(call, "page[before]", resources[0].id)
    if resources and found.next:
        links["next"] = _link(call, "page[after]", resources[-1].id)
    shown: Object = {"data": [_shown(each, call) for each in resources], "links": links}
    _include(shown, call, await _related(call, resources, loaders or {}))
    return shown


def _link(call: Call, parameter: str, id_: str) -> str:
    kept = [
        (name, value)
        for name, value in parse_qsl(call.query_string.decode("ascii"), keep_blank_values=True)
        if name not in ("page[after]", "page[before]")
    ]
    return f"{call.target}?{urlencode([*kept, (parameter, id_)])}"


def _shown(resource: Resource, call: Call) -> Object:
    wanted: tuple[str, ...] | None = call.query.get(f"fields[{resource.type.name}]")
    attributes = resource.attributes
    if wanted is not None:
        attributes = {name: attributes[name] for name in wanted if name in attributes}
    shown: Object = {"type": resource.type.name, "id": resource.id, "attributes": attributes}
    if resource.relationships:
        shown["relationships"] = {
            name: {"data": _reference(resource.type.relationships[name], target)}
            for name, target in resource.relationships.items()
        }
    if resource.meta is not None:
        shown["meta"] = resource.meta
    return shown


def _reference(type_: str, target: str | list[str] | None) -> object:
    if target is None:
        return None
    if isinstance(target, list):
        return [{"type": type_, "id": each} for each in target]
    return {"type": type_, "id": target}


def _include(shown: Object, call: Call, included: Sequence[Resource]) -> None:
    if included or "include" in call.query:
        unique = {(each.type.name, each.id): each for each in included}
        shown["included"] = [_shown(each, call) for each in unique.values()]


async def _related(
    call: Call, resources: Sequence[Resource], loaders: Mapping[str, Loader]
) -> list[Resource]:
    """What ``include`` asks for, each once."""
    found: dict[tuple[str, str], Resource] = {}
    for name in call.query.get("include", ()):
        for resource in resources:
            target = resource.relationships.get(name)
            if not isinstance(target, str):
                continue
            key = (resource.type.relationships[name], target)
            if key not in found:
                ready = resource.related.get(name)
                found[key] = ready if ready is not None else await loaders[key[0]](call, target)
    return list(found.values())
