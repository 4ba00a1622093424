"""However many warnings there are, no error hides behind them."""

from collections.abc import Callable

from turnout.definition.check import Checked
from turnout.definition.findings import MAX_PROBLEMS
from turnout.domain.problem import Severity

HEAD = "document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}\ndo:\n"


def doubtful(count: int) -> str:
    return HEAD + "".join(f"  - t{n}: {{if: .a > {n}, set: {{a: 1}}}}\n" for n in range(count))


def test_an_error_behind_many_warnings_is_found(check_text: Callable[[str], Checked]) -> None:
    checked = check_text(doubtful(MAX_PROBLEMS + 20) + "  - last: {sett: {a: 1}}\n")
    errors = [each for each in checked.problems if each.severity is Severity.ERROR]
    assert [each.code for each in errors] == ["unknown_task_type"]
    assert len(checked.problems) == MAX_PROBLEMS
    assert checked.normalised is None


def test_warnings_alone_keep_nothing_from_being_published(
    check_text: Callable[[str], Checked],
) -> None:
    checked = check_text(doubtful(MAX_PROBLEMS + 20))
    assert len(checked.problems) == MAX_PROBLEMS
    assert checked.normalised is not None
