"""Runs with their journals, snapshots and counts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, or_, select, text, update

from turnout.domain.assignment import Assignment, KeySource
from turnout.domain.ids import Prefix
from turnout.domain.instant import Instant
from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase, Run
from turnout.storage import effects, reviews, run_counts, subscriptions, suspensions
from turnout.storage.codec import member, pack, unpack
from turnout.storage.ids import NotAnId, first_at, from_bytes, to_bytes
from turnout.storage.page import slice_of
from turnout.storage.prepared import Prepared
from turnout.storage.run_counts import HOUR, Counted
from turnout.storage.session import Session
from turnout.storage.tables import deployments, journal, run_states, runs
from turnout.use_cases.ports import Counts, Page, Progress, RunBodies, RunFilter, Slice
from turnout.use_cases.workers import NewEntry

KEPT = 1_024
"""Arms of deployments whose ids a connection keeps at hand."""

_C, _J, _S = runs.c, journal.c, run_states.c
_ALL = select(
    _C.id,
    _C.environment_id,
    _C.workflow_id,
    _C.version_id,
    _C.assignment_key,
    _C.salt,
    _C.bucket,
    _C.basis_points,
    _C.arm,
    _C.deployment_id,
    _C.interpreter,
    _C.phase,
    _C.outcome,
    _C.created_at,
    _C.ended_at,
    _C.creator,
    _C.rerun_of,
    _C.sequence,
)
_BY_ID = Prepared(_ALL.where(_C.id == bindparam("id_")), "id_")
_JOURNAL = select(
    _J.run_id, _J.sequence, _J.kind, _J.at, _J.body_codec, _J.body, _J.effect_key, _J.attempt
)
_LAST_AT = Prepared(
    select(_J.at).where(_J.run_id == bindparam("id_")).order_by(_J.sequence.desc()).limit(1), "id_"
)
_STATE = Prepared(
    select(_S.body_codec, _S.body).where(_S.run_id == bindparam("id_")),
    "id_",
)
_NO_STATE = Prepared(delete(run_states).where(_S.run_id == bindparam("id_")), "id_")


def _move(*conditions: ColumnElement[bool]) -> Prepared:
    return Prepared(
        update(runs)
        .where(_C.id == bindparam("id_"), _C.sequence == bindparam("was"), *conditions)
        .values(
            phase=bindparam("to_phase"),
            outcome=bindparam("to_outcome"),
            ended_at=bindparam("to_ended_at"),
            sequence=bindparam("to_sequence"),
        ),
        "id_",
        "was",
        "to_phase",
        "to_outcome",
        "to_ended_at",
        "to_sequence",
    )


_MOVE = _move(_C.phase != Phase.SUSPENDED)
_MOVE_ANY = _move()
_ROLLOUT = Prepared(
    select(deployments.c.rollout_id).where(deployments.c.id == bindparam("id_")), "id_"
)


class SqlRuns:
    """The port ``Runs``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: dict[tuple[Any, ...], Counted] = {}

    def get(self, id_: str) -> Run | None:
        """By id."""
        row = self._session.find(_BY_ID, id_)
        return _of(row) if row else None

    def list(self, environment_id: str, filter_: RunFilter, page: Page) -> Slice[Run]:
        """A page of an environment's runs."""
        query = _filtered(_ALL.where(_C.environment_id == environment_id), filter_)
        return slice_of(self._session, query, _C.id, page, _of)

    def bodies(self, ids: Sequence[str]) -> dict[str, RunBodies]:
        """Input, output and error of these runs, from the ends of their journals."""
        if not ids:
            return {}
        query = (
            select(_J.run_id, _J.sequence, _J.body_codec, _J.body)
            .join(runs, _C.id == _J.run_id)
            .where(
                _J.run_id.in_(ids),
                or_(
                    _J.sequence == 0,
                    # After a retry there is an older end as well; only the last entry counts.
                    (_J.sequence == _C.sequence) & (_J.kind == EntryKind.ENDED),
                ),
            )
            .order_by(_J.run_id, _J.sequence)
        )
        found: dict[str, RunBodies] = {}
        for run_id, sequence, codec, stored in self._session.rows(query):
            body = unpack(codec, stored)
            if sequence == 0:
                found[run_id] = RunBodies(member(body, "input") or b"null", None, None)
            else:
                found[run_id] = RunBodies(
                    found[run_id].input, member(body, "output"), member(body, "error")
                )
        return found

    def journal(self, id_: str) -> Sequence[NewEntry]:
        """All entries, in order."""
        rows = self._session.rows(_JOURNAL.where(_J.run_id == id_).order_by(_J.sequence))
        return [
            NewEntry(sequence, kind, at, unpack(codec, body), effect_key, attempt)
            for _, sequence, kind, at, codec, body, effect_key, attempt in rows
        ]

    def last_at(self, id_: str) -> Instant:
        """The time of the last entry."""
        row = self._session.find(_LAST_AT, id_)
        if row is None:
            raise AssertionError(f"run {id_} has a journal")
        at: Instant = row[0]
        return at

    def state(self, id_: str) -> bytes | None:
        """The snapshot after the last entry, or None."""
        row = self._session.find(_STATE, id_)
        return unpack(*row) if row else None

    def add(self, progress: Progress) -> None:
        """Store an accepted run with all that belongs to it, counters included."""
        run, session = progress.run, self._session
        raw = to_bytes(Prefix.RUN, run.id)
        of = self._counted(run)
        session.defer(runs, _run_values(raw, run, of))
        for entry in progress.entries:
            session.defer(journal, _entry_values(raw, entry))
        if progress.state is not None:
            session.defer(run_states, (raw, *pack(progress.state)))
        for effect in progress.opened:
            session.defer(effects.TABLE, effects.values(raw, run, effect))
            for table, row in reviews.rows(raw, run, effect, progress.entries[-1].at):
                session.defer(table, row)
            # No event can have come since it is accepted only now: nothing to look back at.
            for table, row in subscriptions.rows(raw, run, effect):
                session.defer(table, row)
        session.defer_counts(run_counts.accepted(run, of))
        session.defer_counts(run_counts.moved(run, progress.entries, of))

    def append(self, progress: Progress) -> bool:
        """Append to a run's journal; False when somebody appended first, or suspended the run."""
        run, session = progress.run, self._session
        entries = progress.entries
        was = entries[0].sequence - 1 if entries else run.sequence
        move = _MOVE_ANY if progress.despite_suspension else _MOVE
        met = session.change(move, run.id, was, run.phase, run.outcome, run.ended_at, run.sequence)
        if met != 1:
            return False
        if progress.despite_suspension:
            suspensions.forget(session, run.id)
        raw = to_bytes(Prefix.RUN, run.id)
        if entries:
            session.insert(journal, [_entry_values(raw, entry) for entry in entries])
            session.defer_counts(run_counts.moved(run, entries, self._counted(run)))
        session.change(_NO_STATE, run.id)
        if progress.state is not None:
            session.insert(run_states, [(raw, *pack(progress.state))])
        effects.move(session, progress, raw)
        return True

    def count(self, environment_id: str, filter_: RunFilter) -> int:
        """How many runs a filter finds."""
        query = select(func.count()).select_from(runs).where(_C.environment_id == environment_id)
        return int(self._session.rows(chosen(query, filter_))[0][0])

    def counts(self, environment_id: str, workflow_id: str) -> dict[tuple[str, str, str], Counts]:
        """By (rollout id, version id, arm)."""
        return run_counts.load(self._session, environment_id, workflow_id)

    def _counted(self, run: Run) -> Counted:
        """What runs of one arm have in common, worked out once for all of them."""
        why = run.assignment
        key = (run.environment_id, run.workflow_id, run.version_id, why.deployment_id, why.arm)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            kept = self._kept[key] = self._count(run)
        return kept

    def _count(self, run: Run) -> Counted:
        why = run.assignment
        row = self._session.find(_ROLLOUT, why.deployment_id)
        if row is None:
            raise AssertionError(f"deployment {why.deployment_id} is stored before its runs")
        return Counted(
            to_bytes(Prefix.ENVIRONMENT, run.environment_id),
            to_bytes(Prefix.WORKFLOW, run.workflow_id),
            to_bytes(Prefix.ROLLOUT, row[0]),
            to_bytes(Prefix.VERSION, run.version_id),
            "" if why.arm is None else why.arm.value,
        )


