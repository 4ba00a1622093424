"""The audit log as people read it."""

from dataclasses import dataclass

from turnout.domain.audit import AuditEntry
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Page, Ports, Slice, Transaction


@dataclass(frozen=True, slots=True)
class AuditView:
    """A page of entries, newest first, with the names of who made them."""

    entries: Slice[AuditEntry]
    names: dict[str, str]


async def read_audit(ports: Ports, caller: Caller, page: Page) -> AuditView:
    """Entries of this environment, and those that concern every one; sequences are cursors.

    Raises:
        BadRequest: a cursor that is no sequence.
    """
    caller.key.role.require(Role.VIEWER)

    def load(tx: Transaction) -> AuditView:
        found = tx.audit.list(page, environment_id=caller.environment.id)
        names = tx.api_keys.names(sorted({entry.record.by.actor for entry in found.items}))
        return AuditView(found, names)

    return await ports.store.read(load)
