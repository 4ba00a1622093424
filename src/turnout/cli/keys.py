"""``turnout keys``: create, list and revoke API keys.

They work on the data directory itself, whether or not a server runs; with ``--server`` they ask
that one.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from turnout.cli import render
from turnout.cli.client import Client, find_place
from turnout.cli.failure import Failure
from turnout.cli.local import DataDir, complete, local_settings
from turnout.cli.remote import Json, Key, Server, add, examples, path_part
from turnout.domain import instant, role
from turnout.domain.api_key import ApiKey
from turnout.domain.environment import PRODUCTION
from turnout.settings import Settings

app = typer.Typer(no_args_is_help=True, help="API keys: create, list, revoke.")

Environment = Annotated[
    str | None,
    typer.Option(
        "--environment",
        "-e",
        help="Where the key is good; default production, or with --server that of the key used.",
    ),
]
_MOST = 1_000


@examples(
    "turnout keys create --role operator --name 'Onboarding service'",
    "turnout keys create --environment sandbox --role admin --json",
)
def create(
    environment: Environment = None,
    role: Annotated[
        str, typer.Option(help="viewer, operator, editor, publisher or admin.")
    ] = "admin",
    name: Annotated[str, typer.Option(help="Who holds it.")] = "",
    data_dir: DataDir = None,
    server: Server = None,
    key: Key = None,
    json: Json = False,
) -> None:
    """Create a key; its secret is shown this once."""
    settings = local_settings(data_dir)
    if server is None:
        made = complete(_create(settings, environment or PRODUCTION, role, name))
    else:
        attributes = {"environment": environment, "role": role, "name": name}
        one = _client(settings, server, key).post("/api-keys", attributes).one
        made = {"id": one.id} | {name: one[name] for name in ("key", "environment", "role")}
    if json:
        render.as_json(made)
        return
    render.heading(made["environment"])
    render.say(f"key {made['id']} · {made['role']}")
    render.say(made["key"], "bold")
    render.say("Keep it: it is not stored and cannot be shown again.", "dim")


@examples("turnout keys list", "turnout keys list --environment sandbox --json")
def list_(
    environment: Environment = None,
    data_dir: DataDir = None,
    server: Server = None,
    key: Key = None,
    json: Json = False,
) -> None:
    """List the keys of an environment, revoked ones included."""
    settings = local_settings(data_dir)
    if server is None:
        home = environment or PRODUCTION
        found = complete(_list(settings, home))
    else:
        client = _client(settings, server, key)
        listed = client.every("/api-keys", _MOST, {"environment": environment})
        found = [{"id": each.id, **each.raw["attributes"]} for each in listed]
        # The key that asks is among them: there is a first one.
        home = found[0]["environment"]
    if json:
        render.as_json(found)
        return
    render.heading(home)
    render.table(
        ("key", "role", "name", "created", "revoked"),
        [
            (
                each["id"],
                each["role"],
                each["name"],
                render.when(each["created-at"]),
                render.when(each["revoked-at"]),
            )
            for each in found
        ],
        empty="No keys yet.",
    )


@examples("turnout keys revoke key_01j…")
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The key's id (not its secret).")],
    data_dir: DataDir = None,
    server: Server = None,
    key: Key = None,
    json: Json = False,
) -> None:
    """Revoke a key: whatever is accepted from now on obeys it."""
    settings = local_settings(data_dir)
    if server is None:
        complete(_revoke(settings, id_))
    else:
        _client(settings, server, key).delete(f"/api-keys/{path_part(id_)}")
    if json:
        render.as_json({"id": id_, "revoked": True})
    else:
        render.say(f"{id_}: good → revoked")


def _client(settings: Settings, server: str, key: str | None) -> Client:
    return Client(find_place(settings, server, key))


async def _create(settings: Settings, environment: str, word: str, name: str) -> dict[str, Any]:
    from turnout import bootstrap
    from turnout.use_cases.create_api_key import create_api_key

    wanted = role.parse(word)
    async with bootstrap.at_rest(settings) as turnout:
        made = await create_api_key(
            turnout.ports, None, environment=environment, role=wanted, name=name
        )
    return {
        "id": made.key.id,
        "key": made.secret,
        "environment": made.environment.name,
        "role": made.key.role.word,
    }


async def _list(settings: Settings, environment: str) -> list[dict[str, Any]]:
    from turnout import bootstrap
    from turnout.use_cases.ports import Page, Transaction

    def load(tx: Transaction) -> list[ApiKey]:
        home = tx.environments.named(environment)
        if home is None:
            known = ", ".join(each.name for each in tx.environments.all())
            raise Failure(f"There is no environment {environment!r}; there are {known}.")
        return list(tx.api_keys.list(home.id, Page(_MOST)).items)

    async with bootstrap.at_rest(_existing(settings)) as turnout:
        return [_shown(each) for each in await turnout.ports.store.read(load)]


async def _revoke(settings: Settings, id_: str) -> None:
    from turnout import bootstrap
    from turnout.use_cases.revoke_api_key import revoke_api_key

    async with bootstrap.at_rest(_existing(settings)) as turnout:
        await revoke_api_key(turnout.ports, None, id_)


def _existing(settings: Settings) -> Settings:
    """Refuse a data directory that is none yet, rather than make an empty one to look into."""
    if not Path(settings.data_dir).is_dir():
        raise Failure(f"There is no data directory {settings.data_dir}; say where with --data-dir.")
    return settings


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "role": key.role.word,
        "name": key.name,
        "created-at": instant.iso(key.created_at),
        "revoked-at": None if key.revoked_at is None else instant.iso(key.revoked_at),
    }


add(app, create, list_, revoke)