def chosen(query: Select[Any], filter_: RunFilter) -> Select[Any]:
    """A query over ``runs`` for all, in no order, that the filter finds."""
    query = _filtered(query, filter_)
    phases = filter_.phases
    if phases is None or Phase.COMPLETED in phases or filter_.key or filter_.outcome:
        return query
    # Few are open among many completed ones, which SQLite cannot know: by a version's index it
    # would read them all. The index needs its own words in the query.
    return query.where(text("runs.phase <> 'completed'")).with_hint(
        runs, "INDEXED BY ix_runs_not_completed", "sqlite"
    )


def _filtered(query: Select[Any], filter_: RunFilter) -> Select[Any]:
    """A query over ``runs``, for those alone that the filter finds."""
    equal = {
        _C.workflow_id: filter_.workflow_id,
        _C.version_id: filter_.version_id,
        _C.rollout_id: filter_.rollout_id,
        _C.outcome: filter_.outcome,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if filter_.arm is not None:
        conditions.append(_C.arm == filter_.arm)
    if filter_.phases is not None:
        conditions.append(_C.phase.in_(filter_.phases))
    if filter_.key is not None:
        conditions.append(_has_key(filter_.key))
    # The id's own time narrows the range that is read; an hour covers any lag between the two.
    if filter_.created_after is not None:
        conditions.append(_C.created_at >= filter_.created_after)
        conditions.append(_C.id >= _first_id(filter_.created_after - HOUR))
    if filter_.created_before is not None:
        conditions.append(_C.created_at < filter_.created_before)
        conditions.append(_C.id < _first_id(filter_.created_before + HOUR))
    return query.where(*conditions)


def _has_key(key: str) -> ColumnElement[bool]:
    """Runs assigned by this key: an expression's value, or the run's own id."""
    try:
        to_bytes(Prefix.RUN, key)
    except NotAnId:
        return _C.assignment_key == key
    return or_(_C.assignment_key == key, (_C.id == key) & _C.assignment_key.is_(None))


def _first_id(instant: int) -> str:
    return from_bytes(Prefix.RUN, first_at(instant // 1000))


def _of(row: Any) -> Run:
    id_, environment_id, workflow_id, version_id, key, salt, bucket, points, arm, *rest = row
    deployment_id, *rest = rest
    source = KeySource.RUN_ID if key is None else KeySource.EXPRESSION
    assignment = Assignment(
        id_ if key is None else key, source, salt, bucket, points, arm, deployment_id
    )
    return Run(id_, environment_id, workflow_id, version_id, assignment, *rest)


def _run_values(raw: bytes, run: Run, of: Counted) -> tuple[Any, ...]:
    why = run.assignment
    return (
        raw,
        of.environment_id,
        of.workflow_id,
        of.version_id,
        to_bytes(Prefix.DEPLOYMENT, why.deployment_id),
        of.rollout_id,
        None if why.key_source is KeySource.RUN_ID else why.key,
        why.salt,
        why.bucket,
        why.basis_points,
        of.arm or None,
        run.interpreter,
        run.created_at,
        run.creator,
        None if run.rerun_of is None else to_bytes(Prefix.RUN, run.rerun_of),
        run.phase.value,
        run.outcome,
        run.ended_at,
        run.sequence,
    )


def _entry_values(raw: bytes, entry: NewEntry) -> tuple[Any, ...]:
    return (
        raw,
        entry.sequence,
        entry.kind.value,
        entry.at,
        entry.effect_key,
        entry.attempt,
        *pack(entry.body),
    )
