"""Text → document: YAML 1.2 or JSON, bounded before anything is built from it."""

from turnout.definition.compose import Composer
from turnout.definition.json_text import is_json, json_events
from turnout.definition.places import Document, LoadError, refusal, to_document
from turnout.definition.yaml_text import yaml_events

MAX_BYTES = 1024 * 1024

__all__ = ["MAX_BYTES", "Document", "LoadError", "load"]


def load(text: str) -> Document:
    """Read a definition's text.

    Args:
        text: YAML 1.2 or JSON, at most 1 MiB in UTF-8, 64 levels, 10,000 values.

    Returns:
        The value, made of JSON's types only, and the place of everything in it.

    Raises:
        LoadError: with the one problem that keeps the text from being read.
    """
    text = text.removeprefix("\ufeff")
    _check_size(text)
    if not text.strip():
        raise refusal("empty_document", "The definition is empty.", (1, 1))
    events = json_events(text) if is_json(text) else yaml_events(text)
    composer = Composer(events)
    try:
        root = composer.compose()
        # Read to the end: a second document, or an error after the first, shows only there.
        for _ in events:
            pass
    except StopIteration:
        raise refusal("empty_document", "The definition is empty.", (1, 1)) from None
    return to_document(root)


def _check_size(text: str) -> None:
    try:
        # The first test keeps a huge text from being copied by the second.
        too_large = len(text) > MAX_BYTES or len(text.encode()) > MAX_BYTES
    except UnicodeEncodeError:
        raise refusal("invalid_text", "The text is not valid Unicode.") from None
    if too_large:
        raise refusal(
            "definition_too_large",
            f"The definition is larger than {MAX_BYTES // 1024} KiB.",
            None,
            "Move data that the definition carries to the input, or split the workflow.",
        )
