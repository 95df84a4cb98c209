"""eid db upgrade | check"""

from __future__ import annotations

import click

from eid.cli.context import service
from eid.db import check_database, upgrade_schema


@click.group("db")
def database() -> None:
    """Bring the database to this version, or see whether it is.

    Example: EID_DATABASE_URL=postgresql://eid@db.example/eid eid db upgrade
    """


@database.command()
def upgrade() -> None:
    """Bring the schema to this version; the data are kept.

    Example: eid db upgrade
    """
    with service():
        upgrade_schema()
    click.echo("The database has the schema of this version.")


@database.command()
def check() -> None:
    """Say whether the database answers and has the schema of this version.

    Example: eid db check
    """
    with service():
        check_database()
    click.echo("The database answers and has the schema of this version.")
