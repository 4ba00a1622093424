"""What an operation of the API is: everything that dispatch and documentation need, as data."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from orjson import Fragment

from turnout.api.attributes import Attributes
from turnout.api.inflection import Inflection
from turnout.api.query import Parameter, Schema
from turnout.bootstrap import Turnout
from turnout.domain.instant import Instant
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Ports

A = TypeVar("A", bound=Attributes)


class Headers:
    """A request's headers by lower-case name; repeated ones are joined as RFC 9110 says."""

    __slots__ = ("_values",)

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        self._values: dict[bytes, bytes] = {}
        for name, value in raw:
            before = self._values.get(name)
            self._values[name] = value if before is None else before + b", " + value

    def raw(self, name: bytes) -> bytes | None:
        """The bytes of a header, or None."""
        return self._values.get(name)

    def get(self, name: bytes) -> str | None:
        """The text of a header, or None."""
        value = self._values.get(name)
        return None if value is None else value.decode("latin-1")

    def beginning(self, prefix: bytes) -> dict[str, str]:
        """The texts of the headers whose names begin so, by the rest of their names."""
        return {
            name[len(prefix) :].decode("latin-1"): value.decode("latin-1")
            for name, value in self._values.items()
            if name.startswith(prefix)
        }


@dataclass(slots=True)
class Call:
    """A request that was let in, parsed.

    Attributes:
        path: the path's parameters. query: parsed, by name, only those that were sent.
        body: what the operation's reader made of the body.
    """

    turnout: Turnout
    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: object
    headers: Headers
    inflection: Inflection
    target: str
    query_string: bytes

    @property
    def ports(self) -> Ports:
        """What the use cases take."""
        return self.turnout.ports

    @property
    def id(self) -> str:
        """The ``{id}`` of the path."""
        return self.path["id"]

    @property
    def now(self) -> Instant:
        """The wall clock."""
        return self.turnout.ports.now()

    def attributes(self, model: type[A]) -> A:
        """The attributes of the body."""
        if not isinstance(self.body, model):
            raise AssertionError(f"this operation takes {type(self.body).__name__}")
        return self.body


@dataclass(slots=True)
class Answer:
    """What goes back: ``document`` in kebab, ready JSON, or None for an empty body."""

    document: dict[str, Any] | Fragment | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body.

    Attributes:
        read: from bytes (empty when there were none) to what the handler gets; a pure function,
            because a large body is read in a thread.
        schema: the attributes it takes, as JSON Schema. required: whether it must be there.
        read_raw: reads a body that is no JSON:API document, by the headers, instead of ``read``.
        content: media type → JSON Schema of such a body.
    """

    read: Callable[[bytes, Inflection], object]
    schema: Schema = field(hash=False)
    required: bool = False
    read_raw: "Callable[[bytes, Headers], object] | None" = None
    content: Mapping[str, Schema] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource.

    Attributes:
        name: JSON:API's type: ``workflow-run``.
        attributes: JSON Schema of each attribute by name.
        relationships: name → type it points to. related: those that ``include`` takes.
    """

    name: str
    attributes: Mapping[str, Schema] = field(hash=False)
    relationships: Mapping[str, str] = field(default_factory=dict, hash=False)
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """An operation's good answer.

    Attributes:
        resource: what it shows; None for an empty answer. many: a page of them.
        with_: types that always come along in ``included``.
        nullable: whether there may be nothing to show.
        tagged: whether it has an ETag.
        schema: of an answer that is no JSON:API document.
    """

    resource: ResourceType | None
    status: int = 200
    many: bool = False
    with_: tuple[ResourceType, ...] = ()
    nullable: bool = False
    tagged: bool = False
    schema: Schema | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path.

    Attributes:
        id: unique, for generated clients. handler: parses nothing, calls one use case, renders.
        refusals: statuses of refusals beside those that follow from the rest.
        preconditions: request headers it reads, of If-Match and If-None-Match.
        once: whether it takes an Idempotency-Key.
        known_callers: whether it may be let in by a caller kept from an earlier request,
            because its use case looks at the key again in its own transaction.
        description: what to know beside the summary, in sentences.
    """

    method: str
    path: str
    id: str
    summary: str
    handler: Handler
    shown: tuple[Shown, ...]
    query: tuple[Parameter, ...] = ()
    body: Body | None = None
    refusals: tuple[int, ...] = ()
    preconditions: tuple[str, ...] = ()
    once: bool = False
    known_callers: bool = False
    path_patterns: Mapping[str, str] = field(default_factory=dict, hash=False)
    description: str = ""

    @property
    def name(self) -> str:
        """How the table of roles names it: ``GET /workflows``."""
        return f"{self.method} {self.path}"
