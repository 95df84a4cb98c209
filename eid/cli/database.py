"""eid db upgrade | check | tidy | partitions"""

from __future__ import annotations

import json

import click

from eid.audit_seal.partitions import AHEAD, drop_partitions, ensure_partitions
from eid.cli.context import service
from eid.cli.progress import counter
from eid.clock import world_now
from eid.db import check_database, upgrade_schema
from eid.retention.tidying import tidy as delete_ended_rows


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


@database.command()
@click.option("--dry-run", is_flag=True, help="Count what would be deleted, and delete nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def tidy(dry_run: bool, as_json: bool) -> None:
    """Delete rows that have ended and were kept for long enough, page by page; interrupted, it goes on the next time.

    `eid serve` does so by itself; another server needs this every hour. docs/operations.md says what is kept for how long.

    Example: eid db tidy --dry-run
    """
    with service():
        check_database()
        with counter("rows") as report_progress:
            tidied = delete_ended_rows(dry_run=dry_run, report_progress=report_progress)
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, "is_whole": tidied.is_whole, "rows": tidied.rows}))
        return
    for name, rows in tidied.rows.items():
        if rows:
            click.echo(f"{name:24} {rows:12,}")
    verb = "would go" if dry_run else "are gone"
    click.echo(f"{tidied.total:,} rows {verb}.")
    if not tidied.is_whole:
        click.echo("Another process deletes at this moment, and goes on.")


@database.group()
def partitions() -> None:
    """Months of the history, on PostgreSQL: made ahead, and dropped after five years. Daily; docs/operations.md says why.

    Example: eid db partitions ensure && eid db partitions drop
    """


@partitions.command()
@click.option("--ahead", type=click.IntRange(0, 120), default=AHEAD, show_default=True, help="Months beyond this one.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
def ensure(ahead: int, dry_run: bool) -> None:
    """Make the partitions of this month and the next ones.

    Example: eid db partitions ensure --dry-run
    """
    with service():
        made = ensure_partitions(now=world_now(), ahead=ahead, dry_run=dry_run)
    for name in made:
        click.echo(f"{'Would make' if dry_run else 'Made'} {name}.")
    if not made:
        click.echo("There is nothing to make.")


@partitions.command()
@click.option("--dry-run", is_flag=True, help="Say what would be dropped, and drop nothing.")
def drop(dry_run: bool) -> None:
    """Drop the months whose history is all older than five years; the sealed heads of their batches stay.

    Example: eid db partitions drop --dry-run
    """
    with service():
        found = drop_partitions(now=world_now(), dry_run=dry_run)
    for name in found.dropped:
        click.echo(f"{'Would drop' if dry_run else 'Dropped'} {name}.")
    for kept in found.kept:
        click.echo(f"Kept {kept.name}: {kept.reason}.")
    if not found.dropped:
        click.echo("There is nothing to drop.")
