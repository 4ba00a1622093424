"""``turnout validate``: check definitions, without a server."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from turnout.cli import problems as view
from turnout.cli import render
from turnout.cli.failure import ExitCode, Failure
from turnout.cli.files import read_text
from turnout.cli.local import complete, local_settings
from turnout.cli.remote import Json, examples
from turnout.domain.problem import Problem, Severity
from turnout.settings import Settings


@examples("turnout validate onboarding.yaml", "turnout validate workflows/*.yaml --json")
def validate(
    files: Annotated[list[Path], typer.Argument(help="Definitions, YAML or JSON; - is stdin.")],
    json: Json = False,
) -> None:
    """Check definitions and list their problems; exits 1 when one is an error."""
    texts = [(str(file), _text(file, json=json)) for file in files]
    problems = complete(_check(local_settings(), texts), log_level=logging.CRITICAL)
    if json:
        render.as_json({"problems": problems})
    else:
        for name, text in texts:
            found = [each for each in problems if each["file"] == name]
            view.tell(found, text if isinstance(text, str) else "")
        render.say(view.counted(problems, len(texts)))
    if any(each["severity"] == "error" for each in problems):
        raise typer.Exit(int(ExitCode.REFUSED))


def _text(file: Path, *, json: bool) -> str | Problem:
    """A file's text. For programs, one that cannot be read is a problem among the others."""
    try:
        return read_text(file)
    except Failure as failure:
        if not json:
            raise
        return Problem(Severity.ERROR, "unreadable_file", failure.message, "")


async def _check(
    settings: Settings, texts: Sequence[tuple[str, str | Problem]]
) -> list[dict[str, Any]]:
    from turnout import bootstrap

    async with bootstrap.workers(settings) as workers:
        return [
            shown(problem, name)
            for name, text in texts
            for problem in (
                (text,) if isinstance(text, Problem) else (await workers.check(text)).problems
            )
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
