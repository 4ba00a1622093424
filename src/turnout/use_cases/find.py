"""Find what a request names, or say clearly that it is not here."""

from turnout.domain.draft import Draft
from turnout.domain.errors import NotFound
from turnout.domain.gate import Gate
from turnout.domain.review import Review
from turnout.domain.rollout import Rollout
from turnout.domain.run import Run
from turnout.domain.version import Version
from turnout.domain.workflow import Workflow
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Transaction


def workflow(tx: Transaction, reference: str) -> Workflow:
    """By id or handle.

    Raises:
        NotFound: there is none.
    """
    found = tx.workflows.find(reference)
    if found is None:
        raise _missing("workflow", reference)
    return found


def version(tx: Transaction, id_: str, *, of: Workflow | None = None) -> Version:
    """A published version by id, of the workflow ``of`` when given.

    Raises:
        NotFound: there is none, or it is another workflow's.
    """
    found = tx.versions.get(id_)
    if found is None or (of is not None and found.workflow_id != of.id):
        raise _missing("version of this workflow" if of else "version", id_)
    return found


def draft(tx: Transaction, of: Workflow) -> Draft:
    """A workflow's draft.

    Raises:
        NotFound: it has none.
    """
    found = tx.drafts.of(of.id)
    if found is None:
        raise NotFound("no_draft", f"{of.handle} has no draft; {_way_to_a_draft(tx, of)}")
    return found


def gate(tx: Transaction, caller: Caller, of: Workflow) -> Gate:
    """The gate of a workflow in the caller's environment; every pair has one."""
    found = tx.gates.get(caller.environment.id, of.id)
    if found is None:
        raise _missing("gate", of.handle)
    return found


def rollout(tx: Transaction, caller: Caller, id_: str) -> Rollout:
    """By id, in the caller's environment.

    Raises:
        NotFound: there is none here.
    """
    found = tx.rollouts.get(id_)
    if found is None or found.environment_id != caller.environment.id:
        raise _missing("rollout", id_)
    return found


def run(tx: Transaction, caller: Caller, id_: str) -> Run:
    """By id, in the caller's environment.

    Raises:
        NotFound: there is none here.
    """
    found = tx.runs.get(id_)
    if found is None or found.environment_id != caller.environment.id:
        raise _missing("run", id_)
    return found


def review(tx: Transaction, caller: Caller, id_: str) -> Review:
    """By id, in the caller's environment.

    Raises:
        NotFound: there is none here.
    """
    found = tx.reviews.get(id_)
    if found is None or found.environment_id != caller.environment.id:
        raise _missing("review", id_)
    return found


def _way_to_a_draft(tx: Transaction, of: Workflow) -> str:
    aside = tx.drafts.set_aside_of(of.id, 1)
    if not aside:
        return "save one, or restore a version into one."
    return f"save one, or restore a version, or {aside[0]}, which was set aside last, into one."


def _missing(noun: str, reference: str) -> NotFound:
    return NotFound("not_found", f"There is no {noun} {reference[:80]!r} here.")
