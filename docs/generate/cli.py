"""The commands of the command line."""

import re
from typing import Any

import typer.main

from docs.generate.markdown import table
from turnout.cli.main import app

_STYLE = re.compile(r"\[/?(?:bold|dim|italic|red|green|yellow|cyan|blue)\]")


def command_line() -> str:
    """Every command with its arguments, options and examples."""
    return "\n".join(_command(path, command) for path, command in all_commands())


def all_commands() -> list[tuple[str, Any]]:
    """Every command with the words that name it, in the order of the help."""
    return _commands(typer.main.get_command(app), ("turnout",))


def _commands(group: Any, path: tuple[str, ...]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            found += _commands(command, (*path, name))
        else:
            found.append((" ".join((*path, name)), command))
    return found


def _command(path: str, command: Any) -> str:
    options = [each for each in command.params if each.param_type_name == "option"]
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    words = [_argument(each) for each in arguments]
    usage = " ".join([path, *(["[OPTIONS]"] if options else []), *words])
    parts = [f"## `{path}`\n", f"{_plain(command.help)}\n", f"```text\n{usage}\n```\n"]
    if arguments or options:
        rows = [(f"`{_argument(each)}`", _plain(each.help)) for each in arguments]
        rows += [(_option(each), _option_help(each)) for each in options]
        parts.append(table(("", ""), rows))
    if command.examples:
        parts.append("```sh\n" + "\n".join(command.examples) + "\n```\n")
    return "\n".join(parts)


def _argument(argument: Any) -> str:
    name = argument.metavar or argument.name.strip("_").upper()
    name = f"{name}…" if argument.nargs == -1 else name
    return name if argument.required else f"[{name}]"


def _option(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    return names if option.is_flag else f"{names} {option.name.strip('_').upper()}"


def _option_help(option: Any) -> str:
    told = _plain(option.help)
    if option.envvar:
        told += f" Else `{option.envvar}`."
    if not option.is_flag and option.default not in (None, "", ()):
        told += f" Default: `{option.default}`."
    return told


def _plain(text: str | None) -> str:
    return "\n\n".join(
        " ".join(part.split()) for part in _STYLE.sub("", text or "").split("\n\n")
    ).strip()
