"""``turnout audit``: who changed what, when and why."""

import typer

from turnout.cli import audit_words, render
from turnout.cli.history import Limit
from turnout.cli.remote import Remote, add, examples, remote

app = typer.Typer(no_args_is_help=True, help="The audit log.")


@examples("turnout audit list", "turnout audit list --limit 1000 --json > audit.json")
@remote
def list_(remote: Remote, limit: Limit = 20) -> None:
    """List changes, newest first."""
    entries = list(remote.client.every("/audit-logs", limit))
    if remote.printed_all(entries):
        return
    remote.begin()
    names = audit_words.Names(remote.client)
    render.table(
        ("#", "when", "action", "subject", "by", "before → after", "why"),
        [
            (
                entry["sequence"],
                render.when(entry["created-at"]),
                entry["action"],
                audit_words.subject(entry, names),
                entry["actor"],
                audit_words.change(entry, names),
                entry["reason"],
            )
            for entry in entries
        ],
        empty="No changes yet.",
    )


add(app, list_)
