"""eid clock show | advance: the world's clock of the demo."""

from __future__ import annotations

from datetime import timedelta

import click

from eid.accounts.ended_grounds import lock_accounts_of_ended_grounds
from eid.agencies.living import catch_up_agencies
from eid.cards.authority import publish_trust
from eid.cli.context import service
from eid.clock import VIETNAM, advance_world, wall_now, world_now
from eid.config import Settings
from eid.db import check_database
from eid.errors import Refused


@click.group()
def clock() -> None:
    """See and move the world's clock: ages, deadlines, cards, papers. Tokens and sessions stay on wall time.

    Example: eid clock advance --days 30
    """


@clock.command()
def show() -> None:
    """Print the world's time and the wall's.

    Example: eid clock show
    """
    with service():
        _print_times()


@clock.command()
@click.option("--days", type=click.IntRange(min=0), required=True, help="How many days to move forward.")
def advance(days: int) -> None:
    """Move the world forward, for every process of this demo; what becomes due by that is done.

    Example: eid clock advance --days 30
    """
    settings = Settings.from_env()
    if not settings.is_demo:
        raise Refused("demo_only", "The world's clock can be moved in the demo only.")
    with service(settings):
        check_database()
        advance_world(timedelta(days=days))
        catch_up_agencies()
        lock_accounts_of_ended_grounds()
        publish_trust()
        _print_times()


def _print_times() -> None:
    for name, time in (("world", world_now()), ("wall", wall_now())):
        click.echo(f"{name:5}  {time.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}")
