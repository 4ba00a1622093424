"""JSON Schemas of inputs, outputs and exports, compiled once per version.

Nothing outside the schema is ever loaded, and patterns run in linear time, so that no
definition can make its validation wait or spin.
"""

from dataclasses import dataclass

import jsonschema_rs

from turnout.definition.schemas import validator
from turnout.domain.json import Json, JsonObject
from turnout.interpreter.errors import Fault, fault, shortened

MISFITS_SHOWN = 3
"""How many misfits an error's detail tells; ``misfits`` gives up to ``MISFITS_LISTED``."""

MISFITS_LISTED = 50


@dataclass(frozen=True, slots=True)
class Misfit:
    """One place where a value does not fit its schema.

    Attributes:
        pointer: JSON pointer into the value, ``""`` for the whole.
        message: what is wrong there, at most 500 characters.
    """

    pointer: str
    message: str


class Schema:
    """A compiled JSON Schema; draft 2020-12 unless its ``$schema`` says otherwise."""

    __slots__ = ("_validator",)

    def __init__(self, document: JsonObject | bool) -> None:
        """Compile.

        Raises:
            ValueError: it is no valid schema, or refers to something outside itself.
        """
        try:
            self._validator = validator(document)
        except jsonschema_rs.ReferencingError as error:
            raise ValueError(str(error)) from error

    def check(self, value: Json, what: str) -> None:
        """Raise a fault of type ``validation`` unless the value fits.

        Args:
            value: what must fit.
            what: names it in the error's detail: ``input``, ``output`` …
        """
        if not self._validator.is_valid(value):
            raise self._misfit(value, what)

    def misfits(self, value: Json) -> list[Misfit]:
        """Every place where the value does not fit, the first ``MISFITS_LISTED``."""
        found = []
        for error in self._validator.iter_errors(value):
            found.append(Misfit(_pointer(error.instance_path), shortened(error.message)))
            if len(found) == MISFITS_LISTED:
                break
        return found

    def _misfit(self, value: Json, what: str) -> Fault:
        shown = self.misfits(value)[:MISFITS_SHOWN]
        places = "; ".join(f"{misfit.pointer or '/'}: {misfit.message}" for misfit in shown)
        return fault("validation", f"The {what} does not fit its schema. {places}")


def _pointer(path: list[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
