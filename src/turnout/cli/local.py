"""Commands that need no server: on the data directory, or on files through the worker pool."""

import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from turnout import settings
from turnout.settings import Settings

T = TypeVar("T")

DataDir = Annotated[
    Path | None,
    typer.Option(envvar="TURNOUT_DATA_DIR", help="Where the data live; default ./turnout-data."),
]


def local_settings(data_dir: Path | None = None) -> Settings:
    """The settings of this machine, with a flag on top."""
    return settings.load({"data_dir": data_dir})


def complete(work: Coroutine[Any, Any, T], *, log_level: int = logging.WARNING) -> T:
    """Run a coroutine to its end. Logs go to stderr: stdout belongs to the command's answer.

    Args:
        log_level: what is less urgent is not logged.
    """
    # Imported late, as whatever needs them: most commands ask a server and run nothing here.
    import asyncio

    import structlog

    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(log_level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    try:
        return asyncio.run(work)
    finally:
        structlog.configure(**before)
