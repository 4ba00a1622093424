"""Where validation stands in a document, and what it found so far."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice

from turnout.definition.places import Document, pointer_to
from turnout.domain.json import Json
from turnout.domain.problem import Problem, Severity

MAX_PROBLEMS = 100
MAX_EXPRESSIONS = 500
_MOST_COMPARED = 200
_LONGEST_MESSAGE = 500

CompileExpression = Callable[[str, frozenset[str]], str | None]
"""(source, names of variables) → jq's message where it does not compile, else None."""


class TooManyExpressions(Exception):
    """Compiling all of them would take longer than a check may take."""


@dataclass(slots=True)
class Findings:
    """The problems of one document, at most 100: errors first, each in the order of finding."""

    document: Document
    compile_expression: CompileExpression
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    compiled: dict[tuple[str, frozenset[str]], str | None] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        """Keep a problem, unless there are enough of its severity."""
        kept = self.errors if problem.severity is Severity.ERROR else self.warnings
        if len(kept) < MAX_PROBLEMS:
            kept.append(problem)

    @property
    def problems(self) -> list[Problem]:
        """What to tell; warnings only as far as errors leave room."""
        return [*self.errors, *self.warnings][:MAX_PROBLEMS]

    @property
    def full(self) -> bool:
        """Whether there are so many errors that looking further serves nobody.

        Warnings do not count: however many there are, an error behind them must be found.
        """
        return len(self.errors) >= MAX_PROBLEMS

    def has(self, code: str) -> bool:
        """Whether a problem of this code was found already."""
        return any(problem.code == code for problem in self.problems)

    def compile(self, source: str, variables: frozenset[str]) -> str | None:
        """Compile each source once however often it is written, and only so many of them."""
        key = (source, variables)
        if len(self.compiled) >= MAX_EXPRESSIONS and key not in self.compiled:
            raise TooManyExpressions
        if key not in self.compiled:
            self.compiled[key] = self.compile_expression(source, variables)
        return self.compiled[key]


@dataclass(frozen=True, slots=True)
class Spot:
    """One value of the document, where checks look at it.

    Attributes:
        value: the value.
        pointer: JSON pointer to it.
        variables: names that its expressions may use.
        findings: where problems go.
        name: its member's name, or ``""`` in a list and at the root.
    """

    value: Json
    pointer: str
    variables: frozenset[str]
    findings: Findings
    name: str = ""

    def member(self, name: str) -> "Spot":
        """Return the spot of a member that exists."""
        assert isinstance(self.value, dict)
        return replace(
            self, value=self.value[name], pointer=pointer_to(self.pointer, name), name=name
        )

    def members(self) -> Iterator["Spot"]:
        """Yield the spots of an object's members, until there are problems enough."""
        if isinstance(self.value, dict):
            for name in self.value:
                if self.findings.full:
                    return
                yield self.member(name)

    def items(self) -> Iterator["Spot"]:
        """Yield the spots of a list's items, until there are problems enough."""
        if isinstance(self.value, list):
            for index in range(len(self.value)):
                if self.findings.full:
                    return
                yield self.item(index)

    def item(self, index: int) -> "Spot":
        """Return the spot of an item that exists."""
        assert isinstance(self.value, list)
        return replace(
            self, value=self.value[index], pointer=pointer_to(self.pointer, index), name=""
        )

    def at(self, *path: str) -> "Spot | None":
        """Return the spot that members lead to, or None where one of them is not there."""
        spot = self
        for name in path:
            if not spot.has(name):
                return None
            spot = spot.member(name)
        return spot

    def has(self, name: str) -> bool:
        """Whether it is an object with this member."""
        return isinstance(self.value, dict) and name in self.value

    def knowing(self, *names: str) -> "Spot":
        """Return the same spot with more variables."""
        return replace(self, variables=self.variables.union(names))

    def error(self, code: str, message: str, hint: str | None = None) -> None:
        """Report something wrong with the value, at the value."""
        self._report(Severity.ERROR, code, message, hint, self.findings.document.value_places)

    def error_of_member(self, code: str, message: str, hint: str | None = None) -> None:
        """Report something wrong with the member itself, at its name."""
        self._report(Severity.ERROR, code, message, hint, self.findings.document.places)

    def warning(self, code: str, message: str, hint: str | None = None) -> None:
        """Report something doubtful, at the member's name."""
        self._report(Severity.WARNING, code, message, hint, self.findings.document.places)

    def warning_at_value(self, code: str, message: str, hint: str | None = None) -> None:
        """Report something doubtful, at the value."""
        self._report(Severity.WARNING, code, message, hint, self.findings.document.value_places)

    def not_supported_yet(self, construct: str, hint: str | None = None) -> None:
        """Refuse a part of the language that Turnout does not run yet, by its name."""
        self.error_of_member("not_supported_yet", f"`{construct}` is not supported yet.", hint)

    def _report(
        self,
        severity: Severity,
        code: str,
        message: str,
        hint: str | None,
        places: dict[str, tuple[int, int]],
    ) -> None:
        line, column = places.get(self.pointer, (None, None))
        self.findings.add(
            Problem(
                severity,
                code,
                message[:_LONGEST_MESSAGE],
                self.pointer[:_LONGEST_MESSAGE],
                line,
                column,
                hint[:_LONGEST_MESSAGE] if hint else None,
            )
        )


Check = Callable[[Spot], None]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` may be a slip of, or None."""
    found = get_close_matches(name[:100], islice(known, _MOST_COMPARED), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a hint with the known name that is nearest to ``name``, or None."""
    found = nearest(name, known)
    return f"Did you mean `{found}`?" if found else None
