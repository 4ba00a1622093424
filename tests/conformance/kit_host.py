"""Answers of the hosts that the conformance kit calls, without a network."""

import re
from typing import Any
from urllib.parse import urlsplit

PETS = [
    {"id": 1, "name": "Milou", "status": "available"},
    {"id": 2, "name": "Idefix", "status": "available"},
]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The value of an ``answered`` entry for an HTTP request of the kit."""
    status, body = _resource(urlsplit(str(request["uri"])).path)
    headers = {"content-type": "application/json"}
    known = {"uri": request["uri"], "method": request["method"]}
    return {"status": status, "headers": headers, "body": body, **known}


def _resource(path: str) -> tuple[int, Any]:
    if path == "/v2/pet/findByStatus":
        return 200, PETS
    found = re.fullmatch(r"/v2/pet/([12])", path)
    if found:
        return 200, PETS[int(found.group(1)) - 1]
    return 404, {"message": f"nothing at {path}"}
