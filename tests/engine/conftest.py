"""A real pool of real worker processes, with limits short enough for tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from turnout.engine.limits import Limits, Sizes
from turnout.engine.pool import WorkerPool
from turnout.use_cases.workers import Offer, Program

SHORT = Limits(slow_cpu=0.4, slow_wall=2.0)
HEAD = "document: {dsl: '1.0.3', namespace: test, name: test, version: '1.0.0'}\ndo:\n"

ENDLESS = "def f: f; f"


def setting(expression: str) -> str:
    """A definition whose only task sets ``x`` to what the expression gives."""
    return f"{HEAD}- only:\n    set:\n      x: >-\n        ${{ {expression} }}\n"


@dataclass(frozen=True)
class Bench:
    """A pool and the short ways to use it."""

    pool: WorkerPool

    async def program(
        self,
        text: str,
        version_id: str = "wflv_a",
        outcome: str | None = None,
        workflow_id: str | None = None,
    ) -> Program:
        checked = await self.pool.check(text)
        assert checked.normalised is not None, checked.problems
        assert checked.content_hash is not None
        workflow_id = workflow_id or f"wfl_of_{version_id}"
        return Program(version_id, workflow_id, checked.content_hash, checked.normalised, outcome)

    @staticmethod
    def offer(
        treatment: Program,
        control: Program | None = None,
        *,
        run_id: str = "wfr_1",
        input: bytes = b"{}",
        key: str | None = None,
        basis_points: int = 10_000,
    ) -> Offer:
        return Offer(
            run_id=run_id,
            now=1_000_000,
            input=input,
            assignment_key=key,
            salt=None if control is None else "rol_1",
            basis_points=basis_points,
            deployment_id=f"wfd_{treatment.version_id}",
            treatment=treatment,
            control=control,
        )


StartBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def start_bench() -> AsyncIterator[StartBench]:
    pools: list[WorkerPool] = []

    async def start(limits: Limits = SHORT, sizes: Sizes | None = None) -> Bench:
        pool = WorkerPool(limits, sizes)
        pools.append(pool)
        await pool.start()
        return Bench(pool)

    yield start
    for pool in pools:
        await pool.close()


@pytest.fixture
async def bench(start_bench: StartBench) -> Bench:
    return await start_bench()
