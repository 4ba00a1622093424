"""Definitions written by an enemy, and what must become of each."""

from dataclasses import dataclass, field
from typing import Any

HEAD = "document: {dsl: '1.0.3', namespace: hostile, name: hostile, version: '1.0.0'}\n"

REFUSED = "refused"
"""The draft is kept with its problems; publishing it is refused."""

FAULTED = "faulted"
"""It is published, and its run faults."""

COMPLETED = "completed"
"""Its run completes all the same: on the fallback, or because it was only big."""


@dataclass(frozen=True)
class Hostile:
    """One attack.

    Attributes:
        name: a handle, too.
        definition: the draft's text.
        ends: what may become of it; more than one where jq's version or the machine decides.
        says: what the problem, or the run's error, tells; any of them.
        fields: the run's input.
        settings: of the workflow: its own expressions.
    """

    name: str
    definition: str
    ends: tuple[str, ...]
    says: tuple[str, ...] = ("",)
    fields: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)


def setting(expression: str, more: str = "") -> str:
    """A definition whose only task sets ``x`` to what the expression gives."""
    return f"{HEAD}{more}do:\n- only:\n    set:\n      x: >-\n        ${{ {expression} }}\n"


def doing(tasks: str) -> str:
    """A definition of these tasks, a line each."""
    return f"{HEAD}do:\n{tasks}"


def _input(document: str) -> str:
    return f"input: {{schema: {{document: {document}}}}}\n"


ENDLESS = "def f: f; f"
OVERRUN = ("processor time", "took longer", "of memory", "crashed")
"""What an overrun's error says, whichever limit was met first."""

FORBIDDEN = ("reaches outside",)

FORBIDDEN_WORDS = {
    "env": "env.PATH",
    "env-variable": "$ENV.PATH",
    "input": "input",
    "inputs": "[inputs]",
    "input-in-text": '"\\(input)"',
    "halt": "halt",
    "halt-error": '"x" | halt_error(1)',
    "import": 'import "a" as a; .',
    "include": 'include "a"; .',
    "input-filename": "input_filename",
    "debug": "debug",
    "stderr": "stderr",
}

OVERRUNNING = {
    "endless": ENDLESS,
    "until-never": "until(false; .)",
    "counting": "reduce range(1e12) as $i (0; . + 1)",
    "eats-memory": "[range(1e9)]",
    "doubling": 'reduce range(40) as $i ("xxxxxxxx"; . + .) | length',
    "recursion-unbounded": "def f: [f]; f",
    "combinations": "[range(100)] | [combinations(9)] | length",
    "workflow-variable": "$workflow | tojson | until(false; . + .)",
    "task-variable": "[$task | recurse] | until(false; . + .)",
}

