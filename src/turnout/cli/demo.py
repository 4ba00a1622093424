"""``turnout demo``: the whole story in a few seconds, on a server of its own, with its checks."""

from __future__ import annotations

import signal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from turnout.cli import render
from turnout.cli.failure import ExitCode
from turnout.cli.remote import Json, examples

if TYPE_CHECKING:
    import httpx

    from turnout.cli.demo_invariants import Verdict


def network() -> httpx.BaseTransport | None:
    """What carries the demo's requests; None is the network as it is."""
    return None


@examples("turnout demo", "turnout demo --json")
def demo(
    json: Json = False,
    keep: Annotated[
        Path | None,
        typer.Option(help="Work in this folder and keep it, instead of a temporary one."),
    ] = None,
) -> None:
    """Play the whole story with 200 applicants, and check every invariant.

    Create, publish, publish at 25 %, raise to 50 %, stop, revert: in a fresh folder, on a server
    that ends with the demo. Exits 0 only if every invariant held.
    """
    # An end from outside still ends the server.
    signal.signal(signal.SIGTERM, _leave)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        held = tell_story(keep, json=json, transport=network())
    else:
        with TemporaryDirectory(prefix="turnout-demo-") as folder:
            held = tell_story(Path(folder), json=json, transport=network())
    if not held:
        raise typer.Exit(int(ExitCode.REFUSED))


def tell_story(
    folder: Path, *, json: bool = False, transport: httpx.BaseTransport | None = None
) -> bool:
    """Play the story in a folder; whether every invariant held.

    Args:
        transport: what carries the requests to the demo's server; None is the network.
    """
    # Imported late: no other command needs the story.
    from turnout.cli.client import Client
    from turnout.cli.demo_invariants import verdicts
    from turnout.cli.demo_server import own_server
    from turnout.cli.demo_story import play

    with own_server(folder) as place:
        client = Client(place, transport)
        try:
            if not json:
                render.say(f"A server of its own, at {place.url}, in {folder}.", "dim")
            found = verdicts(client, play(client, quiet=json))
        finally:
            client.close()
    if json:
        render.as_json({"invariants": [each.as_json for each in found]})
    else:
        _tell(found)
    return all(each.held for each in found)


def _tell(found: list[Verdict]) -> None:
    render.say()
    render.say("Invariants and history", "bold")
    render.say("The numbers count comparisons of the server's answers with what it acknowledged.")
    render.table(
        ("", "invariant", "checked", "", "what"),
        [(each.number, each.name, each.checked, each.word, each.what) for each in found],
    )
    broken = [each.number for each in found if not each.held]
    render.say()
    if broken:
        render.say(f"BROKEN: {', '.join(broken)}.", "bold red")
    else:
        render.say(f"All {len(found)} checks held.", "bold green")


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)
