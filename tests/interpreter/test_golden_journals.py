"""Journals as they were stored once; the interpreter of their revision replays them for ever.

A golden file is never written anew: a change that it does not survive needs a new revision.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from runs import program

from turnout.domain.journal import Entry, EntryKind
from turnout.interpreter import fold
from turnout.interpreter.program import REVISION, Limits
from turnout.interpreter.trace import trace

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.fixture(params=GOLDEN, ids=lambda path: path.stem)
def golden(request: pytest.FixtureRequest) -> Any:
    return json.loads(request.param.read_text())


def journal_of(golden: Any) -> list[Entry]:
    return [Entry(**{**entry, "kind": EntryKind(entry["kind"])}) for entry in golden["journal"]]


def plain(things: Any) -> Any:
    return json.loads(json.dumps([asdict(thing) for thing in things]))


def test_there_is_a_golden_journal_of_the_present_revision() -> None:
    assert REVISION in {json.loads(path.read_text())["revision"] for path in GOLDEN}


def test_a_golden_journal_replays(golden: Any) -> None:
    ready = program(golden["definition"], golden["outcome"])
    folded = fold.fold(ready, journal_of(golden))
    assert plain(folded.wanted) == golden["open"]


def test_a_golden_journal_gives_the_trace_that_it_gave_then(golden: Any) -> None:
    ready = program(golden["definition"], golden["outcome"])
    assert plain(trace(ready, journal_of(golden))) == golden["trace"]


def test_a_golden_journal_is_what_advancing_on_its_outside_entries_gives(golden: Any) -> None:
    journal = journal_of(golden)
    limits = Limits(**golden["journal"][0]["body"]["limits"])
    # A bound that is younger than the journal is recorded now; every other byte is as it was.
    began = {**journal[0].body, "limits": limits.bounds()}
    journal[0] = replace(journal[0], body=began)
    ready = program(golden["definition"], golden["outcome"], limits)
    state, appended = None, []
    for entry in journal:
        if entry.kind in (EntryKind.WANTED, EntryKind.ENDED, EntryKind.OVERRUN):
            continue
        following = journal[entry.sequence + 1]
        over = following if following.kind is EntryKind.OVERRUN else None
        done = fold.advance(ready, state, entry, entry.at, over)
        state = done.state
        appended += done.entries
    assert appended == journal
