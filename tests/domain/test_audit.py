"""The audit chain: no entry can change without breaking every later one (I10)."""

from dataclasses import replace

from turnout.domain.audit import GENESIS, AuditRecord, chain
from turnout.domain.by import By

RECORD = AuditRecord("rollout.stop", "rol_1", "env_1", {"a": 25}, {"b": 100}, By("key_1", 7, "why"))


def test_an_entry_covers_everything_it_says_and_the_one_before() -> None:
    entry = chain(RECORD, sequence=1, previous=GENESIS)
    others = [
        chain(replace(RECORD, action="rollout.complete"), sequence=1, previous=GENESIS),
        chain(replace(RECORD, subject="rol_2"), sequence=1, previous=GENESIS),
        chain(replace(RECORD, environment_id=None), sequence=1, previous=GENESIS),
        chain(replace(RECORD, before={"a": 26}), sequence=1, previous=GENESIS),
        chain(replace(RECORD, after=None), sequence=1, previous=GENESIS),
        chain(replace(RECORD, by=By("key_2", 7, "why")), sequence=1, previous=GENESIS),
        chain(replace(RECORD, by=By("key_1", 8, "why")), sequence=1, previous=GENESIS),
        chain(replace(RECORD, by=By("key_1", 7, "")), sequence=1, previous=GENESIS),
        chain(RECORD, sequence=2, previous=GENESIS),
        chain(RECORD, sequence=1, previous=entry.hash),
    ]
    assert len({entry.hash, *(other.hash for other in others)}) == len(others) + 1
    assert chain(RECORD, sequence=1, previous=GENESIS) == entry
