"""``turnout run``: execute a definition once, here, without a server."""

import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from turnout.cli import problems
from turnout.cli.failure import ExitCode, Failure
from turnout.cli.files import read_input, read_text
from turnout.cli.local import complete, local_settings
from turnout.cli.remote import examples
from turnout.cli.validate import shown
from turnout.domain.ids import Prefix
from turnout.domain.problem import Severity
from turnout.settings import Settings

if TYPE_CHECKING:
    from turnout.use_cases.workers import Checked, End, Program


@examples(
    "turnout run onboarding.yaml --input '{\"age\": 40}'",
    "turnout run onboarding.yaml --input @applicant.json",
)
def run(
    file: Annotated[Path, typer.Argument(help="The definition, YAML or JSON.")],
    input_: Annotated[
        str, typer.Option("--input", "-i", help="JSON, @FILE, or - for stdin.")
    ] = "{}",
) -> None:
    """Run a definition once and print its output as JSON; a fault goes to stderr, with exit 3.

    Outgoing calls obey TURNOUT_EGRESS_ALLOW as they do in `serve`.
    """
    fields = read_input(input_)
    text = read_text(file)
    end = complete(_run(local_settings(), str(file), text, fields), log_level=logging.CRITICAL)
    if end.error is not None:
        sys.stderr.write(_printed(end.error) + "\n")
        raise typer.Exit(int(ExitCode.FAULTED))
    sys.stdout.write(_printed(end.output or b"null") + "\n")


async def _run(settings: Settings, name: str, text: str, fields: dict[str, Any]) -> "End":
    from turnout import bootstrap
    from turnout.engine.file_run import FileRun
    from turnout.engine.http import HttpEffects
    from turnout.storage.ids import TypeIds

    http = HttpEffects(bootstrap.egress(settings))
    try:
        async with bootstrap.workers(settings) as workers:
            program = _program(await workers.check(text), name, text)
            file_run = FileRun(workers, http, program, lambda: time.time_ns() // 1_000)
            input_ = json.dumps(fields, ensure_ascii=True).encode()
            return await file_run.run(TypeIds().new(Prefix.RUN), input_)
    finally:
        await http.close()


def _program(checked: "Checked", name: str, text: str) -> "Program":
    from turnout.use_cases.workers import Program

    errors = [each for each in checked.problems if each.severity is Severity.ERROR]
    for each in errors:
        problems.tell([shown(each, name)], text, stderr=True)
    if errors or checked.normalised is None or checked.content_hash is None:
        raise Failure("")
    return Program("file", "file", checked.content_hash, checked.normalised, None)


def _printed(document: bytes) -> str:
    """JSON for stdout: indented on a terminal, without control characters everywhere."""
    indent = 2 if sys.stdout.isatty() else None
    return json.dumps(json.loads(document), indent=indent)
