"""The `eid` command: each command calls one use case. Exit 0 done, 1 refused, 2 misused."""

from __future__ import annotations

import sys

import click

from eid import __version__
from eid.cli.lazily import Lazy, LazyGroup
from eid.errors import Refusal

COMMANDS = {
    "accounts": Lazy(
        "eid.cli.accounts:accounts",
        "Open, lock, unlock and close accounts, see where one stands, and appoint officers.",
    ),
    "agencies": Lazy(
        "eid.cli.agencies:agencies",
        "Let the agencies act: points, insurance, vehicles, health books, criminal records.",
    ),
    "audit": Lazy("eid.cli.audit:audit", "Seal the audit log, and see that nothing of it was altered."),
    "cards": Lazy("eid.cli.cards:cards", "Issue chip cards, and verify the chips of any country."),
    "clients": Lazy("eid.cli.clients:clients", "Register a relying service, and see which there are."),
    "clock": Lazy(
        "eid.cli.clock:clock",
        "See and move the world's clock: ages, deadlines, cards, papers.",
    ),
    "credentials": Lazy(
        "eid.cli.credentials:credentials",
        "Check papers that were issued as signed tokens, and make a deck to test verifiers with.",
    ),
    "db": Lazy("eid.cli.database:database", "Bring the database to this version, or see whether it is."),
    "demo": Lazy("eid.cli.demo:demo", "Make a demo ready and serve it."),
    "keys": Lazy(
        "eid.cli.keys:keys", "See the service's keys, make those that are missing, and turn them into new ones."
    ),
    "notices": Lazy("eid.cli.notices:notices", "Deliver what services are to be told, and see what waits."),
    "population": Lazy(
        "eid.cli.population:population", "Make up a country's people, and see how good their register is."
    ),
    "scenarios": Lazy(
        "eid.cli.scenarios:scenarios",
        "Load scenarios: people sign in, present cards and fetch papers, many at a time, over real HTTP.",
    ),
    "serve": Lazy("eid.cli.serve:serve", "Serve with the settings of the environment (EID_*)."),
    "wallet": Lazy("eid.cli.wallet:wallet", "Take credentials into a wallet, and show them."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def eid() -> None:
    """A whole synthetic country on this machine: register, cards, accounts, sign-in, papers. A simulation."""


def main() -> None:
    """Run the command line; a refusal is one line on standard error and exit status 1."""
    try:
        eid(prog_name="eid")
    except Refusal as refusal:
        click.echo(f"eid: {refusal.detail}", err=True)
        sys.exit(1)
