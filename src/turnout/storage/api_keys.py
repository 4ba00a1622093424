"""API keys."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from turnout.domain.api_key import ApiKey
from turnout.domain.ids import Prefix
from turnout.domain.role import Role
from turnout.storage.ids import NotAnId, to_bytes
from turnout.storage.page import slice_of
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import api_keys
from turnout.use_cases.ports import Page, Slice

_C = api_keys.c
_ALL = select(_C.id, _C.environment_id, _C.role, _C.name, _C.digest, _C.created_at, _C.revoked_at)
_BY_ID = Prepared(_ALL.where(_C.id == bindparam("id_")), "id_")
_BY_DIGEST = Prepared(_ALL.where(_C.digest == bindparam("digest_")), "digest_")


class SqlApiKeys:
    """The port ``ApiKeys``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, id_: str) -> ApiKey | None:
        """By id."""
        row = self._session.find(_BY_ID, id_)
        return _of(row) if row else None

    def by_digest(self, digest: bytes) -> ApiKey | None:
        """By the digest of its secret."""
        row = self._session.find(_BY_DIGEST, digest)
        return _of(row) if row else None

    def list(self, environment_id: str, page: Page) -> Slice[ApiKey]:
        """A page of an environment's keys, revoked ones too."""
        query = _ALL.where(_C.environment_id == environment_id)
        return slice_of(self._session, query, _C.id, page, _of)

    def add(self, key: ApiKey) -> None:
        """Store it."""
        self._session.execute(insert(api_keys).values(_values(key)))

    def save(self, key: ApiKey) -> None:
        """Store what changed."""
        self._session.execute(update(api_keys).where(_C.id == key.id).values(_values(key)))

    def names(self, ids: Sequence[str]) -> dict[str, str]:
        """Id → name; what is no key's id has none."""
        known = [id_ for id_ in ids if _is_key(id_)]
        rows = self._session.rows(select(_C.id, _C.name).where(_C.id.in_(known))) if known else ()
        return dict(tuple(row) for row in rows)


def _is_key(id_: str) -> bool:
    try:
        to_bytes(Prefix.API_KEY, id_)
    except NotAnId:
        return False
    return True


def _of(row: Any) -> ApiKey:
    id_, environment_id, role, name, digest, created_at, revoked_at = row
    return ApiKey(id_, environment_id, Role(role), name, digest, created_at, revoked_at)


def _values(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "environment_id": key.environment_id,
        "role": int(key.role),
        "name": key.name,
        "digest": key.digest,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }
