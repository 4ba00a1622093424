"""``turnout reviews``: list what waits for a decision, show one, decide."""

import json
from typing import Annotated, Any

import typer

from turnout.cli import references, render
from turnout.cli.history import Limit
from turnout.cli.remote import Remote, add, examples, remote
from turnout.cli.resource import Resource

app = typer.Typer(no_args_is_help=True, help="Human reviews: list, show, decide.")

Review = Annotated[str, typer.Argument(help="The review's id, or the end of it.")]
Reason = Annotated[str, typer.Option("--message", "-m", help="Why; the run is told, too.")]


@examples("turnout reviews list", "turnout reviews list onboarding --queue compliance")
@remote
def list_(
    remote: Remote,
    workflow: Annotated[str | None, typer.Argument(help="Handle or id of a workflow.")] = None,
    queue: Annotated[str | None, typer.Option(help="The queue they are in.")] = None,
    limit: Limit = 20,
) -> None:
    """List the reviews that wait: first due first, then the oldest."""
    found = remote.workflow(workflow) if workflow else None
    filters = {"workflow-id": found.id if found else None, "queue": queue}
    reviews = list(remote.client.every("/reviews", limit, filters))
    if remote.printed_all(reviews):
        return
    remote.begin(str(found["handle"]) if found else "")
    render.table(
        ("review", "workflow", "queue", "question", "choices", "due", "waits since", "run"),
        [
            (
                render.short(review.id),
                review["workflow-handle"],
                review["queue"],
                review["question"],
                _choices(review),
                render.when(review["due-at"]),
                render.when(review["asked-at"]),
                render.short(review.related("workflow-run")),
            )
            for review in reviews
        ],
        empty="Nothing waits for a decision.",
    )


@examples("turnout reviews show 4h2k9z0q")
@remote
def show(remote: Remote, review: Review) -> None:
    """Show a review: what is asked, the data to decide by, and what became of it."""
    found = find(remote, review)
    if remote.json:
        render.as_json(found.raw)
        return
    remote.begin(str(found["workflow-handle"]))
    tell(found)


@examples(
    "turnout reviews decide 4h2k9z0q approve -m 'Papers are in order'",
    "turnout reviews decide rev_01jv4h2k9z0q4h2k9z0q4h2k9z decline",
)
@remote
def decide(
    remote: Remote,
    review: Review,
    decision: Annotated[str, typer.Argument(help="One of the review's choices.")],
    message: Reason = "",
) -> None:
    """Decide a review with one of its choices; its run goes on."""
    before = find(remote, review)
    answer = remote.client.post(
        f"/reviews/{before.id}/decide", {"decision": decision, "reason": message}
    )
    if remote.printed(answer):
        return
    after = answer.one
    remote.begin(str(after["workflow-handle"]))
    run = render.short(after.related("workflow-run"))
    render.say(f"{render.short(after.id)} {before['status']} → {after['decision']}; run {run}")


def find(remote: Remote, reference: str) -> Resource:
    """A review by its id; one that waits also by the end of it."""
    return references.find(remote.client, "/reviews", "rev", reference)


def tell(review: Resource) -> None:
    """Print a review."""
    render.facts(
        (
            ("review", review.id),
            ("status", review["status"]),
            ("queue", review["queue"]),
            ("question", review["question"]),
            ("choices", _choices(review)),
            ("data", _compact(review["data"])),
            ("due", _due(review)),
            ("waits since", render.when(review["asked-at"])),
            ("run", review.related("workflow-run")),
            ("task", review["task"]),
            ("decision", review["decision"]),
            ("why", review["reason"]),
            ("decided by", "the due time" if review["automatic"] else review["decided-by"]),
            ("decided", render.when(review["decided-at"])),
        )
    )


def _choices(review: Resource) -> str:
    """``approve, decline (No, thanks)``: what to type, and what it means where that differs."""
    return ", ".join(
        choice["value"]
        if choice["label"] == choice["value"]
        else f"{choice['value']} ({choice['label']})"
        for choice in review["choices"]
    )


def _due(review: Resource) -> str:
    return f"{render.when(review['due-at'])}, then {review['when-due']}" if review["due-at"] else ""


def _compact(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


add(app, list_, show, decide)
