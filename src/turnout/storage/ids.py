"""TypeIDs: a prefix and a UUIDv7, rendered for people and stored as 16 bytes."""

from typeid.base32 import decode, encode
from uuid_utils import uuid7

from turnout.domain.ids import Prefix

_SUFFIX = 26


class NotAnId(ValueError):
    """A text that is no id of the wanted kind, so that nothing can have it."""


class TypeIds:
    """Fresh ids (the port ``Ids``): later ones sort after earlier ones of the same process."""

    def new(self, prefix: Prefix) -> str:
        """Make an id, such as ``wfr_01jv…``."""
        return f"{prefix}_{encode(uuid7().bytes)}"


def to_bytes(prefix: Prefix, id_: str) -> bytes:
    """The 16 bytes of an id.

    Raises:
        NotAnId: it has another prefix or is not spelled as an id is.
    """
    suffix = id_[-_SUFFIX:]
    if id_ != f"{prefix}_{suffix}":
        raise NotAnId(f"{id_[:80]!r} is no {prefix}_ id.")
    try:
        raw = decode(suffix)
    except Exception as error:
        raise NotAnId(f"{id_[:80]!r} is no {prefix}_ id.") from error
    # The decoder reads upper case and look-alikes too; one thing has one name here.
    if encode(raw) != suffix:
        raise NotAnId(f"{id_[:80]!r} is no {prefix}_ id.")
    return raw


def from_bytes(prefix: Prefix, raw: bytes) -> str:
    """The id that 16 bytes stand for."""
    return f"{prefix}_{encode(raw)}"


def first_at(milliseconds: int) -> bytes:
    """The lowest UUIDv7 bytes of a millisecond since the epoch; a bound for ranges of ids."""
    return max(milliseconds, 0).to_bytes(6, "big") + bytes(10)
