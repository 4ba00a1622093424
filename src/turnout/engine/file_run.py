"""Runs one definition to its end in memory: no store, no server, the same pool and effects."""

import asyncio
from collections.abc import Callable

import orjson

from turnout.domain.assignment import FULL
from turnout.domain.instant import SECOND, Instant
from turnout.domain.journal import EntryKind
from turnout.domain.json import JsonObject
from turnout.engine.events import nothing_to_hear
from turnout.engine.http import HttpEffects
from turnout.engine.reviews import nobody_to_ask, when_due
from turnout.use_cases.trigger import InputInvalid
from turnout.use_cases.workers import Advance, End, NewEntry, Offer, Program, WantedEffect, Workers

_Answer = asyncio.Task[JsonObject]


class FileRun:
    """One run of one program.

    Args:
        workers: advance it.
        http: executes its calls.
        now: the wall clock.
    """

    def __init__(
        self, workers: Workers, http: HttpEffects, program: Program, now: Callable[[], Instant]
    ) -> None:
        self._workers = workers
        self._http = http
        self._program = program
        self._now = now
        self._journal: list[NewEntry] = []
        self._state: bytes | None = None
        self._under_way: dict[_Answer, WantedEffect] = {}
        # Set once a run waits for nothing but events: none will come.
        self._alone = asyncio.Event()

    async def run(self, run_id: str, input_: bytes) -> End:
        """Run it to its end.

        Args:
            input_: a JSON object, as bytes.

        Raises:
            InputInvalid: the input does not fit the definition's schema.
        """
        acceptance = await self._workers.accept(self._offer(run_id, input_))
        if acceptance.advance is None:
            raise InputInvalid(acceptance.problems, "the definition")
        try:
            end = self._take(acceptance.advance)
            while end is None:
                end = await self._next()
            return end
        finally:
            await self._withdraw(list(self._under_way))

    def _offer(self, run_id: str, input_: bytes) -> Offer:
        return Offer(
            run_id=run_id,
            now=self._now(),
            input=input_,
            assignment_key=None,
            salt=None,
            basis_points=FULL,
            deployment_id="file",
            treatment=self._program,
            control=None,
        )

    async def _next(self) -> End | None:
        """Wait for the next answers and fold them in, one at a time."""
        if not self._under_way:
            raise AssertionError("a run that has not ended wants something")
        if all(effect.kind == "event" for effect in self._under_way.values()):
            self._alone.set()
        done, _ = await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            effect = self._under_way.pop(task, None)
            if effect is None:
                continue  # withdrawn by the one before
            advance = await self._workers.advance(
                self._program,
                state=self._state,
                journal=self._journal,
                entry=self._entry(effect, task.result()),
            )
            end = self._take(advance)
            await self._withdraw(
                [
                    each
                    for each, wanted in self._under_way.items()
                    if (wanted.key, wanted.attempt) in advance.withdrawn
                ]
            )
            if end is not None:
                return end
        return None

    def _entry(self, effect: WantedEffect, answer: JsonObject) -> NewEntry:
        last = self._journal[-1]
        body = orjson.dumps({"digest": effect.digest, **answer})
        at = max(self._now(), last.at)
        return NewEntry(last.sequence + 1, EntryKind.ANSWERED, at, body, effect.key, effect.attempt)

    def _take(self, advance: Advance) -> End | None:
        """Keep what an advance led to, and start what it wants."""
        if advance.entries:
            self._journal += advance.entries
            self._state = advance.state
        if advance.end is None:
            for effect in advance.wanted:
                self._under_way[asyncio.create_task(self._execute(effect))] = effect
        return advance.end

    async def _execute(self, effect: WantedEffect) -> JsonObject:
        if effect.kind == "http":
            request: JsonObject = orjson.loads(effect.request)
            return await self._http.execute(request, effect.idempotency_key)
        if effect.kind == "review" and effect.due is None:
            return nobody_to_ask()
        if effect.kind == "event":
            await self._alone.wait()
            return nothing_to_hear()
        if effect.due is not None:
            await asyncio.sleep(max(0, effect.due - self._now()) / SECOND)
        return when_due(effect) if effect.kind == "review" else {"value": None}

    async def _withdraw(self, tasks: list[_Answer]) -> None:
        for task in tasks:
            self._under_way.pop(task, None)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
