"""How Alembic reaches the database: over the connection and transaction of ``migrate.py``."""

from alembic import context

from turnout.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # The caller's transaction holds guards and migrations together.
    transactional_ddl=False,
)
context.run_migrations()
