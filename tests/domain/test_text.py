"""Text of people's, wherever it goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.domain import text, version, workflow
from turnout.domain.errors import Invalid

NO_TEXT = ["a\0b", "\ud800", "x\udfff", "\udc00\ud800"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9))
def test_any_text_is_kept_as_it_is(given_text: str) -> None:
    assert text.checked(given_text, "The name", 9) == given_text


def test_a_text_that_is_too_long_is_told_its_length() -> None:
    with pytest.raises(Invalid, match=r"The name has 3 characters; at most 2 are kept\.") as error:
        text.checked("abc", "The name", 2, "/data/attributes/name")
    assert error.value.pointer == "/data/attributes/name"


@pytest.mark.parametrize("wrong", NO_TEXT)
@pytest.mark.parametrize("attribute", ["name", "description", "assignment_key", "outcome"])
def test_no_attribute_of_a_workflow_takes_what_is_no_text(wrong: str, attribute: str) -> None:
    good = {"name": "Flow", "description": "", "assignment_key": None, "outcome": None}
    made = workflow.create("wfl_1", handle="flow", now=1, **good)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        workflow.update(made, 2, **{attribute: wrong})


@pytest.mark.parametrize("wrong", NO_TEXT)
def test_a_versions_description_is_text(wrong: str) -> None:
    with pytest.raises(Invalid):
        version.description(wrong)
