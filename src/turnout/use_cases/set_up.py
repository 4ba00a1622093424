"""Set up an empty store: the environments that exist from the start."""

from turnout.domain import environment as environments
from turnout.domain.by import By
from turnout.domain.ids import Prefix
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record

ACTOR = "turnout"
"""Who made what exists from the start: the product itself."""


async def set_up(ports: Ports) -> None:
    """Create production and sandbox where they are missing."""

    def work(tx: Transaction) -> None:
        for name in environments.INITIAL:
            if tx.environments.named(name) is None:
                id_ = ports.ids.new(Prefix.ENVIRONMENT)
                now = ports.now()
                tx.environments.add(environments.create(id_, name, now))
                by = By(ACTOR, now, "there from the start")
                record(tx, "environment.create", id_, by, after={"name": name})

    await ports.store.write(work)
