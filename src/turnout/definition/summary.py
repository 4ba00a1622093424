"""What a definition tells about itself to those who trigger it."""

from collections.abc import Sequence
from dataclasses import dataclass

from turnout.definition.model import Definition, HumanReviewTask, SetTask, Task, Transform
from turnout.domain.json import Json, JsonObject
from turnout.domain.review import ANSWER

ANY_TYPE = "any"


@dataclass(frozen=True, slots=True)
class Summary:
    """A definition's face.

    Attributes:
        trigger_type: ``api``.
        inputs: (name, JSON type or ``any``, required), from its input schema, by name.
        outputs: names of the output's members, as far as evident.
    """

    trigger_type: str
    inputs: tuple[tuple[str, str, bool], ...]
    outputs: tuple[str, ...]


def summarise(definition: Definition) -> Summary:
    """Summarise a definition from its schemas; outputs also from what its last tasks set."""
    schema = definition.input.schema
    properties = _properties(schema)
    required = schema.get("required") if isinstance(schema, dict) else None
    names = required if isinstance(required, list) else []
    return Summary(
        "api",
        tuple((name, _type(kind), name in names) for name, kind in properties.items()),
        _outputs(definition),
    )


def _properties(schema: JsonObject | bool | None) -> JsonObject:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def _type(schema: Json) -> str:
    if not isinstance(schema, dict):
        return ANY_TYPE
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind
    if isinstance(kind, list):
        return "|".join(str(one) for one in kind)
    return _common_type(schema.get("enum", [schema["const"]] if "const" in schema else []))


def _common_type(values: Json) -> str:
    kinds = {_TYPES.get(type(value)) for value in values} if isinstance(values, list) else set()
    return kinds.pop() or ANY_TYPE if len(kinds) == 1 else ANY_TYPE


_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def _outputs(definition: Definition) -> tuple[str, ...]:
    described = _described(definition.output)
    if described is not None:
        return described
    names: dict[str, None] = {}
    for task in _last_tasks(definition.tasks):
        found = _described(task.output)
        names.update(dict.fromkeys(_evident(task) if found is None else found))
    return tuple(names)


def _evident(task: Task) -> tuple[str, ...]:
    """Return the members that a task of this type gives, where that is plain to see."""
    if isinstance(task, SetTask) and isinstance(task.value, dict):
        return tuple(task.value)
    return ANSWER if isinstance(task, HumanReviewTask) else ()


def _described(output: Transform) -> tuple[str, ...] | None:
    """Return the names that an ``output`` gives, None where there is nothing to go by."""
    if properties := _properties(output.schema):
        return tuple(properties)
    if isinstance(output.value, dict):
        return tuple(output.value)
    return None if output.value is None else ()


def _last_tasks(tasks: Sequence[Task]) -> list[Task]:
    """Return the top-level tasks after which the workflow ends."""
    ending = [task for task in tasks if task.then in ("end", "exit")]
    return ending if tasks[-1] in ending else [*ending, tasks[-1]]
