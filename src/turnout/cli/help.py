"""How commands explain themselves: help with examples that can be copied as they stand."""

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class Group(TyperGroup):
    """A group of commands."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, as the help shows them."""
        return _without_flag_types(super().get_params(ctx))


class Command(TyperCommand):
    """A command; its examples stand below its help, each on a line of its own."""

    @property
    def examples(self) -> tuple[str, ...]:
        """Command lines, as they would be typed."""
        return getattr(self.callback, "examples", ())

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, as the help shows them."""
        return _without_flag_types(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help."""
        super().format_help(ctx, formatter)
        # Not as an epilog, which is wrapped: half a command line is none.
        if self.examples:
            typer.echo("\n".join([" Examples:", *(f"   {line}" for line in self.examples), ""]))


def _without_flag_types(params: list[Any]) -> list[Any]:
    """Flags without ``<bool>``, which would ask for a value that none of them takes."""
    for each in params:
        if getattr(each, "is_flag", False):
            each.metavar = ""
    return params
