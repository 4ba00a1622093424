"""``turnout validate``: check definitions, without a server."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from turnout.cli import render
from turnout.cli.drafts import problem_line
from turnout.cli.failure import ExitCode
from turnout.cli.files import read_text
from turnout.cli.local import complete, local_settings
from turnout.cli.remote import Json, examples
from turnout.domain.problem import Problem
from turnout.settings import Settings


@examples("turnout validate onboarding.yaml", "turnout validate workflows/*.yaml --json")
def validate(
    files: Annotated[list[Path], typer.Argument(help="Definitions, YAML or JSON; - is stdin.")],
    json: Json = False,
) -> None:
    """Check definitions and list their problems; exits 1 when one is an error."""
    texts = [(str(file), read_text(file)) for file in files]
    problems = complete(_check(local_settings(), texts), log_level=logging.CRITICAL)
    if json:
        render.as_json({"problems": problems})
    else:
        for each in problems:
            render.say(problem_line(each, each["file"]), render.BADGES.get(each["severity"], ""))
        if not problems:
            render.say("No problems.")
    if any(each["severity"] == "error" for each in problems):
        raise typer.Exit(int(ExitCode.REFUSED))


async def _check(settings: Settings, texts: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    from turnout import bootstrap

    async with bootstrap.workers(settings) as workers:
        return [
            shown(problem, name)
            for name, text in texts
            for problem in (await workers.check(text)).problems
        ]


def shown(problem: Problem, file: str) -> dict[str, Any]:
    """A problem as JSON shows it."""
    return {
        "file": file,
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "hint": problem.hint,
    }
