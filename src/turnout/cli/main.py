"""The program ``turnout``: its commands, and how a failure becomes a line and an exit code."""

import errno
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

import turnout
from turnout.cli import (
    audit,
    db,
    demo,
    diff,
    drafts,
    history,
    keys,
    promote,
    publish,
    restore,
    revert,
    rollouts,
    run,
    runs,
    serve,
    status,
    trigger,
    validate,
    workflows,
)
from turnout.cli.failure import Failure, Usage, as_failure
from turnout.cli.remote import add
from turnout.cli.render import warn
from turnout.domain.errors import TurnoutError
from turnout.settings import SettingsError

# What is wrong with a command line; not exported by name.
_UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])


class Commands(TyperGroup):
    """All commands; a failure ends in one line on stderr, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (TurnoutError, SettingsError) as error:
            failure = as_failure(error)
        except Failure as error:
            failure = error
        except _UsageError as error:
            failure = _usage(error)
        except OSError as error:
            if error.errno == errno.EPIPE:  # nobody reads on: not a failure of this command
                raise
            failure = Failure(f"{error.strerror or error}: {error.filename or 'input/output'}.")
        if failure.message:
            warn(failure.message)
        raise typer.Exit(int(failure.code))


def _usage(error: Any) -> Failure:
    """A wrong command line as one line; a missing command is answered with its group's help."""
    message: str = error.format_message()
    if "\n" in message or error.ctx is None:
        raise error
    path = error.ctx.command_path
    return Usage(f"{path}: {message} `{path} --help` has examples.")


app = typer.Typer(
    name="turnout",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 refused, 2 usage, 3 the run faulted, 4 conflict, "
    "5 cannot reach the server.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(turnout.__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Business workflows that change while they are live: draft, publish, roll out, run, revert."""


add(app, serve.serve, demo.demo, status.status, validate.validate, run.run)
app.add_typer(workflows.app, name="workflow")
app.add_typer(drafts.app, name="draft")
add(app, publish.publish, promote.promote)
app.add_typer(rollouts.app, name="rollout")
add(app, revert.revert, restore.restore, history.history, diff.diff, trigger.trigger)
app.add_typer(runs.app, name="runs")
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(db.app, name="db")


def main() -> None:
    """Run the program."""
    app(prog_name="turnout")