ATTACKS: tuple[Hostile, ...] = (
    *(
        Hostile(name, setting(source), (REFUSED,), FORBIDDEN)
        for name, source in FORBIDDEN_WORDS.items()
    ),
    *(
        Hostile(name, setting(source), (FAULTED,), OVERRUN) for name, source in OVERRUNNING.items()
    ),
    Hostile("parentheses", setting("1) | (2"), (REFUSED,), ("not a jq expression",)),
    Hostile("compiles-large", setting('"x" * 1e8 | length'), (REFUSED, FAULTED, COMPLETED)),
    Hostile("compiles-larger", setting('"x" * 1e10 | length'), (REFUSED, FAULTED)),
    Hostile(
        "compiles-many",
        setting(" + ".join(f'"{letter}" * 1e8' for letter in "abcdefgh")),
        (REFUSED,),
        ("broke a limit",),
    ),
    Hostile("nests-deep", setting("[" * 9_000 + "]" * 9_000), (REFUSED, FAULTED)),
    Hostile(
        "regular-expression",
        setting('("a" * 40 + "!") | test("^(a|a)*(a+)+$")'),
        (FAULTED,),
        ("Regex failure", *OVERRUN),
    ),
    Hostile(
        "builds-deep",
        setting("reduce range(100000) as $i (0; [.])"),
        (FAULTED,),
        ("nest", "deep", "depth", "crashed"),
    ),
    Hostile("large-set", setting("[range(300000)]"), (FAULTED,), ("are allowed",)),
    Hostile(
        "large-output",
        doing("".join(f"- t{n}: {{set: {{x: '${{ [., .] }}'}}}}\n" for n in range(60))),
        (FAULTED,),
    ),
    Hostile(
        "endless-then",
        doing("- a: {set: {x: 1}, then: b}\n- b: {if: .x, set: {x: 2}, then: a}\n"),
        (FAULTED,),
        ("its limit", *OVERRUN),
    ),
    Hostile(
        "endless-then-computing",
        doing("- a: {if: .n != -1, set: '${ {n: ((.n // 0) + 1)} }', then: a}\n"),
        (FAULTED,),
        ("its limit", *OVERRUN),
    ),
    Hostile(
        "for-over-a-billion",
        doing("- a: {for: {in: '${ [range(1e9)] }'}, do: [{b: {set: {x: 1}}}]}\n"),
        (FAULTED,),
        OVERRUN,
    ),
    Hostile(
        "for-within-for",
        doing(
            "- a:\n    for: {in: '${ [range(1000)] }'}\n    do:\n"
            "    - b:\n        for: {in: '${ [range(1000)] }', each: other}\n        do:\n"
            "        - c: {set: {x: 1}}\n"
        ),
        (FAULTED,),
        ("its limit", *OVERRUN),
    ),
    Hostile(
        "uses-its-definition",
        setting("[range(100000) as $i | $workflow.definition]"),
        (FAULTED,),
        ("are allowed", *OVERRUN),
    ),
    Hostile("huge-literal", setting(f'"{"x" * 1_048_000}"'), (REFUSED,), ("longer than",)),
    Hostile(
        "huge-text",
        f"{HEAD}do:\n- a: {{set: {{x: {'x' * 1_048_000}}}}}\n",
        (COMPLETED,),
    ),
    Hostile(
        "alias-bomb",
        "a: &a [x]\n"
        + "".join(
            f"b{n}: &b{n} [{', '.join([f'*b{n - 1}' if n else '*a'] * 10)}]\n" for n in range(20)
        ),
        (REFUSED,),
        ("aliases expanded",),
    ),
    Hostile("alias-of-itself", "a: &a [*a]\n", (REFUSED,), ("contains it",)),
    Hostile("nested-yaml", "[" * 100_000, (REFUSED,), ("nested",)),
    Hostile("nested-yaml-blocks", "- " * 100_000 + "x", (REFUSED,), ("nested",)),
    Hostile("schema-elsewhere", setting("1", _input("{$ref: 'http://127.0.0.1:1/x'}")), (REFUSED,),
            ("leads outside",)),
    Hostile("schema-from-a-file", setting("1", _input("{$ref: 'file:///etc/passwd'}")), (REFUSED,),
            ("leads outside",)),
    Hostile(
        "schema-backtracking",
        setting("1", _input("{properties: {a: {pattern: '^(a+)+$'}}}")),
        (COMPLETED,),
        fields={"b": "a" * 50_000 + "!"},
    ),
    Hostile(
        "schema-huge-pattern",
        setting("1", _input("{properties: {a: {pattern: '((a{1,1000}){1,1000}){1,1000}'}}}")),
        (REFUSED,),
    ),
    Hostile(
        "schema-of-itself",
        setting("1", _input("{$ref: '#'}")),
        (REFUSED, COMPLETED, FAULTED),
    ),
    Hostile(
        "schema-recursive",
        setting("1", _input("{$defs: {a: {allOf: [{$ref: '#/$defs/b'}, {$ref: '#/$defs/b'}]},"
                            " b: {allOf: [{$ref: '#/$defs/a'}, {$ref: '#/$defs/a'}]}},"
                            " $ref: '#/$defs/a'}")),
        (REFUSED, COMPLETED, FAULTED),
    ),
    Hostile(
        "schema-doubling",
        setting("1", _input(
            "{$ref: '#/$defs/d0', $defs: {"
            + ", ".join(
                f"d{n}: {{anyOf: [{{allOf: [{{$ref: '#/$defs/d{n + 1}'}}, false]}},"
                f" {{$ref: '#/$defs/d{n + 1}'}}]}}"
                for n in range(40)
            )
            + ", d40: {required: [a]}}}")),
        (REFUSED, FAULTED),
        OVERRUN,
    ),
    Hostile("assignment-key", setting("1"), (COMPLETED,), settings={"assignment-key": ENDLESS}),
    Hostile(
        "assignment-key-eats", setting("1"), (COMPLETED,),
        settings={"assignment-key": "[range(1e9)]"},
    ),
    Hostile("outcome", setting("1"), (COMPLETED,), settings={"outcome": ENDLESS}),
    Hostile("outcome-eats", setting("1"), (COMPLETED,), settings={"outcome": "[range(1e9)]"}),
    Hostile(
        "condition", doing(f"- a: {{if: '${{ {ENDLESS} }}', set: {{x: 1}}}}\n"), (FAULTED,), OVERRUN
    ),
)  # fmt: skip
