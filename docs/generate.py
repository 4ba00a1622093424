"""Writes ``docs/reference/`` from the code: ``python docs/generate.py``. A test says when to run it."""

import dataclasses
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer.main

from turnout.api import errors as api_errors
from turnout.api.access import NEEDED
from turnout.api.openapi import describe
from turnout.api.routes import OPERATIONS
from turnout.cli.failure import ExitCode, refused
from turnout.cli.main import app
from turnout.definition.check import check
from turnout.domain import errors
from turnout.domain.role import Role
from turnout.engine.http import MAX_REDIRECTS, HttpLimits
from turnout.engine.limits import MIB, Limits, Sizes
from turnout.interpreter.compiled import Limits as AdvanceLimits
from turnout.settings import Settings

REFERENCE = Path(__file__).parent / "reference"
PREFIX = "/api/v1"

_NOTE = "<!-- Made by docs/generate.py from the code; change that instead. -->\n"
_TAGS = re.compile(r"\[/?(?:bold|dim|italic|red|green|yellow|cyan|blue)\]")


def pages() -> dict[str, str]:
    """File name → text of every page that is made from the code."""
    made = {
        "cli.md": cli,
        "definitions.md": definitions,
        "errors.md": error_codes,
        "http-api.md": http_api,
        "limits.md": limits,
        "settings.md": settings,
    }
    return {name: f"{_NOTE}\n{page().strip()}\n" for name, page in made.items()}


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    return str(value).replace("\n", " ").replace("|", "\\|")


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


# --- errors


def error_codes() -> str:
    """The table of error codes, and how refusals look."""
    statuses = sorted(
        (status, kind.__name__, refused("", status).code) for kind, status in _STATUS.items()
    )
    return f"""# Error codes

Every refusal has a code that stays the same; programs may rely on it. Titles and details are for
people and may change. Over HTTP an answer that refuses holds one error or more:

```json
{{"errors": [{{"title": "Share too fine", "details": "Shares resolve to 0.01 percent; …",
  "code": "share_too_fine", "source": {{"pointer": "/data/attributes/rollout-percentage"}}}}]}}
```

`source` says where the mistake is: a `pointer` into the body, a `parameter` or a `header`. Problems of a
definition come one error each, with their line and column in `meta`.

## Codes

{table(("code", "title"), ((f"`{code}`", title) for code, title in errors.TITLES.items()))}
## Statuses and exit codes

The command line ends with an exit code that tells kinds of refusal apart.

{
        table(
            ("HTTP status", "kind", "exit code of the command line"),
            ((status, kind, f"{code.value} {_word(code)}") for status, kind, code in statuses),
        )
    }
A command also ends with {
        ExitCode.FAULTED.value
    } when the run that it started or watched faulted, and with
{ExitCode.UNREACHABLE.value} when no server can be reached.
"""


_STATUS = api_errors.STATUS


def _word(code: ExitCode) -> str:
    return code.name.lower()


# --- settings


def settings() -> str:
    """The settings, with what each is for."""
    told = _attribute_docs(Settings)
    rows = (
        (f"`TURNOUT_{field.name.upper()}`", f"`{field.name}`", _default(field), told[field.name])
        for field in dataclasses.fields(Settings)
    )
    return f"""# Settings

Each is read from a flag of `turnout serve` where there is one, else from the environment, else from a TOML
file (`turnout.toml` in the current folder, or the one that `TURNOUT_CONFIG` names), else it has its default.
An unknown name in the file, or a value that does not fit, ends the program with a message.

{table(("environment", "in the file", "default", "what it is for"), rows)}
## For the command line

{
        table(
            ("environment", "what it is for"),
            (
                ("`TURNOUT_SERVER`", "URL of the server; found by itself on the server's machine"),
                ("`TURNOUT_API_KEY`", "API key; the machine's own is used for its own server"),
                ("`TURNOUT_CONFIG`", "the TOML file with the settings"),
            ),
        )
    }"""


def _default(field: "dataclasses.Field[Any]") -> str:
    return f"`{field.default}`" if str(field.default) else "none"


def _attribute_docs(kind: type) -> dict[str, str]:
    """Attribute → what the class's docstring says about it; several names may share a line."""
    _, _, text = (kind.__doc__ or "").partition("Attributes:")
    found: dict[str, str] = {}
    for names, told in re.findall(r"^ {8}(\w[\w, ]*): (.+(?:\n {12}.+)*)", text, re.MULTILINE):
        for name in names.split(","):
            found[name.strip()] = " ".join(told.split()).replace("``", "`")
    return found


