"""The audit log."""

import re
from typing import Any

from sqlalchemy import or_, select

from turnout.domain.audit import GENESIS, AuditEntry, AuditRecord, chain
from turnout.domain.by import By
from turnout.storage.page import slice_of
from turnout.storage.prepared import Prepared, inserting
from turnout.storage.session import Session
from turnout.storage.tables import audit_log
from turnout.use_cases.ports import Page, Slice, bad_cursor

_C = audit_log.c
_LAST = Prepared(select(_C.sequence, _C.hash).order_by(_C.sequence.desc()).limit(1))
_ADD = inserting(audit_log)
_NUMBER = re.compile(r"[0-9]{1,18}")


class SqlAudit:
    """The port ``Audit``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, record: AuditRecord) -> AuditEntry:
        """Chain it to the last entry; writers are one after the other, so there is no gap."""
        last = self._session.find(_LAST)
        sequence, previous = (last[0] + 1, last[1]) if last else (1, GENESIS)
        entry = chain(record, sequence=sequence, previous=previous)
        self._session.change(_ADD, *_values(entry))
        return entry

    def list(self, page: Page, *, environment_id: str | None) -> Slice[AuditEntry]:
        """A page; ``environment_id`` also gives entries that concern every environment."""
        query = select(audit_log)
        if environment_id is not None:
            here = _C.environment_id == environment_id
            query = query.where(or_(here, _C.environment_id.is_(None)))
        return slice_of(self._session, query, _C.sequence, page, _of, cursor=_sequence)


def _sequence(cursor: str) -> int:
    if not _NUMBER.fullmatch(cursor):
        raise bad_cursor(cursor)
    return int(cursor)


def _of(row: Any) -> AuditEntry:
    by = By(row.actor, row.at, row.reason)
    record = AuditRecord(row.action, row.subject, row.environment_id, row.before, row.after, by)
    return AuditEntry(row.sequence, record, row.previous, row.hash)


def _values(entry: AuditEntry) -> tuple[Any, ...]:
    """In the order of the columns."""
    record = entry.record
    return (
        entry.sequence,
        record.action,
        record.subject,
        record.environment_id,
        record.before,
        record.after,
        record.by.actor,
        record.by.at,
        record.by.reason,
        entry.previous,
        entry.hash,
    )
