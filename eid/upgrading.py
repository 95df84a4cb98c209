"""Bringing a database to this version's schema, by Alembic: for who upgrades, and not loaded by who serves."""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event

from eid.errors import Unavailable
from eid.online import ONLINE, try_again, wait_for_locks_briefly
from eid.revisions import MIGRATIONS


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for the migrations of this project on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Afterwards the schema is the newest, the data kept. On PostgreSQL others may work on meanwhile.

    Raises Unavailable (schema_orphans), or on PostgreSQL what the last of many tries raised.
    """
    if connection.dialect.name == "sqlite":
        _upgrade_sqlite(connection)
    else:
        _upgrade_online(connection)


def _upgrade_online(connection: Connection) -> None:
    """Each migration is committed by itself."""
    config = alembic_config(connection)
    config.attributes[ONLINE] = True
    event.listen(connection, "begin", wait_for_locks_briefly)
    try_again(lambda: command.upgrade(config, "head"), undo=connection.rollback)


def _upgrade_sqlite(connection: Connection) -> None:
    """SQLite alters a table by copying it; meanwhile the rows that refer to it must not count as orphans, so foreign keys are
    checked at the end instead (SQLite, "Making Other Kinds Of Table Schema Changes").
    """
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            command.upgrade(alembic_config(connection), "head")
            if raw.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise Unavailable("schema_orphans", "The database holds rows that refer to nothing.")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")
