"""Who is asking: the bearer key of a request."""

from collections import OrderedDict

from turnout.api.operation import Headers
from turnout.domain.api_key import digest
from turnout.use_cases.authenticate import authenticate
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Store

MAX_SECRET = 200


def secret_of(headers: Headers) -> str | None:
    """The key in ``Authorization: Bearer KEY``; None when there is none, or no possible one."""
    scheme, _, secret = (headers.get(b"authorization") or "").partition(" ")
    secret = secret.strip()
    return secret if scheme.lower() == "bearer" and len(secret) <= MAX_SECRET else None


class KnownCallers:
    """The callers seen last, by their secret's digest; a failure is never kept.

    One that is kept may be behind. It may only be used where the use case looks at the key again
    in the transaction of its change; ``forget`` it when that refuses.
    """

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._kept: OrderedDict[bytes, Caller] = OrderedDict()

    async def get(self, store: Store, secret: str) -> tuple[Caller, bool]:
        """The caller, and whether it was kept rather than looked up now.

        Raises:
            Unauthenticated: an unknown or revoked key.
        """
        key = digest(secret)
        kept = self._kept.get(key)
        if kept is not None:
            return kept, True
        caller = await authenticate(store, secret)
        self._kept[key] = caller
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return caller, False

    def forget(self, secret: str) -> None:
        """Look this one up again next time."""
        self._kept.pop(digest(secret), None)
