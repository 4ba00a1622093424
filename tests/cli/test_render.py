"""What tables look like where nobody watches."""

import pytest

from turnout.cli import render


def test_a_table_in_a_pipe_has_no_trailing_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    render.table(("name", "why"), [("short", ""), ("much longer", "because it is")])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["name         why", "short", "much longer  because it is"]
