"""Fields that are read and that nothing sets, and values compared that are of different types."""

from dataclasses import dataclass

from turnout.definition.data_kinds import DataKinds, TooLarge
from turnout.definition.expression_kinds import shown_path
from turnout.definition.findings import Spot, nearest
from turnout.definition.flow import TaskList
from turnout.definition.jq_syntax import Constant, Node, Path
from turnout.definition.kinds import NULL, Kind

_WORDS = {
    "string": "text",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    NULL: "null",
}


def check_fields(root: Spot, tasks: TaskList) -> None:
    """Report what expressions read that is never there, and what they compare in vain."""
    if root.at("use", "extensions") is not None:
        # Tasks around every task may change whatever is known between two of them.
        return
    try:
        known = DataKinds(root, tasks)
    except TooLarge:
        return
    told: set[tuple[str, str]] = set()
    output = known.tell(root, lambda spot: _Teller(spot, known.input, told))
    if output is not None:
        _check_output(root, output)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Reports the mistakes of one expression, each once."""

    spot: Spot
    input: Kind
    told: set[tuple[str, str]]

    def missing(self, path: str, name: str, of: Kind, variable: str | None) -> None:
        if self._is_new(path):
            what = "exports" if variable == "context" else "sets"
            why = f"no task before this one {what} `{name[:60]}`"
            if of is self.input:
                why = f"`input.schema` allows no `{name[:60]}`"
            message = f"`{path[:100]}` is always null: {why}."
            self.spot.warning_at_value("field_never_set", message, self._hint(path, name, of))

    def never_alike(self, sign: str, sides: tuple[Node, Node], kinds: tuple[Kind, Kind]) -> None:
        left, right = (_said(*side) for side in zip(sides, kinds, strict=True))
        if self._is_new(f"{left} {sign} {right}"):
            result = (
                f"they are never equal, so this is always {str(sign == '!=').lower()}"
                if sign in ("==", "!=")
                else "jq puts any two types in an order, which decides nothing here"
            )
            self.spot.error(
                "comparison_contradicts_types",
                f"{left} is compared with {right}: {result}.",
                _conversion(sides, kinds),
            )

    def _hint(self, path: str, name: str, of: Kind) -> str:
        if name in self.input.members and path == f".{name}":
            return (
                "A `set` before this one replaced the input: pass it on there, with "
                f"`{name[:60]}: ${{ .{name[:60]} }}`, or read `$workflow.input.{name[:60]}`."
            )
        meant = nearest(name, of.members)
        if meant:
            return f"Did you mean `{path[: -len(name)][:100]}{meant[:60]}`?"
        if path.startswith("$context."):
            return (
                f"Export it first: `export: {{ as: '$context + {{{name[:60]}: .{name[:60]}}}' }}`."
            )
        known = ", ".join(f"`.{each[:40]}`" for each in sorted(of.members)[:8])
        return f"Known here: {known or 'nothing'}."

    def _is_new(self, what: str) -> bool:
        key = (self.spot.pointer, what)
        new = key not in self.told
        self.told.add(key)
        return new


def _said(node: Node, kind: Kind) -> str:
    if isinstance(node, Path):
        return f"`{shown_path(node)[:100]}` ({_types(kind)})"
    return f"`{node.text[:40]}`" if isinstance(node, Constant) else _types(kind)


def _types(kind: Kind) -> str:
    return " or ".join(_WORDS[each] for each in sorted(kind.types - {NULL}) or [NULL])


def _conversion(sides: tuple[Node, Node], kinds: tuple[Kind, Kind]) -> str:
    """Say how the two become alike."""
    for node, kind, other in zip(sides, kinds, reversed(kinds), strict=True):
        if not isinstance(node, Path):
            continue
        path = shown_path(node)[:100]
        if kind.types - {NULL} == {"string"} and other.types - {NULL} == {"number"}:
            return f"Write `({path} | tonumber)`, or make `{path}` a number where it is described."
        return f"Compare `{path}` with {_types(kind)}, or describe it as {_types(other)}."
    return "Compare values of one type."


def _check_output(root: Spot, output: Kind) -> None:
    """Report what the workflow's output must have, and what no path to its end sets."""
    required = root.at("output", "schema", "document", "required")
    if required is None or not isinstance(required.value, list):
        return
    for item in required.items():
        if isinstance(item.value, str) and output.lacks(item.value) and NULL not in output.types:
            meant = nearest(item.value, output.members)
            item.error(
                "output_never_set",
                f"The output must have `{item.value[:100]}`, which no path to the end sets.",
                f"Did you mean `{meant[:60]}`?" if meant else "Set it before the workflow ends.",
            )
