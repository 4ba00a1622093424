"""What was found in a definition, and between two of them."""

from turnout.api.operation import ResourceType
from turnout.api.resources.versions import PROBLEM
from turnout.api.schema import BOOLEAN, STRING, list_of, object_of, one_of, or_null
from turnout.definition.diff import ChangeKind

CHECK = ResourceType("definition-check", {"valid": BOOLEAN, "problems": list_of(PROBLEM)})

DIFF = ResourceType(
    "definition-diff",
    {
        "changes": list_of(
            object_of(
                kind=one_of(*ChangeKind),
                path=STRING,
                sentence=STRING,
                before=or_null(STRING),
                after=or_null(STRING),
            )
        )
    },
    {"workflow-version": "workflow-version", "against": "workflow-version"},
)
