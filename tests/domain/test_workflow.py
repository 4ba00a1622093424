"""Workflows: names, handles, and what an archive means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.domain import workflow as workflows
from turnout.domain.errors import Conflict, Invalid
from turnout.domain.workflow import Workflow, handle_from


def made(name: str = "Onboarding", handle: str | None = None) -> Workflow:
    return workflows.create(
        "wfl_1", name=name, handle=handle, description="", assignment_key=None, outcome=None, now=1
    )


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        ("Customer onboarding", "customer-onboarding"),
        ("  Prüfung: Identität (v2) ", "prufung-identitat-v2"),
        ("x" * 80, "x" * 63),
    ],
)
def test_the_handle_comes_from_the_name(name: str, handle: str) -> None:
    assert made(name).handle == handle


@given(st.text())
def test_a_handle_from_any_name_is_good_or_empty(name: str) -> None:
    found = handle_from(name)
    assert not found or made("Any", found).handle == found


@pytest.mark.parametrize("handle", ["", "-a", "a-", "A", "a b", "wfl_01", "a" * 64, "é"])
def test_a_handle_that_cannot_be_one_is_refused(handle: str) -> None:
    with pytest.raises(Invalid):
        made(handle=handle)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        made(name, "handle")


def test_an_archived_workflow_takes_no_change() -> None:
    archived = workflows.archive(made(), 2)
    with pytest.raises(Conflict):
        workflows.update(archived, 3, name="New")
    with pytest.raises(Conflict):
        workflows.archive(archived, 3)
