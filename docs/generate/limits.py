"""Limits, as the code's constants and the fields of its limits have them."""

from dataclasses import fields, is_dataclass
from typing import Any

from docs.generate.markdown import attribute_docs, table
from turnout.api import endpoint, json_body, query
from turnout.api.routes import runs
from turnout.definition import compose, expression_checks, findings, task_list
from turnout.domain import assignment, bulk, draft, workflow
from turnout.engine.http import MAX_REDIRECTS, HttpLimits
from turnout.engine.limits import MIB, Limits, Sizes
from turnout.interpreter.compiled import Limits as RunLimits
from turnout.use_cases import read_runs

REQUESTS = (
    ("A request", "body", json_body.MAX_BYTES, "bytes of its body; more is `413`."),
    ("A request", "depth", json_body.MAX_DEPTH, "lists and objects within each other."),
    ("A request", "containers", json_body.MAX_CONTAINERS, "lists and objects in all."),
    ("A request", "parameters", query.MAX_PARAMETERS, "query parameters."),
    ("A request", "wait", runs.MAX_WAIT, "seconds for which `?wait=` lets an answer wait."),
    (
        "A request",
        "idempotency key",
        endpoint.MAX_IDEMPOTENCY_KEY,
        "characters of an `Idempotency-Key`.",
    ),
    ("A bulk action", "runs", bulk.MAX_RUNS, "that it changes; more is `422`."),
    (
        "An answer",
        "page of runs",
        read_runs.MAX_PAGE_BYTES,
        "bytes of inputs, outputs and errors on it; it ends earlier than `page[size]` then.",
    ),
)
"""Of, limit, value, what it bounds: what arrives and leaves over HTTP."""

DEFINITIONS = (
    ("A definition", "text", draft.MAX_BYTES, "bytes of UTF-8."),
    ("A definition", "depth", compose.MAX_DEPTH, "levels."),
    ("A definition", "values", compose.MAX_NODES, "values, with its aliases expanded."),
    ("A definition", "expressions", findings.MAX_EXPRESSIONS, "different ones."),
    ("A definition", "expression", expression_checks.MAX_EXPRESSION, "characters of one."),
    ("A definition", "task name", task_list.MAX_NAME, "characters."),
    (
        "A definition",
        "problems",
        findings.MAX_PROBLEMS,
        "listed; the others come when they are mended.",
    ),
    (
        "A workflow",
        "expression",
        workflow.MAX_EXPRESSION,
        "characters of assignment key or outcome.",
    ),
    (
        "A workflow",
        "assignment key",
        assignment.MAX_KEY_BYTES,
        "bytes of what it gives; a longer one is not used.",
    ),
)
"""Likewise: what an author may write."""


def limits() -> str:
    """Every number that bounds what a request, a definition, a run or a call may use."""
    rows = [
        *((of, limit, _number(value), told) for of, limit, value, told in REQUESTS + DEFINITIONS),
        *_numbers("A run", RunLimits()),
        *_numbers("An outgoing call", HttpLimits()),
        ("An outgoing call", "redirects", MAX_REDIRECTS, "followed, where the task asks."),
        *_numbers("A job of a worker", Limits()),
        *_numbers("The pool", Sizes()),
    ]
    return table(("of", "limit", "value", "what it bounds"), rows)


def _numbers(of: str, limits_: Any) -> list[tuple[str, str, str, str]]:
    told = attribute_docs(type(limits_))
    return [
        (of, f"`{each.name}`", _number(getattr(limits_, each.name)), told[each.name])
        for each in fields(limits_)
        if not is_dataclass(getattr(limits_, each.name))  # told under its own name
    ]


def _number(value: Any) -> str:
    if isinstance(value, int) and value >= MIB and value % MIB == 0:
        return f"{value // MIB} MiB"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
