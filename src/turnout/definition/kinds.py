"""What is certainly known of a value before any run: its types, its members.

A kind is always at least as wide as the truth. In doubt it is ``UNKNOWN``, from which nothing
follows; so whatever a lint concludes from kinds holds for every run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from turnout.domain.json import Json

NULL = "null"
TYPES = frozenset((NULL, "boolean", "number", "string", "array", "object"))
MOST_PARTS, DEEPEST = 200, 20
"""A kind with more parts or levels is not followed: lints must not cost more than they save."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of a value.

    Attributes:
        types: JSON types that it may have.
        members: where it is an object: what is known of its members.
        certain: names of members that it surely has, if it is an object.
        closed: whether it surely has no other members.
        parts, depth: of how many kinds it is made, in how many levels.
    """

    types: frozenset[str] = TYPES
    members: Mapping[str, "Kind"] = field(default_factory=dict)
    certain: frozenset[str] = frozenset()
    closed: bool = False
    parts: int = 1
    depth: int = 1

    @property
    def may_be_object(self) -> bool:
        """Whether it can have members."""
        return "object" in self.types

    def lacks(self, name: str) -> bool:
        """Whether it surely has no such member, and is an object or null."""
        return (
            self.closed
            and self.types <= {"object", NULL}
            and self.may_be_object
            and name not in self.members
        )

    def member(self, name: str) -> "Kind":
        """Return what is known of ``.name``."""
        if not self.may_be_object:
            return of_type(NULL) if self.types == {NULL} else UNKNOWN
        found = self.members.get(name)
        if found is None:
            return UNKNOWN
        return found if name in self.certain and NULL not in self.types else or_null(found)


UNKNOWN = Kind()


def of_type(*types: str) -> Kind:
    """Return the kind of anything of these types."""
    return Kind(frozenset(types))


def made(members: Mapping[str, Kind], certain: Iterable[str], closed: bool = True) -> Kind:
    """Return the kind of an object with these members."""
    parts = 1 + sum(member.parts for member in members.values())
    depth = 1 + max((member.depth for member in members.values()), default=0)
    if parts > MOST_PARTS or depth > DEEPEST:
        return of_type("object")
    return Kind(frozenset(("object",)), members, frozenset(certain), closed, parts, depth)


def or_null(kind: Kind) -> Kind:
    """Return the kind of what may also be null."""
    if NULL in kind.types:
        return kind
    return replace(kind, types=kind.types | {NULL})


def either(left: Kind, right: Kind) -> Kind:
    """Return the kind of what is the one or the other."""
    if left == right:
        return left
    types = left.types | right.types
    if not (left.may_be_object and right.may_be_object):
        one = left if left.may_be_object else right
        return replace(one, types=types)
    # A member that the other may have, without saying what it is, may be anything.
    names = [
        *(name for name in left.members if name in right.members or right.closed),
        *(name for name in right.members if name not in left.members and left.closed),
    ]
    members = {name: _either_member(left, right, name) for name in names}
    joined = made(members, left.certain & right.certain, left.closed and right.closed)
    return replace(joined, types=types)


def _either_member(left: Kind, right: Kind, name: str) -> Kind:
    one, other = left.members.get(name), right.members.get(name)
    if one is None or other is None:
        found = one or other
        assert found is not None
        return found
    return either(one, other)


def merged(left: Kind, right: Kind) -> Kind:
    """Return the kind of ``left + right``, two objects or null."""
    members = dict(left.members)
    for name, kind in right.members.items():
        sure = name in right.certain and NULL not in right.types
        members[name] = kind if sure or name not in members else either(members[name], kind)
    closed = left.closed and right.closed
    if not right.closed:
        # It may hold anything under any name that it does not describe.
        members = {name: kind for name, kind in members.items() if name in right.members}
    if not left.closed:
        members = {
            name: kind
            for name, kind in members.items()
            if name in left.members or name in right.certain
        }
    certain = {
        name
        for kind in (left, right)
        if NULL not in kind.types
        for name in kind.certain
        if name in members
    }
    found = made(members, certain, closed)
    return or_null(found) if NULL in left.types and NULL in right.types else found


def constant(value: Json) -> Kind:
    """Return the kind of a value that is written out."""
    if isinstance(value, dict):
        return made({name: constant(member) for name, member in value.items()}, value)
    return of_type(type_of(value))


def type_of(value: Json) -> str:
    """Return what JSON calls the type of a value."""
    if value is None:
        return NULL
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def of_schema(schema: Json, depth: int = 8) -> Kind:
    """Return the kind of what fits a JSON Schema, from what it says plainly."""
    if not isinstance(schema, dict) or depth == 0 or "$ref" in schema:
        return UNKNOWN
    types = _types(schema)
    described = schema.get("properties")
    properties = described if isinstance(described, dict) else {}
    if "object" not in types or len(properties) > MOST_PARTS:
        return Kind(types)
    members = {name: of_schema(inner, depth - 1) for name, inner in properties.items()}
    required = schema.get("required")
    names = required if isinstance(required, list) else []
    certain = [name for name in names if isinstance(name, str) and name in members]
    closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
    found = made(members, certain, closed)
    return replace(found, types=types)


def _types(schema: Mapping[str, Json]) -> frozenset[str]:
    written = schema.get("type")
    names = [written] if isinstance(written, str) else written
    if isinstance(names, list):
        found = frozenset("number" if name == "integer" else str(name) for name in names)
        return found if found and found <= TYPES else TYPES
    if "const" in schema:
        return frozenset((type_of(schema["const"]),))
    values = schema.get("enum")
    return frozenset(map(type_of, values)) if isinstance(values, list) and values else TYPES
