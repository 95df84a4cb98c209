"""eid agencies list | act ACT PIN …: what the agencies hold about somebody, changed as they would change it."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table

from eid.cli.agencies.act import Act, command_of
from eid.cli.agencies.health import ACTS as HEALTH
from eid.cli.agencies.insurance import ACTS as INSURANCE
from eid.cli.agencies.police import ACTS as POLICE
from eid.cli.agencies.taxes import ACTS as TAXES
from eid.cli.agencies.traffic import ACTS as TRAFFIC

ACTS: tuple[Act, ...] = (*INSURANCE, *TRAFFIC, *TAXES, *HEALTH, *POLICE)
"""Every act that the command line knows, by agency."""


@click.group()
def agencies() -> None:
    """Let the agencies act: points, insurance, vehicles, health books, criminal records.

    Papers that were issued before lose their status in the same moment.

    Example: eid agencies act deduct-points 979085000102 --points 2 --decision QD-77
    """


@agencies.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_acts(as_json: bool) -> None:
    """Print the acts that there are, the paper that each changes, and the options that it takes.

    Example: eid agencies list --json
    """
    found = [
        {
            "act": act.name,
            "paper": act.paper,
            "what": act.summary,
            "options": [option.opts[0] for option in act.options],
        }
        for act in ACTS
    ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table("act", "paper", "what it does", "options")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for each in found:
        table.add_row(each["act"], each["paper"], each["what"], " ".join(each["options"]))  # type: ignore[arg-type]
    Console().print(table)


@agencies.group()
def act() -> None:
    """Do one of these for the bearer of a PIN, and print what the paper says then.

    Example: eid agencies act renew-insurance 979085000102
    """


for each in ACTS:
    act.add_command(command_of(each))
