"""What is doubtful, or certain to go wrong, in a definition that follows the language's rules.

Lints look at the whole text, drafts with errors included, and tell only what is certain: a false
alarm costs more than a miss. Each has a room of its own; this module is where they meet.
"""

from turnout.definition.call_bounds import check_call_bounds
from turnout.definition.field_types import check_fields
from turnout.definition.findings import Spot
from turnout.definition.flow import task_list_of
from turnout.definition.reachability import check_reachability


def lint(root: Spot) -> None:
    """Report what the lints find in a whole document."""
    do = root.at("do")
    if do is None:
        return
    tasks = task_list_of(do)
    check_reachability(root, tasks)
    check_fields(root, tasks)
    check_call_bounds(root, tasks)
