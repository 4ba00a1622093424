"""What may be shown of a URI."""

import pytest

from turnout.domain.uri import without_userinfo


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://user:secret@host.test:8443/a?b#c", "https://[redacted]@host.test:8443/a?b#c"),
        ("HTTP://secret@[::1]:80/a@b", "HTTP://[redacted]@[::1]:80/a@b"),
        ("https://user:se@cret@host.test", "https://[redacted]@host.test"),
        ("https://@host.test/", "https://[redacted]@host.test/"),
    ],
)
def test_user_and_password_are_hidden(uri: str, shown: str) -> None:
    assert without_userinfo(uri) == shown


@pytest.mark.parametrize(
    "uri",
    [
        "https://host.test/people/a@b.test?mail=a@b.test",
        "https://host.test:8443?mail=a@b.test",
        "http://[::1]:80/",
        "no URI at all",
        "",
    ],
)
def test_what_hides_nothing_stays_as_it_is(uri: str) -> None:
    assert without_userinfo(uri) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "https://user:sec/ret@host.test/",
        "https://us@er:sec/ret@host.test/",
        "https://user:sec?ret@host.test/",
        "https:\\\\user:secret@host.test/",
        "user:secret@host.test//a",
        " https://user:secret@host.test/",
        "https://user:secret@host.test:port/",
        "//user:secret@host.test/",
        "https://user:sec\nret@host.test/",
    ],
)
def test_a_password_in_what_is_no_uri_is_hidden_too(uri: str) -> None:
    shown = without_userinfo(uri)
    assert "sec" not in shown
    assert "ret" not in shown
    assert shown.partition("@")[2].startswith("host.test")
