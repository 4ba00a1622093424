"""How problems are told: the line of the file, a mark under the column, the hint, a count."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.server import Turnout
from turnout.cli import problems
from turnout.definition.load import load


def problem(line: int | None, column: int | None, **more: Any) -> dict[str, Any]:
    basis = {"severity": "error", "code": "some_code", "message": "It is wrong.", "file": "f.yaml"}
    return {**basis, "line": line, "column": column, **more}


def told(capsys: pytest.CaptureFixture[str], text: str, *found: dict[str, Any]) -> list[str]:
    problems.tell(found, text)
    return capsys.readouterr().out.splitlines()


def test_a_problem_comes_with_its_line_a_mark_and_its_hint(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "do:\n  - a: { thn: end }\n"
    assert told(capsys, text, problem(2, 10, hint="Did you mean `then`?")) == [
        "f.yaml:2:10: error some_code It is wrong.",
        "  2 |   - a: { thn: end }",
        "    |          ^^^",
        "  hint: Did you mean `then`?",
        "",
    ]


@pytest.mark.parametrize(
    ("line", "column", "marked"),
    [
        ("a: ${ .b >= 3 }, c", 4, "^^^^^^^^^^^^"),
        ("a: 'it''s so' # why", 4, "^^^^^^^^^^"),
        ('a: "b \\" c", d', 4, "^^^^^^^^"),
        ("a: {b: 1}", 4, "^"),
        ("größe: x", 1, "^^^^^"),
        ("日本: x", 1, "^^^^"),
        ("日本: xy", 5, "^^"),
        ("\ta: xy", 5, "^^"),
        ("a: ", 4, "^"),
    ],
)
def test_the_mark_stands_under_what_is_wrong(
    capsys: pytest.CaptureFixture[str], line: str, column: int, marked: str
) -> None:
    _, shown, marks, _ = told(capsys, line, problem(1, column))
    before = line[: column - 1].replace("\t", "    ")
    cells = sum(2 if each > "\u2e80" else 1 for each in before)
    assert marks == "    | " + " " * cells + marked
    assert shown == "  1 | " + line.replace("\t", "    ").rstrip()


def test_a_line_without_end_is_shown_around_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[" + "x," * 50_000 + "wrong" + ",x" * 50_000
    _, shown, marks, _ = told(capsys, text, problem(1, 100_002))
    assert len(shown) < 120
    assert shown[marks.index("^") : marks.rindex("^") + 1] == "wrong"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_the_definition_counts_them(
    capsys: pytest.CaptureFixture[str], newline: str
) -> None:
    text = f"\ufeffa: 'x\u2028y'{newline}b: 2{newline}"
    line, column = load(text).places["/b"]
    assert told(capsys, text, problem(line, column))[1] == "  2 | b: 2"


def test_what_an_enemy_wrote_does_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = told(capsys, "a: \x1b[2J\u202ex y", problem(1, 8, hint="\x1b[0m"))
    assert not any("\x1b" in line or "\u202e" in line for line in lines)
    assert lines[1].index("y") >= lines[2].index("^")


@pytest.mark.parametrize("place", [(None, None), (9, 1), (1, 50)])
def test_without_a_place_in_the_text_it_is_told_all_the_same(
    capsys: pytest.CaptureFixture[str], place: tuple[int | None, int | None]
) -> None:
    assert "It is wrong." in told(capsys, "a: 1", problem(*place))[0]


@pytest.mark.parametrize(
    ("severities", "files", "said"),
    [
        ([], 2, "No problems."),
        (["error"], 1, "1 error."),
        (["error", "warning", "error"], 3, "2 errors and 1 warning in 3 files."),
        (["warning", "warning"], 1, "2 warnings, no errors: nothing keeps it from running."),
    ],
)
def test_the_last_line_counts(severities: list[str], files: int, said: str) -> None:
    found = [problem(1, 1, severity=severity) for severity in severities]
    assert problems.counted(found, files) == said


def test_validate_shows_the_file_itself(alone: Turnout, tmp_path: Path) -> None:
    file = tmp_path / "it.yaml"
    file.write_text(
        "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\n"
        "do:\n  - pay: { set: { x: 1 }, then: pya }\n"
    )
    result = alone("validate", file)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:] == [
        "  3 |   - pay: { set: { x: 1 }, then: pya }",
        "    |                                 ^^^",
        "  hint: Did you mean `pay`?",
        "",
        "1 error.",
    ]


def test_warnings_alone_are_no_failure(alone: Turnout, tmp_path: Path) -> None:
    file = tmp_path / "it.yaml"
    file.write_text(
        "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\n"
        "do:\n  - a: { set: { x: 1 }, then: end }\n  - b: { set: { x: 1 } }\n"
    )
    result = alone("validate", file)
    assert result.exit_code == 0
    assert ": warning unreachable_task `b` is never reached" in result.stdout
    assert result.stdout.endswith("1 warning, no errors: nothing keeps it from running.\n")


def test_run_tells_the_same_on_stderr(alone: Turnout, tmp_path: Path) -> None:
    file = tmp_path / "it.yaml"
    file.write_text("do: [{a: {sett: 1}}]\n")
    result = alone("run", file, "--input", "{}")
    assert result.exit_code == 1
    assert "    |           ^^^^\n" in result.stderr
    assert result.stdout == ""
