"""Reads YAML 1.2 text: scanner and parser are ruamel.yaml's, the types are the core schema's.

Types are resolved here and not by the library so that exactly JSON's types come out: dates
stay text, and so do ``on``, ``yes`` and ``1_000``.
"""

import re
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from turnout.definition.compose import Event, Kind
from turnout.definition.places import Place, Scalar, refusal

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*%")
_LIBRARY_NAME = re.compile(r"\('(<[a-z ]+>)',\)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_INTEGER = 40
_KINDS = {
    MappingStartEvent: Kind.OBJECT,
    SequenceStartEvent: Kind.LIST,
    MappingEndEvent: Kind.END,
    SequenceEndEvent: Kind.END,
    ScalarEvent: Kind.SCALAR,
    AliasEvent: Kind.ALIAS,
}


def yaml_events(text: str) -> Iterator[Event]:
    """Yield the events of the one document in ``text``; raise LoadError where it is not YAML."""
    if directive := _DIRECTIVE.match(text):
        line = text.count("\n", 0, directive.end()) + 1
        raise refusal("directive_refused", "YAML directives (`%`) are not accepted.", (line, 1))
    documents = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            place = (event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise refusal(
                        "several_documents", "There is more than one document in the text.", place
                    )
            elif kind := _KINDS.get(type(event)):
                yield _event(kind, event, place)
    except MarkedYAMLError as error:
        raise _not_yaml(error) from None
    except (YAMLError, ValueError) as error:
        raise _not_text(text, error) from None


def _event(kind: Kind, event: object, place: Place) -> Event:
    tag = getattr(event, "ctag", None)
    if tag is not None and str(tag) not in ("None", ""):
        raise refusal(
            "tag_refused",
            f"YAML tags (`{str(tag)[:40]}`) are not accepted.",
            place,
            "Use quotes to make a value text.",
        )
    anchor = getattr(event, "anchor", None)
    if not isinstance(event, ScalarEvent):
        return Event(kind, place, None, anchor)
    plain = event.style is None or event.style == ""
    value = resolve(event.value, place) if plain else _paired(event.value)
    return Event(kind, place, value, anchor, plain)


def _paired(text: str) -> str:
    """Join surrogate pairs, which JSON's escapes make and YAML's readers leave apart."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def resolve(written: str, place: Place) -> Scalar:
    """Return what a plain scalar means by YAML 1.2's core schema."""
    if written in _WORDS:
        return _WORDS[written]
    if _INTEGER.fullmatch(written):
        return _integer(written)
    if _FLOAT.fullmatch(written):
        return float(written)
    if _NO_NUMBER.fullmatch(written):
        raise refusal("number_refused", "NaN and infinity are not JSON numbers.", place)
    return written


def _integer(written: str) -> int:
    if len(written) > _LONGEST_INTEGER:
        # int() is quadratic, and anything this long is refused for its size anyway.
        return int(10**_LONGEST_INTEGER)
    return int(written, 0 if written[:2] in ("0o", "0x") else 10)


def _not_yaml(error: MarkedYAMLError) -> Exception:
    mark = error.problem_mark or error.context_mark
    place = (mark.line + 1, mark.column + 1) if mark is not None else None
    said = " ".join(str(part) for part in (error.context, error.problem) if part)
    said = _LIBRARY_NAME.sub(r"\1", said)[:200]
    hint = None
    if "\\t" in said or "'\t'" in said:
        hint = "Indent with spaces, not with tabs."
    return refusal("invalid_yaml", f"This is not YAML: {said}.", place, hint)


def _not_text(text: str, error: Exception) -> Exception:
    offset = getattr(error, "position", None)
    place = None
    if isinstance(offset, int):
        place = (text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
    return refusal("invalid_text", "The text holds a character that YAML does not allow.", place)
