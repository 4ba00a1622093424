"""Revert: deploy a version that was live here before; it supersedes a running rollout."""

from turnout.domain.rollout import Rollout, RolloutKind
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Ports
from turnout.use_cases.redeploy import Redeployment, redeploy


async def revert(ports: Ports, caller: Caller, reference: str, wanted: Redeployment) -> Rollout:
    """Revert to a version; at 100 % to the control it stops, to the treatment it completes.

    Refusals as ``redeploy`` lists them.
    """
    return await redeploy(ports, caller, reference, RolloutKind.REVERT, wanted)