# --- limits


def limits() -> str:
    """All numbers that bound what a definition, a run or a request may use."""
    job, sizes, advance, http = Limits(), Sizes(), AdvanceLimits(), HttpLimits()
    rows = [
        *_numbers("A job of a worker", job),
        *_numbers("The pool", sizes),
        *_numbers("A run", advance),
        *_numbers("An outgoing call", http),
        ("An outgoing call", "redirects", MAX_REDIRECTS, "followed, where the task asks for it"),
    ]
    return f"""# Limits

What a run may use until it is faulted, and how much may wait until a request is refused as `busy`. Why there
are two lanes: [workers and limits](../concepts/workers-and-limits.md).

{table(("of", "limit", "value", "what it bounds"), rows)}"""


def _numbers(of: str, limits_: Any) -> list[tuple[str, str, str, str]]:
    told = _attribute_docs(type(limits_))
    return [
        (of, f"`{field.name}`", _number(getattr(limits_, field.name)), told.get(field.name, ""))
        for field in dataclasses.fields(limits_)
    ]


def _number(value: Any) -> str:
    if isinstance(value, int) and value >= MIB and value % MIB == 0:
        return f"{value // MIB} MiB"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


# --- the command line


def cli() -> str:
    """Every command with its arguments and options."""
    root = typer.main.get_command(app)
    parts = [_command(path, command) for path, command in commands(root, ("turnout",))]
    return f"""# Command line

`turnout COMMAND --help` says the same, and `turnout --install-completion` completes in your shell. Workflows are
named by handle, versions as `v7` or `7`, runs and rollouts by their id or the end of it. Every answer for people
begins with environment and workflow; `--json` prints JSON alone.

Exit codes: {", ".join(f"{code.value} {_word(code)}" for code in ExitCode)}.

{chr(10).join(parts)}"""


