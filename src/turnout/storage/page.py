"""Keyset pages: newest first, with an id as cursor."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select

from turnout.storage.ids import NotAnId, to_bytes
from turnout.storage.session import Session
from turnout.storage.types import TypeId
from turnout.use_cases.ports import Page, Slice, bad_cursor

T = TypeVar("T")


def slice_of(
    session: Session,
    query: Select[Any],
    order: ColumnElement[Any],
    page: Page,
    of: Callable[[Any], T],
    *,
    cursor: Callable[[str], Any] | None = None,
) -> Slice[T]:
    """One page of a query.

    Args:
        query: all the rows, in no order.
        order: a column that orders them; unique among them.
        of: makes an item of a row.
        cursor: from an id to its value of ``order``; by default the id itself.

    Raises:
        BadRequest: a cursor that is no id of such an item.
    """
    at = cursor or (lambda id_: _checked(order, id_))
    after = at(page.after) if page.after is not None else None
    before = at(page.before) if page.before is not None else None
    backwards = before is not None and after is None
    bounded = query
    if after is not None:
        bounded = bounded.where(order < after)
    if before is not None:
        bounded = bounded.where(order > before)
    bounded = bounded.order_by(order.asc() if backwards else order.desc())
    rows = list(session.rows(bounded.limit(page.size + 1)))
    more, rows = len(rows) > page.size, rows[: page.size]
    if backwards:
        rows.reverse()
        older = query.where(order <= before)
        return Slice(tuple(map(of, rows)), more, _any(session, older))
    newer = after is not None and _any(session, query.where(order >= after))
    return Slice(tuple(map(of, rows)), newer, more)


def _checked(order: ColumnElement[Any], id_: str) -> str:
    if isinstance(order.type, TypeId):
        try:
            to_bytes(order.type.prefix, id_)
        except NotAnId as error:
            raise bad_cursor(id_) from error
    return id_


def _any(session: Session, query: Select[Any]) -> bool:
    return session.row(query.limit(1)) is not None
