"""``turnout trigger``: start runs on what is live, one or a file of them."""

import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from turnout.cli import render
from turnout.cli.failure import ExitCode, Failure, Usage
from turnout.cli.files import parse_object, read_input, read_text
from turnout.cli.promote import Workflow
from turnout.cli.remote import Remote, examples, path_part, remote
from turnout.cli.resource import Resource
from turnout.cli.runs import exit_as, tell, version_of

AT_ONCE = 8
"""Requests under way together when a file is sent."""

_WAIT = 60


@examples(
    'turnout trigger onboarding --input \'{"accountId": "C-123"}\'',
    "turnout trigger onboarding --input @applicant.json --wait",
    "turnout trigger onboarding --lines applicants.jsonl",
)
@remote
def trigger(
    remote: Remote,
    workflow: Workflow,
    input_: Annotated[
        str | None, typer.Option("--input", "-i", help="JSON, @FILE, or - for stdin.")
    ] = None,
    lines: Annotated[
        Path | None, typer.Option(help="A file with one input per line (JSON lines); - is stdin.")
    ] = None,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait", help="Wait for the end, 60 s at most; without calls and waits it has ended."
        ),
    ] = False,
) -> None:
    """Start a run, or one for each line of a file; exits 3 when one faulted."""
    if (input_ is None) == (lines is None):
        raise Usage("Give either --input or --lines.")
    if input_ is not None:
        _one(remote, workflow, read_input(input_), wait=wait)
    else:
        _many(remote, workflow, list(_inputs(lines or Path("-"))), wait=wait)


def _one(remote: Remote, reference: str, fields: dict[str, Any], *, wait: bool) -> None:
    path = f"/workflows/{path_part(reference)}/trigger"
    try:
        answer = remote.client.post(path, {"fields": fields}, wait=_WAIT if wait else None)
    except Failure as failure:
        if failure.status == HTTPStatus.NOT_FOUND:
            remote.workflow(reference)  # knows what may have been meant
        raise
    if not remote.printed(answer):
        remote.begin(str(remote.workflow(reference)["handle"]))
        tell(answer.one)
    exit_as(answer.one)


def _many(remote: Remote, reference: str, inputs: list[dict[str, Any]], *, wait: bool) -> None:
    path = f"/workflows/{path_part(reference)}/trigger"

    def send(fields: dict[str, Any]) -> Resource | Failure:
        try:
            return remote.client.post(path, {"fields": fields}, wait=_WAIT if wait else None).one
        except Failure as error:
            return error

    found = remote.workflow(reference)
    remote.begin(str(found["handle"]))
    answers: list[Resource | Failure] = []
    quiet = not sys.stderr.isatty()
    with (
        ThreadPoolExecutor(AT_ONCE) as pool,
        Progress(console=render.console(stderr=True), transient=True, disable=quiet) as progress,
    ):
        task = progress.add_task("Runs", total=len(inputs))
        for answer in pool.map(send, inputs):
            answers.append(answer)
            progress.advance(task)
    runs = [each for each in answers if isinstance(each, Resource)]
    refusals = [(line, each) for line, each in enumerate(answers, 1) if isinstance(each, Failure)]
    if remote.json:
        render.as_json([run.raw for run in runs])
    else:
        tell_counts(runs)
    _end(runs, refusals)


def tell_counts(runs: list[Resource]) -> None:
    """Print how many runs went to which version, and how they ended."""
    counted = Counter((version_of(run), run["status"], run["outcome"] or "") for run in runs)
    render.table(
        ("version", "status", "outcome", "runs"),
        [(*key, count) for key, count in sorted(counted.items())],
        empty="No run was accepted.",
    )


def _end(runs: list[Resource], refusals: list[tuple[int, Failure]]) -> None:
    """End with the worst that happened: a refused line, or a faulted run."""
    for line, refusal in refusals[:10]:
        render.warn(f"line {line}: {refusal.message}")
    if refusals:
        worst = max(refusal.code for _, refusal in refusals)
        raise Failure(f"{len(refusals)} of {len(runs) + len(refusals)} were refused.", worst)
    if any(run["status"] == "faulted" for run in runs):
        raise typer.Exit(int(ExitCode.FAULTED))


def _inputs(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if line.strip():
            yield parse_object(line, f"{path}:{number}")
