"""Bodies of requests, as operations declare them."""

from turnout.api.attributes import Attributes, read_attributes
from turnout.api.inflection import Inflection
from turnout.api.json_body import read_json
from turnout.api.operation import Body


def attributes_body(model: type[Attributes]) -> Body:
    """A body with the attributes of ``model``; it may be absent when none of them is required."""

    def read(sent: bytes, inflection: Inflection) -> Attributes:
        return read_attributes(model, read_json(sent) if sent else {}, inflection)

    schema = model.model_json_schema(by_alias=True)
    for name in ("title", "description"):
        schema.pop(name, None)
    for each in schema["properties"].values():
        each.pop("title", None)
    return Body(read, schema, required=bool(schema.get("required")))
