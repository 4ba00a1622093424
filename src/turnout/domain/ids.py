"""Kinds of id. Ids are TypeIDs: a prefix that says what they name, and a UUIDv7.

Domain code treats an id as an opaque string; making and storing them is the storage's part.
"""

from enum import StrEnum


class Prefix(StrEnum):
    """What an id names."""

    WORKFLOW = "wfl"
    VERSION = "wflv"
    ENVIRONMENT = "env"
    DEPLOYMENT = "wfd"
    ROLLOUT = "rol"
    RUN = "wfr"
    API_KEY = "key"
    EVENT = "evt"
    BULK = "blk"
    REVIEW = "rev"