def commands(group: Any, path: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Every command below a group, with the words that name it, in the order of the help."""
    found: list[tuple[str, Any]] = []
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            found += commands(command, (*path, name))
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
    lines = [line for line in (command.epilog or "").split("\n\n") if line and line != "Examples:"]
    if lines:
        parts.append("```sh\n" + "\n".join(lines) + "\n```\n")
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
        " ".join(part.split()) for part in _TAGS.sub("", text or "").split("\n\n")
    ).strip()


# --- HTTP


def http_api() -> str:
    """Every operation, with who may call it."""
    found = operations()
    rows = [
        (f"[`{name}`](#{told['operationId']})", told["summary"], NEEDED[name].word)
        for name, told in found.items()
    ]
    details = "\n".join(_operation(name, told) for name, told in found.items())
    return f"""# HTTP API

All paths begin with `{PREFIX}`. The exact description is served as OpenAPI 3.1 at `{PREFIX}/openapi.json`; this page is
made from the same source.

## Conventions

- **Key**: `Authorization: Bearer KEY`. A key belongs to one environment and has one role, and each role may do
  what the ones before it may: {", ".join(f"`{role.word}`" for role in Role)}. Objects of another environment are 404, naming
  another environment is 403.
- **Bodies**: JSON:API documents; attributes go in `{{"data": {{"attributes": {{…}}}}}}`. Both `application/json` and
  `application/vnd.api+json` are taken. An unknown attribute or parameter is refused, not ignored.
- **Workflows**: `{{id}}` may be the handle.
- **Pages**: `page[size]` (1 to 100, default 10), `page[after]`, `page[before]`; `links.prev` and `links.next` are null at the ends.
- **Less and more**: `fields[TYPE]=a,b` leaves attributes out, `include=` brings related resources along.
- **Names**: `Key-Inflection: kebab`, `camel` or `snake`; kebab is the default. Your own data are never rewritten.
- **Once**: with an `Idempotency-Key` a POST does its work once, however often it is sent; another request with that key is 409.
- **Concurrency**: `If-Match` with the `ETag` that you saw; one that is not current any more is 412, none where one is needed 428.
- **Refusals**: see [error codes](errors.md). A 503 says in `Retry-After` when to try again.
- **Request-Id**: yours or a new one; it comes back, and stands in the log.

Two paths need no key and tell nothing but whether all is well: `GET /healthz` (the process answers) and `GET /readyz` (the
store answers and a worker works).

## Operations

{table(("operation", "what it does", "role"), rows)}
{details}"""


def operations() -> dict[str, Any]:
    """``GET /workflows`` → how OpenAPI describes it."""
    return {
        f"{method.upper()} {path.removeprefix(PREFIX)}": told
        for path, methods in describe(OPERATIONS, PREFIX)["paths"].items()
        for method, told in methods.items()
    }


def _operation(name: str, told: Mapping[str, Any]) -> str:
    statuses = sorted(map(int, told["responses"]))
    parts = [f"### {told['operationId']}\n", f"`{name}`: {told['summary']}.\n"]
    query = [each for each in told["parameters"] if each["in"] == "query"]
    if query:
        rows = ((f"`{each['name']}`", each.get("description", "")) for each in query)
        parts.append(table(("parameter", ""), rows))
    attributes = _sent(told)
    if attributes.get("properties"):
        parts.append(table(("attribute", "", ""), _attributes(attributes)))
    good = ", ".join(str(each) for each in statuses if each < 400)
    bad = ", ".join(str(each) for each in statuses if each >= 400)
    parts.append(f"Answers {good}; refuses with {bad}.\n")
    return "\n".join(parts)


def _sent(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of the attributes that an operation takes; empty for none."""
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    data = content.get("schema", {}).get("properties", {}).get("data", {})
    found: Mapping[str, Any] = data.get("properties", {}).get("attributes", {})
    return found


def _attributes(schema: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    required = schema.get("required", ())
    return [
        (f"`{name}`", _type(each), "required" if name in required else _default_of(each))
        for name, each in schema["properties"].items()
    ]


def _default_of(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return "optional" if default in (None, "") else f"default `{str(default).lower()}`"


def _type(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    return str(schema.get("type", "any"))


# --- definitions

_FLOW = "  - work:\n      set: {{ a: 1 }}\n      {0}\n"
_TASK = "  - work:\n      {0}\n"
_HTTP = _TASK.format(
    "call: http\n      with: {{ method: get, endpoint: {{ uri: 'https://a.example' }}, {0} }}"
)


def _task(text: str) -> str:
    return "do:\n" + _TASK.format(text)


def _flow(text: str) -> str:
    return "do:\n" + _FLOW.format(text)


def _top(text: str) -> str:
    return f"{text}\ndo:\n" + _FLOW.format("")


def _http(text: str) -> str:
    return "do:\n" + _HTTP.format(text)


def _expression(source: str) -> str:
    return _task("set: { a: '${ " + source + " }' }")


CONSTRUCTS: tuple[tuple[str, str, Callable[[str], str], str], ...] = (
    ("Tasks", "`do`", _task, "do: [ { a: { set: { b: 1 } } } ]"),
    ("Tasks", "`set`", _task, "set: { a: 1 }"),
    ("Tasks", "`switch`", _task, "switch: [ { a: { then: end } } ]"),
    ("Tasks", "`for`, with `while`", _task, "for: { in: '[1]' }\n      while: 'true'\n      do: [ { a: { set: { b: 1 } } } ]"),
    ("Tasks", "`raise`, with the error written out", _task, "raise: { error: { type: 'https://a.example', status: 400 } }"),
    ("Tasks", "`raise`, with an error by name", _task, "raise: { error: broken }"),
    ("Tasks", "`wait`", _task, "wait: { seconds: 1 }"),
    ("Tasks", "`call: http`", _http, "output: content"),
    ("Tasks", "`call: openapi`", _task, "call: openapi"),
    ("Tasks", "`call: grpc`", _task, "call: grpc"),
    ("Tasks", "`call: asyncapi`", _task, "call: asyncapi"),
    ("Tasks", "`call: a2a`", _task, "call: a2a"),
    ("Tasks", "`call: mcp`", _task, "call: mcp"),
    ("Tasks", "`call: human-review`", _task, "call: human-review"),
    ("Tasks", "`call` of a function", _task, "call: some-function"),
    ("Tasks", "`try`, with `catch` and `retry`", _task, "try: [ { a: { set: { b: 1 } } } ]"),
    ("Tasks", "`fork`", _task, "fork: { branches: [] }"),
    ("Tasks", "`emit`", _task, "emit: {}"),
    ("Tasks", "`listen`", _task, "listen: {}"),
    ("Tasks", "`run` (script, shell, container, workflow)", _task, "run: {}"),
    ("Every task", "`if`", _flow, "if: 'true'"),
    ("Every task", "`input.from`", _flow, "input: { from: .a }"),
    ("Every task", "`input.schema`, `output.schema`, `export.schema`", _flow, "input: { schema: { document: { type: object } } }\n      output: { schema: { document: { type: object } } }\n      export: { schema: { document: { type: object } } }"),
    ("Every task", "`output.as`", _flow, "output: { as: .a }"),
    ("Every task", "`export.as`", _flow, "export: { as: $output }"),
    ("Every task", "`then`: a task of the list, `continue`, `exit`, `end`", _flow, "then: end"),
    ("Every task", "`timeout`", _flow, "timeout: { after: { seconds: 1 } }"),
    ("Every task", "`metadata`", _flow, "metadata: { a: 1 }"),
    ("`call: http`", "`headers`, `query`, `body`", _http, "headers: { a: b }, query: { c: d }, body: { e: f }"),
    ("`call: http`", "`output: content`, `response`, `raw`", _http, "output: raw"),
    ("`call: http`", "`redirect`", _http, "redirect: true"),
    ("`call: http`", "`authentication`", _http, "authentication: {}"),
    ("Workflow", "`input`, `output`", _top, "input: { from: .a }\noutput: { as: .a }"),
    ("Workflow", "`schedule`", _top, "schedule: { cron: '0 0 * * *' }"),
    ("Workflow", "`timeout`", _top, "timeout: { after: { seconds: 1 } }"),
    ("Workflow", "`evaluate`: jq, strict", _top, "evaluate: { language: jq, mode: strict }"),
    ("Workflow", "`evaluate`: another language", _top, "evaluate: { language: js }"),
    ("Workflow", "`evaluate`: mode loose", _top, "evaluate: { mode: loose }"),
    *(
        ("Workflow", f"`use.{name}`", _top, f"use: {{ {name}: {{}} }}")
        for name in "authentications catalogs errors extensions functions retries secrets timeouts".split()
    ),
    ("Schemas", "JSON Schema, written inline (`document`)", _top, "input: { schema: { document: { type: object } } }"),
    ("Schemas", "from a URI (`resource`)", _top, "input: { schema: { resource: {} } }"),
    ("Schemas", "another `format`", _top, "input: { schema: { format: avro, document: { type: object } } }"),
    ("Expressions", "`$context`, `$input`, `$task`, `$workflow`, `$runtime`", _expression, "[$context, $input, $task, $workflow, $runtime]"),
    ("Expressions", "`$output`, in `export.as` only", _flow, "export: { as: $output }"),
    ("Expressions", "`$secrets`", _expression, "$secrets"),
    ("Expressions", "`$authorization`", _expression, "$authorization"),
    ("Expressions", "`now`: the run's time, the same at every replay", _expression, "now"),
    ("Expressions", '`"text ${ .x }"`, mixed', _task, "set: { a: 'text ${ .x }' }"),
    ("Expressions", "`env`, `$ENV`", _expression, "env"),
    ("Expressions", "`input`, `inputs`, `input_filename`", _expression, "input"),
    ("Expressions", "`import`, `include`", _expression, 'import "a" as a; 1'),
    ("Expressions", "`halt`, `halt_error`, `debug`, `stderr`", _expression, "halt"),
    ("Expressions", "`localtime`, `strflocaltime`", _expression, "localtime"),
)  # fmt: skip
"""(group, construct, how to write a definition around it, the text that uses it)."""

_HEAD = "document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\n"


def definitions() -> str:
    """What of the language is supported: every construct was tried while this page was made."""
    rows = [(group, name, *_tried(around(text))) for group, name, around, text in CONSTRUCTS]
    return f"""# Definitions: what is supported

A definition is a document of the Open Workflow Specification DSL, versions 1.0.0 to 1.0.3, as YAML 1.2 or JSON. What
Turnout does not run yet, or never will, is refused when a draft is published, with its line; a draft may hold it
meanwhile. Each line of this table was tried on the code that this page was made from.

{table(("", "construct", "", "what publishing says"), rows)}"""


def _tried(text: str) -> tuple[str, str]:
    """Whether a definition can be published; else the first reason."""
    found = check(_HEAD + text, lambda _source, _names: None, {}).problems
    refused = [each for each in found if each.severity.value == "error"]
    if not refused:
        return "supported", ""
    later = any(each.code == "not_supported_yet" for each in refused)
    first = next((each for each in refused if each.code == "not_supported_yet"), refused[0])
    return ("not yet" if later else "refused"), f"`{first.code}`: {first.message}"


def main() -> None:
    """Write the pages."""
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
