"""If-Match and If-None-Match: which revision a request is based on (RFC 9110, section 13)."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from turnout.api.errors import BadHeader
from turnout.domain.errors import NotFound, Stale

_TAG = re.compile(r'[ \t]*(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)')
_REVISION = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Tags:
    """The entity tags of a header; ``anything`` stands for ``*``.

    Attributes:
        strong, weak: opaque parts, without quotes.
    """

    anything: bool
    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()

    def matches(self, revision: int) -> bool:
        """Whether this names the revision, by a strong tag as If-Match needs it."""
        return self.anything or str(revision) in self.strong

    def matches_weakly(self, revision: int) -> bool:
        """Whether this names the revision, weak tags included."""
        return self.anything or str(revision) in self.strong | self.weak


def etag(revision: int) -> str:
    """The entity tag of a revision."""
    return f'"{revision}"'


def read_tags(name: str, value: str | None) -> Tags | None:
    """Read such a header; None when it was not sent.

    Raises:
        BadHeader: it is neither ``*`` nor a list of entity tags.
    """
    if value is None:
        return None
    if value.strip() == "*":
        return Tags(anything=True)
    found: dict[bool, set[str]] = {True: set(), False: set()}
    at = 0
    while at < len(value):
        match = _TAG.match(value, at)
        if match is None or match.end() == at:
            raise BadHeader(name, f'{value[:80]!r} is no list of entity tags, like "3".')
        if match[2] is not None:
            found[match[1] is None].add(match[2])
        at = match.end()
    if not found[True] and not found[False]:
        raise BadHeader(name, 'It names nothing; send an entity tag, like "3", or *.')
    return Tags(False, frozenset(found[True]), frozenset(found[False]))


async def based_on(tags: Tags | None, current: Callable[[], Awaitable[int]]) -> int | None:
    """The revision that If-Match names; None when it was not sent.

    Args:
        current: reads the revision that is stored now; asked only when the header leaves a
            choice, because the change itself compares the revision again.

    Raises:
        Stale: what is stored now is none of those that were named.
    """
    if tags is None:
        return None
    if not tags.anything and not tags.weak and len(tags.strong) == 1:
        only = next(iter(tags.strong))
        if _REVISION.fullmatch(only):
            return int(only)
    try:
        now = await current()
    except NotFound as error:
        if error.code != "no_draft":
            raise
        raise Stale("stale_object", "There is no draft any more.", 0) from None
    if tags.matches(now):
        return now
    raise Stale("stale_object", f"If-Match names another state; it is at revision {now} now.", now)
