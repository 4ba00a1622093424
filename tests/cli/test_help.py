"""Help, completion and the exit codes' table."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from turnout.cli.main import app


def commands() -> Iterator[tuple[str, ...]]:
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        if inner is None:
            yield (name,)
        else:
            yield from ((name, each) for each in inner)


PAGE = """
serve demo status validate run publish promote revert restore history diff trigger send-event
workflow:list,show,create,update,copy,pause,resume,archive draft:show,save,diff,discard
rollout:show,set,complete,stop,watch runs:list,show,cancel,suspend,resume,retry,rerun,watch
audit:list reviews:list,show,decide
keys:create,list,revoke db:upgrade,check
"""


def test_every_command_is_there() -> None:
    wanted: set[tuple[str, ...]] = set()
    for entry in PAGE.split():
        name, _, inner = entry.partition(":")
        wanted |= {(name, each) for each in inner.split(",")} if inner else {(name,)}
    assert set(commands()) == wanted


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_every_command_has_help_with_examples(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert f"turnout {' '.join(command)}" in result.stdout
    assert "Examples:" in result.stdout


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_an_example_stands_on_one_line(command: tuple[str, ...]) -> None:
    """However narrow the terminal is, so that it can be copied."""
    result = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "40"})
    told = result.stdout.split("Examples:\n")[1].splitlines()
    assert [line.strip() for line in told if line] == list(_examples(command))


def _examples(command: tuple[str, ...]) -> tuple[str, ...]:
    found: Any = typer.main.get_command(app)
    for name in command:
        found = found.commands[name]
    examples: tuple[str, ...] = found.examples
    return examples


def test_a_flag_asks_for_no_value() -> None:
    for command in ([], ["workflow"], ["publish"]):
        assert "<bool>" not in CliRunner().invoke(app, [*command, "--help"]).stdout


@pytest.mark.parametrize("group", ["workflow", "rollout", "db"])
def test_a_group_alone_is_answered_with_its_help_alone(group: str) -> None:
    result = CliRunner().invoke(app, [group])
    assert result.exit_code == 2
    assert "Commands" in result.stdout
    assert result.stderr.strip() == ""


def test_no_command_prints_the_help() -> None:
    result = CliRunner().invoke(app, [])
    assert "publish" in result.stdout
    assert "Exit codes" in result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(shell: str) -> None:
    result = CliRunner().invoke(
        app, [], prog_name="turnout", env={"_TURNOUT_COMPLETE": f"complete_{shell}", **WORDS[shell]}
    )
    assert "rollout" in result.stdout


WORDS = {
    "bash": {"COMP_WORDS": "turnout roll", "COMP_CWORD": "1"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "turnout roll"},
    "fish": {"_TYPER_COMPLETE_ARGS": "turnout roll", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}
