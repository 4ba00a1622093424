"""Create an environment beside production and sandbox."""

from turnout.domain import environment as environments
from turnout.domain.environment import Environment
from turnout.domain.errors import Conflict, NotFound
from turnout.domain.ids import Prefix
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record


async def create_environment(ports: Ports, caller: Caller, name: str) -> Environment:
    """Create it, with a gate for every workflow and nothing live.

    Raises:
        Conflict: the name is taken. Invalid: it cannot be a name.
    """

    def work(tx: Transaction) -> Environment:
        admit(tx, caller, Role.ADMIN)
        now = ports.now()

        def create() -> Environment:
            made = environments.create(ports.ids.new(Prefix.ENVIRONMENT), name, now)
            if tx.environments.named(name):
                raise Conflict(
                    "name_taken",
                    f"There is an environment {name!r} already.",
                    "/data/attributes/name",
                )
            tx.environments.add(made)
            record(tx, "environment.create", made.id, caller.by(now), after={"name": name})
            return made

        return once(
            tx,
            caller,
            now,
            do=create,
            subject=lambda made: made.id,
            again=lambda id_: _get(tx, id_),
        )

    return await ports.store.write(work)


def _get(tx: Transaction, id_: str) -> Environment:
    found = tx.environments.get(id_)
    if found is None:
        raise NotFound("not_found", f"There is no environment {id_!r}.")
    return found
