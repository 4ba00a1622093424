"""``turnout audit``: who changed what, when and why."""

import json
from typing import Any

import typer

from turnout.cli import render
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
    render.table(
        ("#", "when", "action", "subject", "by", "before → after", "why"),
        [
            (
                entry["sequence"],
                render.when(entry["created-at"]),
                entry["action"],
                entry["subject"],
                entry["actor"],
                f"{_compact(entry['before'])} → {_compact(entry['after'])}",
                entry["reason"],
            )
            for entry in entries
        ],
        empty="No changes yet.",
    )


def _compact(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


add(app, list_)
