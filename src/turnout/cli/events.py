"""``turnout send-event``: an event for the runs that listen for it."""

import uuid
from pathlib import Path
from typing import Annotated

import typer

from turnout.cli import render
from turnout.cli.failure import Usage
from turnout.cli.files import parse_json, parse_object, read_text
from turnout.cli.remote import Remote, examples, remote
from turnout.cli.resource import Resource

_MEDIA = "application/cloudevents+json"
_SHOWN = 10


@examples(
    'turnout send-event --type documents.received --data \'{"accountId": "C-123"}\'',
    "turnout send-event --type order.paid --source /shop --subject A-1 --data @order.json",
    "turnout send-event --event @event.json",
)
@remote
def send_event(
    remote: Remote,
    type_: Annotated[str | None, typer.Option("--type", "-t", help="The event's type.")] = None,
    data: Annotated[
        str | None, typer.Option("--data", "-d", help="JSON, @FILE, or - for stdin.")
    ] = None,
    source: Annotated[str, typer.Option(help="Where it comes from, a URI.")] = "/turnout/cli",
    subject: Annotated[str | None, typer.Option(help="What it is about.")] = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="Tells it from others of its source; a new one.")
    ] = None,
    attribute: Annotated[
        list[str] | None, typer.Option("--attribute", "-a", help="NAME=VALUE; may be repeated.")
    ] = None,
    event: Annotated[
        str | None,
        typer.Option("--event", "-e", help="A whole CloudEvent: JSON, @FILE, or - for stdin."),
    ] = None,
) -> None:
    """Send a CloudEvent to the runs that listen for it, now or later."""
    if (event is None) == (type_ is None):
        raise Usage("Give either --type or --event.")
    if event is not None:
        sent = parse_object(*_text(event, "--event"))
    else:
        sent = {
            "specversion": "1.0",
            "id": id_ or str(uuid.uuid4()),
            "source": source,
            "type": type_,
            **({} if subject is None else {"subject": subject}),
            **dict(map(_attribute, attribute or ())),
            **({} if data is None else {"data": parse_json(*_text(data, "--data"))}),
        }
    answer = remote.client.send("/events", sent, _MEDIA)
    if not remote.printed(answer):
        remote.begin()
        _tell(answer.one)


def _tell(received: Resource) -> None:
    what = f"Event {received['event-id']} of type {received['event-type']}"
    runs, offers = received["run-ids"], received["offers"]
    if not received["is-new"]:
        render.say(f"{what} was received before; it is not offered again.")
    elif not offers:
        render.say(f"{what} is kept until {render.when(received['expires-at'])}; no run waits now.")
    else:
        render.say(f"{what} is offered to {offers} listen{'s' if offers != 1 else ''}:")
    for run in runs[:_SHOWN]:
        render.say(f"  {render.short(run)}")
    if len(runs) > _SHOWN:
        render.say(f"  and {len(runs) - _SHOWN} more")


def _attribute(given: str) -> tuple[str, str]:
    name, sign, value = given.partition("=")
    if not sign or not name:
        raise Usage(f"--attribute {given[:80]!r} must be NAME=VALUE.")
    return name, value


def _text(given: str, option: str) -> tuple[str, str]:
    """What is given itself, in a file or on stdin, and what to call it."""
    if given == "-":
        return read_text(Path("-")), "stdin"
    if given.startswith("@"):
        return read_text(Path(given[1:])), given[1:]
    return given, option
