"""Text of people's: what may stand in a name, a description or a reason."""

from turnout.domain.errors import Invalid


def checked(text: str, what: str, most: int, pointer: str | None = None) -> str:
    """The text, if it can be kept and shown everywhere.

    Args:
        what: what it is, to begin a sentence with: ``The name``.
        most: how many characters it may have.
        pointer: JSON pointer to it in a request.

    Raises:
        Invalid: it is too long, or has NUL characters or lone surrogates.
    """
    if len(text) > most:
        details = f"{what} has {len(text)} characters; at most {most} are kept."
        raise Invalid("invalid_value", details, pointer)
    # Neither can be stored by every database, and the second not even be sent as UTF-8.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        details = f"{what} has a NUL or half a surrogate pair, which are no text."
        raise Invalid("invalid_value", details, pointer)
    return text
