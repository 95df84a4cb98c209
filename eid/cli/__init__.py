"""The `eid` command: each command calls one use case. Exit 0 done, 1 refused, 2 misused."""

from __future__ import annotations

import sys

import click

from eid import __version__
from eid.cli import cards, clock, credentials, database, keys, population, scenarios
from eid.cli.accounts import accounts
from eid.cli.clients import clients
from eid.cli.demo import demo
from eid.cli.serve import serve
from eid.errors import Refusal


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def eid() -> None:
    """A whole synthetic country on this machine: register, cards, accounts, sign-in, papers. A simulation."""


eid.add_command(accounts)
eid.add_command(cards.cards)
eid.add_command(clients)
eid.add_command(clock.clock)
eid.add_command(credentials.credentials)
eid.add_command(database.database)
eid.add_command(population.population)
eid.add_command(scenarios.scenarios)
eid.add_command(demo)
eid.add_command(keys.keys)
eid.add_command(serve)


def main() -> None:
    """Run the command line; a refusal is one line on standard error and exit status 1."""
    try:
        eid(prog_name="eid")
    except Refusal as refusal:
        click.echo(f"eid: {refusal.detail}", err=True)
        sys.exit(1)
