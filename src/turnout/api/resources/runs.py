"""Runs: what went in and came out, and why on this version.

Input, output and error are bytes of JSON already; they go into the answer as they are.
"""

from typing import Any, get_args

from orjson import Fragment

from turnout.api.documents import Resource
from turnout.api.operation import ResourceType
from turnout.api.schema import (
    ANY,
    ANY_OBJECT,
    INSTANT,
    INTEGER,
    STRING,
    id_of,
    list_of,
    object_of,
    one_of,
    or_null,
)
from turnout.domain.assignment import ArmLabel, Assignment, KeySource
from turnout.domain.ids import Prefix
from turnout.domain.instant import SECOND, Instant, iso
from turnout.domain.run import Phase, Run
from turnout.domain.suspension import Suspension
from turnout.interpreter.trace import TaskPhase
from turnout.use_cases.ports import RunBodies
from turnout.use_cases.read_runs import RunView, reason

RUN = ResourceType(
    "workflow-run",
    {
        "status": one_of(*Phase),
        "created-at": INSTANT,
        "completed-at": or_null(INSTANT),
        "input": ANY_OBJECT,
        "output": ANY,
        "outcome": or_null(STRING),
        "error": or_null(ANY_OBJECT),
        "version-number": INTEGER,
        "assignment": object_of(
            key=STRING,
            key_source=one_of(*KeySource),
            salt=or_null(STRING),
            bucket=or_null(INTEGER),
            basis_points=INTEGER,
            arm=or_null(one_of(*ArmLabel)),
            deployment_id=id_of(Prefix.DEPLOYMENT),
        ),
        "reason-for-version": STRING,
        "suspension": or_null(
            object_of(at=INSTANT, actor=STRING, reason=STRING, problem=or_null(STRING))
        ),
    },
    {
        "workflow": "workflow",
        "workflow-version": "workflow-version",
        "creator": "api-key",
        "rerun-of": "workflow-run",
    },
    ("workflow", "workflow-version"),
)

BODIES = frozenset(("input", "output", "error"))
"""Attributes that may be large; a list loads them only where one of them is shown."""

TRACE = ResourceType(
    "workflow-run-trace",
    {
        "trace": list_of(
            object_of(
                path=STRING,
                reference=STRING,
                visit=INTEGER,
                iteration=list_of(INTEGER),
                phase=one_of(*get_args(TaskPhase)),
                input=ANY,
                output=ANY,
                error=or_null(ANY_OBJECT),
                started_at=INSTANT,
                ended_at=or_null(INSTANT),
                attempts=INTEGER,
            )
        )
    },
)


def run_resource(view: RunView, now: Instant) -> Resource:
    """A run."""
    return triggered_resource(view.run, view.bodies, view.number, now, view.suspension)


def triggered_resource(
    run: Run,
    bodies: RunBodies | None,
    number: int,
    now: Instant,
    suspension: Suspension | None = None,
) -> Resource:
    """A run of version ``number``, from its parts; without bodies where None are at hand."""
    ended = run.ended_at
    return Resource(
        RUN,
        run.id,
        {
            "status": run.phase.value,
            "created-at": iso(run.created_at),
            "completed-at": None if ended is None else iso(ended),
            **({} if bodies is None else _bodies(bodies)),
            "outcome": run.outcome,
            "version-number": number,
            "assignment": _assignment(run.assignment),
            "reason-for-version": reason(run.assignment, f"v{number}"),
            "suspension": None if suspension is None else _suspension(suspension),
        },
        {
            "workflow": run.workflow_id,
            "workflow-version": run.version_id,
            "creator": run.creator,
            "rerun-of": run.rerun_of,
        },
        {"processing-time-seconds": ((now if ended is None else ended) - run.created_at) / SECOND},
    )


def _bodies(bodies: RunBodies) -> dict[str, Fragment | None]:
    return {
        "input": Fragment(bodies.input),
        "output": None if bodies.output is None else Fragment(bodies.output),
        "error": None if bodies.error is None else Fragment(bodies.error),
    }


def _suspension(suspension: Suspension) -> dict[str, Any]:
    return {
        "at": iso(suspension.at),
        "actor": suspension.actor,
        "reason": suspension.reason,
        "problem": suspension.problem,
    }


def _assignment(assignment: Assignment) -> dict[str, Any]:
    return {
        "key": assignment.key,
        "key-source": assignment.key_source.value,
        "salt": assignment.salt,
        "bucket": assignment.bucket,
        "basis-points": assignment.basis_points,
        "arm": assignment.arm and assignment.arm.value,
        "deployment-id": assignment.deployment_id,
    }
