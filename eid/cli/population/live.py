"""eid population live: the world's clock moves, and the country lives these days."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import click
from rich.console import Console
from rich.table import Table

from eid.accounts.ended_grounds import lock_accounts_of_ended_grounds
from eid.cards.authority import publish_trust
from eid.cli.context import service
from eid.cli.progress import progress_bar
from eid.clock import world_today
from eid.config import Settings
from eid.db import check_database
from eid.errors import Refused
from eid.population.living.service import live_days
from eid.population.synthesis.register import MOST_SEED

MOST_DAYS = 36_525
"""A hundred years."""


@click.command()
@click.option("--days", type=click.IntRange(1, MOST_DAYS), required=True, help="How many days to move forward.")
@click.option(
    "--seed", type=click.IntRange(0, MOST_SEED), default=1, show_default=True, help="The same seed, the same life."
)
@click.option("--json", "as_json", is_flag=True, help="Print what happened as one JSON document.")
def live(days: int, seed: int, as_json: bool) -> None:
    """Move the world forward and let the country live: births, deaths, weddings, moves, at national rates. Demo only.

    Example: eid population live --days 365
    """
    settings = Settings.from_env()
    if not settings.is_demo:
        raise Refused("demo_only", "The world's clock can be moved in the demo only.")
    events: Counter[str] = Counter()
    first = None
    with service(settings):
        check_database()
        with progress_bar("days", days) as progress:
            for lived in live_days(days, seed=seed):
                lock_accounts_of_ended_grounds()
                events += lived.events
                first = first or lived.first_day
                progress((lived.last_day - lived.first_day + timedelta(days=1)).days)
        publish_trust()
        today = world_today()
    if as_json:
        document = {"first_day": str(first), "last_day": str(today), "events": dict(sorted(events.items()))}
        click.echo(json.dumps(document, indent=2))
        return
    table = Table("what happened", "how often")
    table.columns[1].justify = "right"
    for kind, count in sorted(events.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(kind.replace("_", " "), f"{count:,}")
    console = Console()
    console.print(table)
    console.print(f"It is {today:%d/%m/%Y}.", highlight=False)
