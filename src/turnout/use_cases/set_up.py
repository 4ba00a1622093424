"""Set up an empty store: the environments that exist from the start."""

from turnout.domain import environment as environments
from turnout.domain.ids import Prefix
from turnout.use_cases.ports import Ports, Transaction


async def set_up(ports: Ports) -> None:
    """Create production and sandbox where they are missing."""

    def work(tx: Transaction) -> None:
        for name in environments.INITIAL:
            if tx.environments.named(name) is None:
                id_ = ports.ids.new(Prefix.ENVIRONMENT)
                tx.environments.add(environments.create(id_, name, ports.now()))

    await ports.store.write(work)
