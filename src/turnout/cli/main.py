"""The program ``turnout``: its commands, and how a failure becomes a line and an exit code."""

import errno
from typing import Annotated, Any, cast

import typer

import turnout
from turnout.cli import (
    audit,
    db,
    demo,
    diff,
    drafts,
    events,
    history,
    keys,
    promote,
    publish,
    restore,
    revert,
    reviews,
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
from turnout.cli.help import Group
from turnout.cli.remote import add
from turnout.cli.render import warn
from turnout.domain.errors import TurnoutError
from turnout.settings import SettingsError

_INTERRUPTED = 130
"""What shells expect of a command that Ctrl-C ended."""

# What is wrong with a command line; not exported by name.
_UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])


class Commands(Group):
    """All commands; a failure ends in one line on stderr, without a traceback."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the command line as far as the command's name."""
        try:
            return super().make_context(*args, **kwargs)
        except _UsageError as error:
            failure = _usage(error)
        warn(failure.message)
        raise typer.Exit(int(failure.code))

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
        except KeyboardInterrupt:
            warn("Interrupted.")
            raise typer.Exit(_INTERRUPTED) from None
        if failure.message:
            warn(failure.message)
        raise typer.Exit(int(failure.code))


def _usage(error: Any) -> Failure:
    """A wrong command line as one line; a missing command is answered with its group's help."""
    message: str = error.format_message()
    if not message or "\n" in message or error.ctx is None:
        raise error
    path = error.ctx.command_path
    return Usage(f"{path}: {message.rstrip('.')}. `{path} --help` has examples.")


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


_BEGIN, _CHANGE, _RUN, _LOOK, _OPERATE = (
    "Begin",
    "Change what is live",
    "Run",
    "Look",
    "Operate",
)

add(app, demo.demo, serve.serve, validate.validate, run.run, panel=_BEGIN)
app.add_typer(workflows.app, name="workflow", cls=Group, rich_help_panel=_CHANGE)
app.add_typer(drafts.app, name="draft", cls=Group, rich_help_panel=_CHANGE)
add(app, publish.publish, promote.promote, panel=_CHANGE)
app.add_typer(rollouts.app, name="rollout", cls=Group, rich_help_panel=_CHANGE)
add(app, revert.revert, restore.restore, panel=_CHANGE)
add(app, trigger.trigger, events.send_event, panel=_RUN)
app.add_typer(runs.app, name="runs", cls=Group, rich_help_panel=_RUN)
app.add_typer(reviews.app, name="reviews", cls=Group, rich_help_panel=_RUN)
add(app, status.status, history.history, diff.diff, panel=_LOOK)
app.add_typer(audit.app, name="audit", cls=Group, rich_help_panel=_LOOK)
app.add_typer(keys.app, name="keys", cls=Group, rich_help_panel=_OPERATE)
app.add_typer(db.app, name="db", cls=Group, rich_help_panel=_OPERATE)


def main() -> None:
    """Run the program."""
    app(prog_name="turnout")
