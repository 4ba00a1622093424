"""Trigger a workflow: the busiest operation, so its body is read without a model."""

from turnout.api.attributes import unwrap
from turnout.api.documents import document
from turnout.api.errors import AttributesInvalid, Finding
from turnout.api.inflection import Inflection
from turnout.api.json_body import json_bytes, read_json
from turnout.api.operation import Answer, Body, Call, Operation, Shown
from turnout.api.resources.runs import RUN, triggered_resource
from turnout.api.routes.paths import WORKFLOW_ID
from turnout.api.routes.runs import LOADERS, WAIT, run_answer
from turnout.use_cases import trigger as triggering


async def trigger(call: Call) -> Answer:
    """Accept a run on what is live now."""
    if not isinstance(call.body, bytes):
        raise AssertionError("the body's reader gives bytes")
    traffic = call.turnout.traffic
    done = await triggering.trigger(call.ports, traffic, call.caller, call.id, call.body)
    run = done.run
    wait = call.query.get("wait", 0)
    live = await traffic.get(call.ports, call.caller.environment.id, call.id)
    number = live.numbers.get(run.version_id)
    if number is None or (wait and not run.phase.ended):
        # An earlier run of the same Idempotency-Key may be on a version that is not live now.
        return await run_answer(call, run.id, wait=wait)
    shown = triggered_resource(run, done.bodies, number, call.now)
    return Answer(await document(call, shown, loaders=LOADERS))


def read_fields(sent: bytes, _: Inflection) -> bytes:
    """The run's input as JSON bytes; ``{}`` where none is sent.

    Raises:
        AttributesInvalid: the body is not shaped like that.
    """
    attributes = unwrap(read_json(sent) if sent else {})
    strange = next((name for name in attributes if name != "fields"), None)
    if strange is not None:
        pointer = f"/data/attributes/{strange[:80]}"
        raise AttributesInvalid(
            [Finding("unknown_attribute", "It is not known here; known: fields.", pointer)]
        )
    fields = attributes.get("fields", {})
    if not isinstance(fields, dict):
        details = "Expected an object: the input of the run."
        raise AttributesInvalid([Finding("invalid_value", details, "/data/attributes/fields")])
    return json_bytes(fields)


_SCHEMA = {
    "type": "object",
    "properties": {"fields": {"type": "object", "description": "The run's input."}},
    "additionalProperties": False,
}

OPERATIONS = (
    Operation(
        "POST",
        "/workflows/{id}/trigger",
        "trigger-workflow",
        "Accept a run on what is live in this environment",
        trigger,
        (Shown(RUN),),
        query=(WAIT,),
        body=Body(read_fields, _SCHEMA),
        refusals=(404, 409, 422),
        once=True,
        known_callers=True,
        path_patterns=WORKFLOW_ID,
    ),
)
