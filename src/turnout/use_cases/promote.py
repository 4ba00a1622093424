"""Promote: deploy a published version in an environment where it was never live."""

from turnout.domain.rollout import Rollout, RolloutKind
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Ports
from turnout.use_cases.redeploy import Redeployment, redeploy


async def promote(ports: Ports, caller: Caller, reference: str, wanted: Redeployment) -> Rollout:
    """Promote a version; refusals as ``redeploy`` lists them."""
    return await redeploy(ports, caller, reference, RolloutKind.PROMOTE, wanted)
