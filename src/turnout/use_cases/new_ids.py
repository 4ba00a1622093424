"""Fresh ids for a decision on traffic."""

from turnout.domain.gate import NewIds
from turnout.domain.ids import Prefix
from turnout.use_cases.ports import Ports


def new_ids(ports: Ports) -> NewIds:
    """A rollout's and a deployment's id."""
    return NewIds(ports.ids.new(Prefix.ROLLOUT), ports.ids.new(Prefix.DEPLOYMENT))
