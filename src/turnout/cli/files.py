"""Reading what is named on the command line: definitions and JSON, from files or stdin."""

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from turnout.cli.failure import Failure, Usage

MAX_BYTES = 16 * 1024 * 1024
"""More is never accepted anywhere, so it is not read to its end."""


def read_text(path: Path) -> str:
    """A text file's content; ``-`` is stdin.

    Raises:
        Failure: it cannot be read, is too large or is not UTF-8.
    """
    try:
        if str(path) == "-":
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise Failure(f"{path} has more than {MAX_BYTES} bytes.")
        return raw.decode("utf-8")
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise Failure(f"{path} is not UTF-8 text: byte {error.start}.") from None


def read_input(given: str) -> dict[str, Any]:
    """A run's input: JSON itself, ``@FILE`` or ``-`` for stdin.

    Raises:
        Usage: it is not a JSON object.
    """
    if given == "-":
        text, where = read_text(Path("-")), "stdin"
    elif given.startswith("@"):
        text, where = read_text(Path(given[1:])), given[1:]
    else:
        text, where = given, "--input"
    return parse_object(text, where)


def parse_object(text: str, where: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        Usage: it is none; says where.
    """
    value = parse_json(text, where)
    if not isinstance(value, dict):
        raise Usage(f'{where} must be a JSON object, like {{"age": 40}}.')
    return value


def parse_json(text: str, where: str) -> Any:
    """A JSON value.

    Raises:
        Usage: it is none; says where.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise Usage(f"{where} nests too deeply.") from None
    except ValueError as error:
        raise Usage(f"{where} is not JSON: {error}.") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
