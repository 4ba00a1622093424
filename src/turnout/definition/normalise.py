"""The canonical form of a definition and its hash.

What does not change a definition (layout, comments, order of members, ``1.0`` for ``1``) does
not change its canonical form.
"""

import hashlib
import json

from turnout.domain.json import Json


def normalise(value: Json) -> bytes:
    """Return canonical JSON: names sorted, no spaces, UTF-8, whole numbers without a point."""
    return json.dumps(
        _whole_numbers(value),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def content_hash(normalised: bytes) -> str:
    """Return the hash of a canonical form: ``sha256:`` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(normalised).hexdigest()}"


def _whole_numbers(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _whole_numbers(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return int(value)
    return value
