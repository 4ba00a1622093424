"""Column types: ids as 16 bytes, JSON documents as bytes, words of the domain as text."""

import json
from enum import StrEnum
from typing import Any

from sqlalchemy import Dialect, LargeBinary, String
from sqlalchemy.types import TypeDecorator

from turnout.domain.ids import Prefix
from turnout.domain.json import Json
from turnout.storage import codec, ids


class TypeId(TypeDecorator[str]):
    """An id of one kind: text in Python, its UUID's 16 bytes in the database."""

    impl = LargeBinary(16)
    cache_ok = True

    def __init__(self, prefix: Prefix) -> None:
        super().__init__(16)
        self.prefix = prefix

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encode; raises ``NotAnId``."""
        return None if value is None else ids.to_bytes(self.prefix, value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Render."""
        return None if value is None else ids.from_bytes(self.prefix, value)


class JsonBytes(TypeDecorator[Any]):
    """A small JSON document as bytes; SQL NULL is None."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Json, dialect: Dialect) -> bytes | None:
        """Write."""
        return None if value is None else codec.dump(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Read."""
        return None if value is None else json.loads(value)


class Word(TypeDecorator[Any]):
    """A member of one of the domain's enumerations, as its text."""

    impl = String(32)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__(32)
        self.kind = kind

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Write."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """Read."""
        return None if value is None else self.kind(value)


def packed(name: str, data: bytes) -> dict[str, int | bytes]:
    """The two column values of a payload: ``name`` and ``name_codec``."""
    tag, stored = codec.pack(data)
    return {name: stored, f"{name}_codec": tag}
