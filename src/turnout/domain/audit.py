"""The audit log: every change, who made it, when and why, in an order that cannot be rewritten."""

import json
from dataclasses import dataclass
from hashlib import sha256

from turnout.domain.by import By
from turnout.domain.json import JsonObject

GENESIS = bytes(32)
"""The "previous hash" of the first entry."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A change to be written down in its own transaction (I10).

    Attributes:
        action: ``noun.verb``: ``rollout.stop``.
        subject: id of what was changed. environment_id: where, or None for everywhere.
        before, after: what it was and became; texts as digests.
    """

    action: str
    subject: str
    environment_id: str | None
    before: JsonObject | None
    after: JsonObject | None
    by: By


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A record in its place: ``sequence`` has no gaps and ``hash`` covers the one before."""

    sequence: int
    record: AuditRecord
    previous: bytes
    hash: bytes


def chain(record: AuditRecord, *, sequence: int, previous: bytes) -> AuditEntry:
    """Put a record after the entry with hash ``previous`` (``GENESIS`` for the first)."""
    body = json.dumps(
        [
            sequence,
            record.action,
            record.subject,
            record.environment_id,
            record.before,
            record.after,
            record.by.actor,
            record.by.at,
            record.by.reason,
        ],
        sort_keys=True,
        separators=(",", ":"),
    )
    return AuditEntry(sequence, record, previous, sha256(previous + body.encode()).digest())


def text_digest(text: str) -> str:
    """How the audit log names a text that it does not repeat: ``sha256:…``."""
    return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
