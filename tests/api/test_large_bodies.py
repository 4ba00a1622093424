"""Bodies within 2 MiB that are made to keep the server busy."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from pydantic import model_validator
from tests.api.conftest import Api, code, data

from turnout.api.attributes import MAX_FINDINGS, Attributes, Text, read_attributes
from turnout.api.errors import AttributesInvalid
from turnout.api.inflection import Inflection
from turnout.api.json_body import MAX_BYTES, MAX_CONTAINERS, read_json
from turnout.api.routes import bodies, trigger
from turnout.api.routes.workflows import definition_text
from turnout.domain.errors import BadRequest

pytestmark = pytest.mark.asyncio(loop_scope="module")

OBJECTS = b"[" + b",".join([b'{"a":1.5,"b":2}'] * 99_000) + b"]"
FLOATS = b"[" + b",".join([b"1.5"] * 450_000) + b"]"
NESTED = b"[" + b",".join([b"[" * 90 + b"]" * 90] * 1_100) + b"]"
UNKNOWN = orjson.dumps({"attributes": {f"unknown{n}": 1 for n in range(100_000)}})


class Loop:
    """Counts the turns of the event loop, all and while bodies are read."""

    def __init__(self) -> None:
        self.turns = 0
        self.while_reading: list[int] = []

    def read_json(self, body: bytes) -> Any:
        before = self.turns
        try:
            return read_json(body)
        finally:
            self.while_reading.append(self.turns - before)

    async def turn(self) -> None:
        while True:
            self.turns += 1
            await asyncio.sleep(0)


@pytest_asyncio.fixture(loop_scope="module")
async def loop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loop]:
    counted = Loop()
    monkeypatch.setattr(bodies, "read_json", counted.read_json)
    monkeypatch.setattr(trigger, "read_json", counted.read_json)
    turning = asyncio.ensure_future(counted.turn())
    yield counted
    turning.cancel()


ATTACKS = {
    "many objects": b'{"data":{"attributes":{"fields":{"a":' + OBJECTS + b"}}}}",
    "many floats": b'{"data":{"attributes":{"fields":{"a":' + FLOATS + b"}}}}",
    "many levels": b'{"data":{"attributes":{"definition":{"a":' + NESTED + b"}}}}",
    "unknown attributes": b'{"data":' + UNKNOWN + b"}",
    "unknown members": b'{"data":' + UNKNOWN.replace(b'{"attributes":', b"", 1),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("path", ["/workflows", "/workflows/nowhere/trigger"])
async def test_the_server_goes_on_while_it_reads_a_large_body(
    api: Api, loop: Loop, path: str, attack: str
) -> None:
    body = ATTACKS[attack]
    assert len(body) <= MAX_BYTES
    answer = await api.send("POST", path, content=body)
    assert answer.status_code in (404, 422), answer.text[:200]
    assert len(loop.while_reading) == 1
    assert loop.while_reading[0] > 0


@pytest.mark.parametrize("container", [b"{}", b"[]", b"[" * 50 + b"]" * 50, b'{"\\"":[]}'])
async def test_more_lists_and_objects_than_anybody_needs_are_400(
    api: Api, container: bytes
) -> None:
    many = b",".join([container] * (MAX_CONTAINERS // container.count(container[:1]) + 1))
    body = b'{"data":{"attributes":{"fields":{"a":[' + many + b"]}}}}"
    answer = await api.send("POST", "/workflows/nowhere/trigger", content=body)
    assert (answer.status_code, code(answer)) == (400, "invalid_json")
    assert "100,000 lists and objects" in answer.text


@pytest.mark.parametrize("text", ["[" * 150_000, '\\"{' * 150_000, '{"[' * 120_000])
async def test_brackets_within_text_are_no_lists(text: str) -> None:
    body = orjson.dumps({"data": text})
    assert read_json(body) == {"data": text}


async def test_a_text_without_an_end_is_told_at_once() -> None:
    with pytest.raises(BadRequest, match="Unterminated string"):
        read_json(b'{"data":"' + b'\\"[' * 600_000)


async def test_a_definition_sent_as_an_object_is_kept_on_lines(api: Api) -> None:
    sent = {"do": [{"a": {"set": {"b": "é"}}}]}
    made = await api.post("/workflows", {"name": "On lines", "definition": sent})
    handle = data(made)["attributes"]["handle"]
    kept = data(await api.get(f"/workflows/{handle}/draft"))["attributes"]["definition"]
    assert orjson.loads(kept) == sent
    assert kept.splitlines()[1] == '  "do": ['


def nested(levels: int, times: int) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(
        b'{"a":[' + b",".join([b"[" * levels + b"]" * levels] * times) + b"]}"
    )
    return value


@pytest.mark.parametrize(
    "definition", [nested(90, 400), nested(60, 166), {"a": [1] * 300_000}], ids=len
)
async def test_indentation_makes_no_object_larger_than_a_definition_may_be(
    definition: dict[str, Any],
) -> None:
    text = definition_text(definition)
    assert len(text) <= max(len(orjson.dumps(definition)), 1_048_576)
    assert orjson.loads(text) == definition


async def test_an_integer_in_a_definition_that_would_lose_digits_is_refused(api: Api) -> None:
    sent = {"name": "x", "definition": {"n": 10**25}}
    answer = await api.post("/workflows", sent)
    assert (answer.status_code, code(answer)) == (400, "invalid_json")


SEEN: list[int] = []


class Watched(Attributes):
    """Tells how many attributes its validation was given."""

    first_name: Text
    age: int = 0

    @model_validator(mode="before")
    @classmethod
    def _see(cls, given: dict[str, Any]) -> dict[str, Any]:
        SEEN.append(len(given))
        return given


def unknown_names(inflection: Inflection) -> Iterator[str]:
    between = {Inflection.KEBAB: "-", Inflection.SNAKE: "_", Inflection.CAMEL: "X"}[inflection]
    return (f"unknown{between}{n}" for n in range(190_000))


@pytest.mark.parametrize("inflection", Inflection)
async def test_unknown_attributes_are_refused_before_anything_looks_at_each(
    inflection: Inflection,
) -> None:
    sent: dict[str, Any] = dict.fromkeys(unknown_names(inflection), 1)
    sent["age"] = "ten"
    SEEN.clear()
    with pytest.raises(AttributesInvalid) as refused:
        read_attributes(Watched, {"data": {"attributes": sent}}, inflection)
    assert SEEN == [1]
    findings = refused.value.findings
    assert len(findings) == MAX_FINDINGS
    assert [each.code for each in findings[:3]] == [
        "missing_value",
        "invalid_value",
        "unknown_attribute",
    ]


async def test_an_attribute_in_two_spellings_is_400(api: Api) -> None:
    sent = {"name": "x", "assignmentKey": ".a", "assignment-key": ".b"}
    answer = await api.post("/workflows", sent, headers={"key-inflection": "camel"})
    assert (answer.status_code, code(answer)) == (400, "invalid_json")
