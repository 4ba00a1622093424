"""URIs as people may see them: a user name and password in them stay hidden."""

import re

_PARTS = re.compile(
    # Scheme, user and password, then a host with its port and all the rest.
    r"([a-z][a-z0-9+.-]*://)([^/?#]*@)?((?:\[[^\]]*\]|[^:@/?#\\]*)(?::\d*)?(?:[/?#].*)?)",
    re.IGNORECASE | re.DOTALL,
)
_HIDDEN = "[redacted]@"


def without_userinfo(uri: str) -> str:
    """A URI, however wrong, with ``[redacted]`` for what may be its user name and password.

    Of text that is no URI, all is hidden up to its last ``@``: a password with a slash or without
    a scheme before it looks like anything.
    """
    parts = _PARTS.fullmatch(uri)
    if parts is None:
        _, at, after = uri.rpartition("@")
        return f"{_HIDDEN}{after}" if at else uri
    scheme, userinfo, rest = parts.groups()
    return f"{scheme}{_HIDDEN}{rest}" if userinfo else uri
