"""What a server answers: JSON:API resources, with attributes in kebab case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource.

    Attributes:
        raw: as it came, ``type``, ``id``, ``attributes`` and ``relationships``.
    """

    raw: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.raw["id"])

    def __getitem__(self, attribute: str) -> Any:
        return self.raw["attributes"][attribute]

    def get(self, attribute: str, default: Any = None) -> Any:
        """An attribute that may be absent."""
        return self.raw["attributes"].get(attribute, default)

    def related(self, name: str) -> str | None:
        """The id of a to-one relationship, or None."""
        data = (self.raw.get("relationships", {}).get(name) or {}).get("data")
        return None if data is None else str(data["id"])


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer.

    Attributes:
        body: the JSON document, or None where there is none.
        etag: the entity tag, or None.
    """

    body: Any
    etag: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Any:
        """The document's primary data, as it came."""
        return self.body["data"]

    @property
    def one(self) -> Resource:
        """The one resource."""
        return Resource(self.data)

    @property
    def all(self) -> list[Resource]:
        """The resources of a list."""
        return [Resource(each) for each in self.data]

    @property
    def more(self) -> bool:
        """Whether a list goes on."""
        return bool((self.body.get("links") or {}).get("next"))

    def included(self, kind: str) -> list[Resource]:
        """Included resources of a type."""
        found = self.body.get("included") or []
        return [Resource(each) for each in found if each["type"] == kind]
