"""The demo's checks: every invariant, on what the server says after the story.

Each check asks the server anew and compares with what was acknowledged on the way; a change of any
answer, however small, breaks the invariant that it belongs to.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from turnout import sample
from turnout.cli.client import Client
from turnout.cli.demo_record import Record
from turnout.cli.resource import Resource
from turnout.domain import instant
from turnout.domain.assignment import arm_of, bucket
from turnout.domain.audit import GENESIS, AuditRecord, chain
from turnout.domain.by import By
from turnout.use_cases.set_up import ACTOR

_TRACED = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one invariant.

    Attributes:
        checked: how many comparisons were made. broken: how many of them failed.
        what: what was compared.
    """

    number: str
    name: str
    checked: int
    broken: int
    what: str

    @property
    def held(self) -> bool:
        """Whether it held; a check of nothing shows nothing."""
        return self.checked > 0 and self.broken == 0

    @property
    def word(self) -> str:
        """``held`` or ``BROKEN``."""
        return "held" if self.held else f"BROKEN ({self.broken})"

    @property
    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "invariant": self.number,
            "name": self.name,
            "checked": self.checked,
            "broken": self.broken,
            "held": self.held,
        }


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the server says after the story.

    Attributes:
        runs: by id. audit, history: oldest first.
    """

    client: Client
    record: Record
    runs: dict[str, Resource]
    listed: int
    audit: list[Resource]
    history: list[Resource]


_Check = Callable[[_Seen], Iterable[bool]]


def verdicts(client: Client, record: Record) -> list[Verdict]:
    """Check every invariant."""
    workflow_id = record.workflow.id
    runs = list(client.every("/workflow-runs", filters={"workflow-id": workflow_id}))
    seen = _Seen(
        client,
        record,
        {run.id: run for run in runs},
        len(runs),
        list(client.every("/audit-logs"))[::-1],
        list(client.every(f"/workflows/{workflow_id}/history"))[::-1],
    )
    return [_verdict(seen, *check) for check in _CHECKS]


def _verdict(seen: _Seen, number: str, name: str, what: str, check: _Check) -> Verdict:
    results = list(check(seen))
    return Verdict(number, name, len(results), results.count(False), what)


def _locked(seen: _Seen) -> Iterable[bool]:
    for version_id, text in seen.record.texts.items():
        path = f"/workflow-versions/{version_id}"
        yield _definition_text(seen.client, path) == text
        yield seen.client.get(path).one["status"] == "published"


def _definition_text(client: Client, path: str) -> str:
    """A version's text as it was written."""
    body = client.get(f"{path}/definition").body
    return str(body if isinstance(body, str) else body["data"]["attributes"]["definition"])


def _pinned(seen: _Seen) -> Iterable[bool]:
    for run in seen.record.runs:
        now = seen.runs.get(run.id)
        yield (
            now is not None
            and now["version-number"] == run.number
            and now.related("workflow-version") == run.version
            and now["assignment"] == run.assignment
        )


def _one_deployment(seen: _Seen) -> Iterable[bool]:
    for event in seen.history:
        yield 1 <= len(event["shares-after"]) <= 2
        yield sum(each["percentage"] for each in event["shares-after"]) == 100
    for before, after in pairwise(seen.history):
        yield after["shares-before"] == before["shares-after"]


def _exact_ends(seen: _Seen) -> Iterable[bool]:
    """Wherever one version has 100 %, every run is its; and that must have happened."""
    alone = [each for each in seen.record.rounds if len(each.shares) == 1]
    for each in alone:
        (number,) = each.shares
        yield len(each.runs) == len(sample.applicants())
        for run in each.runs:
            yield run.number == number and run.arm is None


def _nested(seen: _Seen) -> Iterable[bool]:
    ramps = [each for each in seen.record.rounds if len(each.shares) == 2]
    for before, after in pairwise(ramps):
        stays = after.treatment()
        for applicant in before.treatment():
            yield applicant in stays
        yield len(stays) > len(before.treatment())


