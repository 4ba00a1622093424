"""``call: http`` as a run shows it: the request that it wants and what it makes of the answer."""

from typing import Any

import pytest
from runs import Run

GET = """
do:
- get:
    call: http
    with:
      method: get
      endpoint: {uri: 'https://api.example.com/people/{name}?x={n}{none}'}
      %s
"""


def get(extra: str = "", input: Any = None) -> Run:
    return Run(GET % extra, {"name": "a b/ü", "n": 1.5} if input is None else input)


def test_a_uri_template_is_filled_with_encoded_members_of_the_input() -> None:
    request = get().open.request
    assert request["uri"] == "https://api.example.com/people/a%20b%2F%C3%BC?x=1.5"
    assert request["method"] == "GET"


@pytest.mark.parametrize("member", [{}, []])
def test_a_uri_template_refuses_members_that_are_no_scalars(member: object) -> None:
    assert get(input={"name": member}).error["type"].endswith("/expression")


def test_a_uri_may_be_computed() -> None:
    run = Run(
        "do: [{a: {call: http, with: {method: post, endpoint: '${ .base + \"/x\" }'}}}]",
        {"base": "http://h"},
    )
    assert run.open.request["uri"] == "http://h/x"


def test_headers_query_and_body_are_computed_and_scalars_become_text() -> None:
    run = get(
        "headers: {X-N: '${ .n }', X-Plain: yes, X-None: '${ null }'}\n"
        "      query: {q: '${ [.n, true] }'}\n"
        "      body: {deep: ['${ .n }']}"
    )
    request = run.open.request
    assert request["headers"] == {"X-N": "1.5", "X-Plain": "yes"}
    assert request["query"] == {"q": ["1.5", "true"]}
    assert request["body"] == {"deep": [1.5]}


def test_the_content_is_the_output() -> None:
    run = get()
    run.http(200, {"id": 7})
    assert run.output == {"id": 7}


def test_output_response_tells_all_of_it() -> None:
    run = get("output: response\n      headers: {a: b}")
    run.http(201, [1], etag="x")
    assert run.output == {
        "request": {"method": "GET", "uri": run.output["request"]["uri"], "headers": {"a": "b"}},
        "statusCode": 201,
        "headers": {"etag": "x"},
        "content": [1],
    }


@pytest.mark.parametrize(
    ("status", "redirect", "fine"),
    [(204, False, True), (304, False, False), (302, True, True), (404, True, False)],
)
def test_what_is_no_success_faults_with_its_status(status: int, redirect: bool, fine: bool) -> None:
    run = get(f"redirect: {str(redirect).lower()}")
    run.http(status)
    if fine:
        assert run.end.phase == "completed"
    else:
        assert run.error["type"].endswith("/errors/communication")
        assert (run.error["status"], run.error["instance"]) == (status, "/do/0/get")


def test_an_error_of_the_effect_is_the_tasks_error() -> None:
    run = get()
    error = {"type": "https://x/timeout", "status": 408, "title": "T", "detail": "D"}
    run.answer_error(**error)
    assert run.error == {**error, "instance": "/do/0/get"}


@pytest.mark.parametrize("answer", [None, {}, {"status": "200"}, 3])
def test_an_answer_that_cannot_be_read_faults(answer: object) -> None:
    run = get()
    run.answer(answer)
    assert run.error["type"].endswith("/communication")


def test_the_same_request_has_the_same_digest_and_another_has_another() -> None:
    assert get().open.digest == get().open.digest
    assert get().open.digest != get(input={"name": "other"}).open.digest
