"""``turnout db``: bring the database to this version's schema, or check that it is there."""

import typer

from turnout.cli import render
from turnout.cli.failure import ExitCode, Failure
from turnout.cli.local import DataDir, local_settings
from turnout.cli.remote import Json, add, examples
from turnout.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The database: upgrade, check.")


@examples("turnout db upgrade", "turnout db upgrade --data-dir /var/lib/turnout")
def upgrade(data_dir: DataDir = None, json: Json = False) -> None:
    """Migrate to this version's schema; `serve` does it by itself."""
    from turnout.storage import migrate
    from turnout.storage.database import connect

    settings = local_settings(data_dir)
    settings.make_data_dir()
    engine = connect(settings.database)
    try:
        before = migrate.check(engine)
        migrate.upgrade(engine)
    finally:
        engine.dispose()
    if json:
        render.as_json({"changed": bool(before), "problems": []})
    else:
        render.say(f"{' '.join(before) or 'The schema is as it must be.'} → ready")


@examples("turnout db check", "turnout db check --json")
def check(data_dir: DataDir = None, json: Json = False) -> None:
    """Check schema and guards; exits 1 when something is not as it must be."""
    problems = _look(local_settings(data_dir))
    if json:
        render.as_json({"problems": problems})
    for problem in () if json else problems:
        render.say(problem)
    if problems:
        raise typer.Exit(int(ExitCode.REFUSED))
    if not json:
        render.say("The schema is as it must be.")


def _look(settings: Settings) -> list[str]:
    from turnout.storage import migrate
    from turnout.storage.database import connect

    # Looking must not make an empty database.
    if not settings.database_url and not (settings.data_dir / "turnout.db").is_file():
        raise Failure(f"There is no database in {settings.data_dir}.")
    engine = connect(settings.database)
    try:
        return migrate.check(engine)
    finally:
        engine.dispose()


add(app, upgrade, check)