def _explainable(seen: _Seen) -> Iterable[bool]:
    for run in seen.runs.values():
        told = run["assignment"]
        if told["salt"] is None:
            yield told["arm"] is None and told["bucket"] is None
            continue
        number = bucket(told["salt"], told["key"])
        arm = arm_of(number, told["basis-points"])
        yield (number, arm.value) == (told["bucket"], told["arm"])


def _read_your_writes(seen: _Seen) -> Iterable[bool]:
    """Every run obeys the deployment that was acknowledged before it was triggered."""
    for each in seen.record.rounds:
        for run in each.runs:
            yield run.assignment["deployment-id"] == each.deployment and run.number in each.shares


def _nothing_lost(seen: _Seen) -> Iterable[bool]:
    yield seen.listed == len(seen.runs) == len(seen.record.runs)
    for run in seen.record.runs:
        now = seen.runs.get(run.id)
        yield (
            now is not None
            and now["status"] == run.status == "completed"
            and now["completed-at"] is not None
            and now["output"] == run.output
        )


def _replayable(seen: _Seen) -> Iterable[bool]:
    """The same applicant on the same version always gave the same; and traces fold again."""
    first: dict[tuple[str, int], Any] = {}
    for run in seen.record.runs:
        yield first.setdefault((run.applicant, run.number), run.output) == run.output
    for run in seen.record.runs[:: max(1, len(seen.record.runs) // _TRACED)]:
        tasks = seen.client.get(f"/workflow-runs/{run.id}/trace").data["attributes"]["trace"]
        yield bool(tasks) and tasks[-1]["output"] == run.output


def _audited(seen: _Seen) -> Iterable[bool]:
    """Every change has its entry, in order, and the chain of hashes is whole."""
    told = [
        entry["action"]
        for entry in seen.audit
        # The keys and what was there from the start are not the story's.
        if entry.related("creator") != ACTOR and not entry["action"].startswith("api-key.")
    ]
    yield told == seen.record.changes
    previous = GENESIS
    for sequence, entry in enumerate(seen.audit, 1):
        yield entry["sequence"] == sequence and bool(entry.related("creator"))
        record = AuditRecord(
            entry["action"],
            entry["subject"],
            entry.related("environment"),
            entry["before"],
            entry["after"],
            By(
                str(entry.related("creator")),
                instant.parse(entry["created-at"]),
                entry["reason"],
            ),
        )
        made = chain(record, sequence=sequence, previous=previous)
        yield (entry["previous-hash"], entry["hash"]) == (previous.hex(), made.hash.hex())
        previous = made.hash


def _reviewed(seen: _Seen) -> Iterable[bool]:
    """What must be refused was, and each version is the text that was reviewed."""
    for _, code in seen.record.refused:
        yield code != 0
    for number, text in zip(sample.VERSIONS, seen.record.texts.values(), strict=True):
        yield text == sample.definition(number)


def _complete(seen: _Seen) -> Iterable[bool]:
    told = [(event["event"], event["version-number"]) for event in seen.history]
    yield told == seen.record.events
    for (name, number), event in zip(seen.record.events, seen.history, strict=False):
        yield (event["event"], event["version-number"]) == (name, number)


_CHECKS: tuple[tuple[str, str, str, _Check], ...] = (
    ("I1", "locked", "texts and states of versions, read again", _locked),
    ("I2", "pinned", "each run's version and assignment", _pinned),
    ("I3", "one deployment in force", "shares of each event, 100 % in all", _one_deployment),
    ("I4", "exact ends", "each run at 100 %; that each time all ran", _exact_ends),
    ("I5", "nested ramps", "each applicant before; that others joined", _nested),
    ("I6", "explainable", "each run's arm, computed again", _explainable),
    (
        "I7",
        "read your writes",
        "each run's deployment, acknowledged before",
        _read_your_writes,
    ),
    ("I8", "nothing lost", "each run there and ended; that no other is", _nothing_lost),
    ("I9", "replayable", "each run's output; ten traces", _replayable),
    ("I10", "audited", "each entry and its hash; that none is missing", _audited),
    ("I11", "what you saw is what you publish", "each refusal; the texts as reviewed", _reviewed),
    ("", "history complete", "each event; that no other is", _complete),
)
