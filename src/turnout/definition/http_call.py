"""Checks of the arguments of ``call: http``."""

import re

from turnout.definition.expression_checks import text_or_expression, value
from turnout.definition.findings import Check, Spot, did_you_mean
from turnout.definition.shapes import boolean, is_text, members, one_of, wrong_type

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ABSOLUTE = re.compile(r"(?:https?://|\{)\S+", re.IGNORECASE)
_BRACES = re.compile(r"\{([^{}]*)\}")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def http_arguments(spot: Spot) -> None:
    """Check ``with`` of a ``call: http``."""
    members(
        spot,
        {
            "method": _method,
            "endpoint": _endpoint,
            "headers": _headers,
            "query": _query,
            "body": value,
            "output": one_of("content", "response", "raw"),
            "redirect": boolean,
        },
        ("method", "endpoint"),
        not_yet={"authentication": "authentication"},
    )


def _method(spot: Spot) -> None:
    if is_text(spot) and str(spot.value).upper() not in METHODS:
        spot.error(
            "invalid_value",
            f"`method` must be one of {', '.join(METHODS)}.",
            did_you_mean(str(spot.value).upper(), list(METHODS)),
        )


def _endpoint(spot: Spot) -> None:
    if isinstance(spot.value, dict):
        members(spot, {"uri": _uri}, ("uri",), not_yet={"authentication": "authentication"})
    elif isinstance(spot.value, str):
        _uri(spot)
    else:
        wrong_type(spot, "a URI or an object with `uri`")


def _uri(spot: Spot) -> None:
    if not is_text(spot):
        return
    uri = str(spot.value)
    if "${" in uri:
        text_or_expression(spot)
    elif not _ABSOLUTE.fullmatch(uri):
        spot.error(
            "invalid_uri",
            "The endpoint must be an absolute URI that begins with http:// or https://.",
            "Write it in full, `https://example.com/path/{name}`.",
        )
    else:
        _template(spot, uri)


def _template(spot: Spot, uri: str) -> None:
    for name in _BRACES.findall(uri):
        if not _PARAMETER.fullmatch(name):
            spot.error(
                "invalid_uri",
                f"`{{{name[:40]}}}` is no parameter of a URI.",
                "Name a member of the task's input, `{name}`, or make the URI an expression.",
            )
            return
    if set("{}") & set(_BRACES.sub("", uri)):
        spot.error("invalid_uri", "A brace of the URI is not paired.")


def _scalars(spot: Spot, check_name: Check) -> None:
    if isinstance(spot.value, str):
        if "${" not in spot.value:
            wrong_type(spot, "an object or an expression in `${ }`")
        else:
            text_or_expression(spot)
        return
    if not isinstance(spot.value, dict):
        wrong_type(spot, "an object or an expression in `${ }`")
        return
    for member in spot.members():
        check_name(member)
        if isinstance(member.value, str):
            text_or_expression(member)
        elif member.value is None or isinstance(member.value, list | dict):
            wrong_type(member, "text, a number or true or false")


def _headers(spot: Spot) -> None:
    _scalars(spot, _header)


def _header(spot: Spot) -> None:
    if not _TOKEN.fullmatch(spot.name):
        spot.error_of_member("invalid_name", f"`{spot.name[:100]}` is no name of a header.")
    if isinstance(spot.value, str) and "${" not in spot.value and _CONTROL.search(spot.value):
        spot.error("invalid_value", "A header's value has no line breaks or control characters.")


def _query(spot: Spot) -> None:
    _scalars(spot, lambda _: None)
