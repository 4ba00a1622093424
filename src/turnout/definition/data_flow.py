"""Checks of ``input``, ``output`` and ``export``."""

from turnout.definition.expression_checks import expression, value
from turnout.definition.findings import Spot
from turnout.definition.schemas import schema_block
from turnout.definition.shapes import members, wrong_type


def input_block(spot: Spot) -> None:
    """Check an ``input``: its schema, and ``from``."""
    members(spot, {"schema": schema_block, "from": _transform})


def output_block(spot: Spot) -> None:
    """Check an ``output``: its schema, and ``as``."""
    members(spot, {"schema": schema_block, "as": _transform})


def export_block(spot: Spot) -> None:
    """Check an ``export``, the only place that knows ``$output``."""
    members(spot.knowing("output"), {"schema": schema_block, "as": _transform})


def _transform(spot: Spot) -> None:
    if isinstance(spot.value, str):
        expression(spot)
    elif isinstance(spot.value, dict):
        value(spot)
    else:
        wrong_type(spot, "an expression or an object")
