"""What a deploy changed, told as people need it: shares before and after, and runs in flight."""

from turnout.cli import render, versions
from turnout.cli.remote import Remote
from turnout.cli.resource import Answer, Resource


def tell_shares(
    remote: Remote,
    workflow: Resource,
    before: list[Resource],
    answer: Answer,
    *,
    begun: bool = False,
) -> None:
    """Print shares before → after, and how many runs go on with what takes no new ones any more.

    Args:
        before: the workflow's versions as they were.
        answer: what the server said to the change.
        begun: whether the answer's heading stands there already.
    """
    if remote.printed(answer):
        return
    after = versions.of(remote.client, workflow)
    was, now = versions.shares(before), versions.shares(after)
    out = [each for each in after if versions.label(each) in was.keys() - now.keys()]
    in_flight = [f"{each['in-flight']} in flight on {versions.label(each)}" for each in out]
    if not begun:
        remote.begin(str(workflow["handle"]))
    render.say("; ".join([render.change(was, now), *in_flight]))
