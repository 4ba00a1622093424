"""The audit log as people read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from turnout.domain.audit import AuditEntry
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Ports, Transaction


@dataclass(frozen=True, slots=True)
class AuditView:
    """A page of entries, newest first, with the names of who made them; ``more`` are older."""

    entries: Sequence[AuditEntry]
    names: dict[str, str]
    more: bool


async def read_audit(
    ports: Ports, caller: Caller, size: int, *, before_sequence: int | None = None
) -> AuditView:
    """Entries of this environment, and those that concern every one."""
    caller.key.role.require(Role.VIEWER)

    def load(tx: Transaction) -> AuditView:
        found = tx.audit.list(
            size + 1, before_sequence=before_sequence, environment_id=caller.environment.id
        )
        shown = found[:size]
        names = tx.api_keys.names(sorted({entry.record.by.actor for entry in shown}))
        return AuditView(shown, names, len(found) > size)

    return await ports.store.read(load)
