"""eid notices deliver | status: what services are to be told of logouts and of what happens to accounts."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from eid.cli.context import service
from eid.clock import wall_now
from eid.db import check_database
from eid.oauth.notices.courier import Courier
from eid.oauth.notices.delivery import deliver_due
from eid.oauth.notices.outbox import find_notices_standing
from eid.oauth.notices.posting import post_to_client


@click.group()
def notices() -> None:
    """Deliver what services are to be told, and see what waits.

    Example: eid notices status
    """


@notices.command()
@click.option("--once", "mode", flag_value="once", help="Send what is due, and end.")
@click.option("--watch", "mode", flag_value="watch", help="Send every second until interrupted.")
def deliver(mode: str | None) -> None:
    """Send what is due. The service does it too; any number may, and each notice is sent by one at a time.

    Example: eid notices deliver --watch
    """
    if mode is None:
        raise click.UsageError("Say --once or --watch.")
    with service() as app:
        check_database()
        if mode == "watch":
            Courier(app.app_context).run()
            return
        tries = 0
        while tried := deliver_due(post_to_client):
            tries += tried
        click.echo(f"Sent {tries} notices.")


@notices.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def status(as_json: bool) -> None:
    """Print how many notices of the last week wait, are held for services to fetch, arrived, or were given up.

    Example: eid notices status --json
    """
    with service():
        check_database()
        standing, now = find_notices_standing(), wall_now()
    oldest = standing.oldest_waiting_at
    if as_json:
        described = asdict(standing) | {"oldest_waiting_at": oldest.isoformat() if oldest else None}
        click.echo(json.dumps(described))
        return
    waits = f", the oldest for {(now - oldest).total_seconds():.0f} s" if oldest else ""
    click.echo(f"waiting    {standing.waiting}{waits}")
    click.echo(f"held       {standing.held}")
    click.echo(f"delivered  {standing.delivered}")
    click.echo(f"given up   {standing.given_up}")
