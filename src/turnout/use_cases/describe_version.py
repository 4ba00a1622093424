"""Edit the description of a published version: the one thing of it that may change (I1)."""

from dataclasses import replace

from turnout.domain import version as versions
from turnout.domain.role import Role
from turnout.domain.version import Version
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record


async def describe_version(
    ports: Ports, caller: Caller, version_id: str, description: str
) -> Version:
    """Change it, audited.

    Raises:
        NotFound: there is no such version.
        Invalid: the description is too long.
    """

    def work(tx: Transaction) -> Version:
        admit(tx, caller, Role.PUBLISHER)
        before = find.version(tx, version_id)
        text = versions.description(description)
        tx.versions.describe(before.id, text)
        record(
            tx,
            "version.describe",
            before.id,
            caller.by(ports.now()),
            before={"description": before.description},
            after={"description": text},
        )
        return replace(before, description=text)

    return await ports.store.write(work)
