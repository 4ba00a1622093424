"""What decides about new runs of a workflow here and now, loaded once and kept until it moves.

A kept copy may be behind. That is safe: accepting compares the gate's generation inside its own
transaction, and computes again from a fresh copy when the gate moved (I7).
"""

from collections import OrderedDict
from dataclasses import dataclass

from turnout.domain.errors import Conflict
from turnout.domain.gate import Gate
from turnout.domain.workflow import Workflow, require_open
from turnout.use_cases import find
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.workers import Program


@dataclass(frozen=True, slots=True)
class Traffic:
    """A workflow's gate, with the programs of the versions that take traffic.

    Attributes:
        programs: version id → program, of every version in the deployment in force.
        numbers: version id → version number, of the same.
    """

    workflow: Workflow
    gate: Gate
    programs: dict[str, Program]
    numbers: dict[str, int]

    @property
    def size(self) -> int:
        """Bytes of its definitions."""
        return sum(len(program.normalised) for program in self.programs.values())


class TrafficCache:
    """The traffic of the workflows triggered last, by environment and reference.

    Args:
        most: how many are kept.
        most_bytes: how many bytes their definitions may have together.
    """

    def __init__(self, most: int = 256, most_bytes: int = 64 * 1024 * 1024) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, str], Traffic] = OrderedDict()

    async def get(
        self, ports: Ports, environment_id: str, reference: str, *, fresh: bool = False
    ) -> Traffic:
        """The traffic of a workflow; ``fresh`` reads it from the store.

        Raises:
            NotFound: no such workflow.
        """
        key = (environment_id, reference)
        kept = None if fresh else self._kept.get(key)
        if kept is None:
            kept = await ports.store.read(lambda tx: load(tx, environment_id, reference))
            self._keep(key, kept)
        else:
            self._kept.move_to_end(key)
        return kept

    def _keep(self, key: tuple[str, str], traffic: Traffic) -> None:
        before = self._kept.pop(key, None)
        self._bytes += traffic.size - (before.size if before else 0)
        self._kept[key] = traffic
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.size


def load(tx: Transaction, environment_id: str, reference: str) -> Traffic:
    """Read it from the store.

    Raises:
        NotFound: no such workflow.
    """
    workflow = find.workflow(tx, reference)
    gate = tx.gates.get(environment_id, workflow.id)
    if gate is None:
        raise AssertionError("every workflow has a gate in every environment")
    programs, numbers = {}, {}
    for share in gate.deployment.shares if gate.deployment else ():
        version = find.version(tx, share.version_id)
        programs[version.id] = Program(
            version.id, workflow.id, version.content_hash, version.normalised, workflow.outcome
        )
        numbers[version.id] = version.number
    return Traffic(workflow, gate, programs, numbers)


def require_open_gate(traffic: Traffic) -> None:
    """Refuse new runs when the workflow takes none here.

    Raises:
        Conflict: archived, paused or never published in this environment.
    """
    require_open(traffic.workflow)
    handle = traffic.workflow.handle
    if traffic.gate.paused:
        raise Conflict(
            "workflow_paused", f"{handle} is paused in this environment; resume it to start runs."
        )
    if traffic.gate.deployment is None:
        raise Conflict(
            "never_published",
            f"No version of {handle} is live in this environment; publish its draft, or promote "
            "a version.",
        )
