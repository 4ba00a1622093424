"""Rerun: a new run of the same input, on what is live now; it names the old one (I2)."""

from turnout.use_cases import find
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.traffic import TrafficCache
from turnout.use_cases.trigger import Triggered, trigger


async def rerun_run(ports: Ports, traffic: TrafficCache, caller: Caller, run_id: str) -> Triggered:
    """Trigger it again; refusals as ``trigger`` lists them.

    Raises:
        NotFound: no such run here.
    """

    def load(tx: Transaction) -> tuple[str, bytes]:
        run = find.run(tx, caller, run_id)
        return run.workflow_id, tx.runs.bodies([run.id])[run.id].input

    workflow_id, input_ = await ports.store.read(load)
    return await trigger(ports, traffic, caller, workflow_id, input_, rerun_of=run_id)
