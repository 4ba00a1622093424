"""What every command that talks to a server has: ``--server``, ``--key`` and ``--json``."""

import difflib
import functools
import inspect
import re
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

import typer

from turnout import settings
from turnout.cli import render
from turnout.cli.client import Client, find_place
from turnout.cli.failure import Failure, Usage
from turnout.cli.help import Command
from turnout.cli.resource import Answer, Resource

Server = Annotated[
    str | None,
    typer.Option(envvar="TURNOUT_SERVER", help="URL of the server; found on its own machine."),
]
Key = Annotated[
    str | None,
    typer.Option(
        envvar="TURNOUT_API_KEY",
        help="API key; the machine's own for its own server.",
        show_envvar=True,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON alone, for programs.")]

_SEARCHED = 500
"""Workflows among which a mistyped handle is looked for."""

_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Remote:
    """A server, and the way in which answers are shown.

    Attributes:
        client: asks the server.
        json: whether the reader is a program.
    """

    def __init__(self, client: Client, *, json: bool) -> None:
        self.client = client
        self.json = json

    @functools.cached_property
    def environment(self) -> str:
        """The name of the environment that the key belongs to: the one it may name."""
        for each in self.client.every("/environments"):
            if each["current"]:
                return str(each["name"])
        raise Failure("This key belongs to no environment of this server.")

    def begin(self, workflow: str = "") -> None:
        """Begin an answer for people: environment and workflow."""
        if not self.json:
            render.heading(self.environment, workflow)

    def printed(self, answer: Answer) -> bool:
        """Print an answer's data for programs; False when people are to read it."""
        if self.json:
            render.as_json(answer.data)
        return self.json

    def printed_all(self, resources: list[Resource]) -> bool:
        """Print a list for programs; False when people are to read it."""
        if self.json:
            render.as_json([each.raw for each in resources])
        return self.json

    def workflow(self, reference: str) -> Resource:
        """A workflow by handle or id."""
        try:
            return self.client.get(f"/workflows/{path_part(reference)}").one
        except Failure as failure:
            if failure.status != HTTPStatus.NOT_FOUND:
                raise
            raise Failure(
                f"{failure.message} {self._near(reference)}", failure.code, failure.status
            ) from None

    def _near(self, reference: str) -> str:
        """What may have been meant instead of a workflow that there is not."""
        handles = [str(each["handle"]) for each in self.client.every("/workflows", _SEARCHED)]
        near = difflib.get_close_matches(reference, handles, n=1)
        return f"Did you mean {near[0]}?" if near else "`turnout workflow list` lists those here."


def remote(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command whose first parameter is a ``Remote`` the options that make one."""
    signature = inspect.signature(command, eval_str=True)
    own = list(signature.parameters.values())[1:]

    @functools.wraps(command)
    def run(server: str | None, key: str | None, json: bool, **arguments: Any) -> None:
        client = Client(find_place(settings.load(), server, key))
        try:
            command(Remote(client, json=json), **arguments)
        finally:
            client.close()

    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        for name, kind, default in (
            ("server", Server, None),
            ("key", Key, None),
            ("json", Json, False),
        )
    ]
    run.__signature__ = signature.replace(parameters=[*own, *added])  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in (*own, *added)}
    return run


def examples(*lines: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Attach examples to a command; its help shows them."""

    def attach(command: Callable[..., None]) -> Callable[..., None]:
        command.examples = lines  # type: ignore[attr-defined]
        return command

    return attach


def add(app: typer.Typer, *commands: Callable[..., None], panel: str | None = None) -> None:
    """Register commands under their functions' names; a trailing underscore is not part of one.

    Args:
        panel: the part of the help in which they stand.
    """
    for command in commands:
        name = command.__name__.rstrip("_").replace("_", "-")
        told = _paragraphs(command)
        app.command(name, cls=Command, help=told, rich_help_panel=panel)(command)


def _paragraphs(command: Callable[..., None]) -> str:
    """What a docstring says, without the line breaks of its source."""
    told = inspect.getdoc(command) or ""
    return "\n\n".join(" ".join(each.split()) for each in told.split("\n\n"))


def is_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def confirm(question: str, *, yes: bool, otherwise: str) -> bool:
    """Ask before a change.

    Args:
        yes: the person said so already.
        otherwise: what to give when nobody can be asked.

    Raises:
        Usage: there is nobody to ask and ``yes`` is not given.
    """
    if yes:
        return True
    if not is_terminal():
        raise Usage(otherwise)
    return typer.confirm(question)


def path_part(reference: str) -> str:
    """A handle or id as one segment of a path.

    Raises:
        Usage: it can be neither.
    """
    if not _REFERENCE.fullmatch(reference):
        raise Usage(f"{reference[:80]!r} is neither a handle nor an id.")
    return reference
