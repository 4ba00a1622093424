"""The body of the entry that begins every journal."""

from turnout.domain.json import Json, JsonObject


def accepted_body(input_: Json, run_id: str, content_hash: str) -> JsonObject:
    """What a run is accepted with; the interpreter adds its limits and revision.

    Args:
        input_: the trigger's fields.
        run_id: the run's.
        content_hash: of the definition that it is pinned to.
    """
    return {"input": input_, "workflow": {"hash": content_hash}, "run": {"id": run_id}}
