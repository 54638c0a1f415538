"""How Alembic runs our migrations: one transaction, with time limits, and one migrator at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

#: Any number; every migrator of this database takes it.
_ONE_MIGRATOR = 7306


def run() -> None:
    """Run the migrations on the connection given in the configuration, or on its address."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool)
    with engine.connect() as opened:
        _migrate(opened)


def _migrate(connection) -> None:  # type: ignore[no-untyped-def]  # Alembic hands its connection through an untyped mapping
    context.configure(connection=connection, target_metadata=context.config.attributes.get("metadata"), compare_type=True)
    with context.begin_transaction():
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        connection.execute(text("SET LOCAL statement_timeout = '30min'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_MIGRATOR})"))
        context.run_migrations()


run()
