"""eid population find: people by number, name, birth date and province."""

from __future__ import annotations

import json
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table

from eid.cli.context import service
from eid.clock import world_today
from eid.db import check_database
from eid.population.finding import FoundPeople, search_people
from eid.population.models import Person
from eid.population.person_query import parse_query
from eid.population.places import find_province

MOST = 100


@click.command()
@click.argument("words", nargs=-1)
@click.option("--born", default="", help="Birth date as dd/mm/yyyy, or the year alone.")
@click.option("--province", default="", help="Where they live: code or name, of today's 34 or the former 63.")
@click.option(
    "--province-on", type=click.DateTime(["%d/%m/%Y"]), help="The day on which the province was called so; else today."
)
@click.option("--living/--dead", "alive", default=None, help="Only the living, or only the dead.")
@click.option("--limit", type=click.IntRange(1, MOST), default=20, help="How many at once; 20 unless told.")
@click.option("--after", type=click.IntRange(1), help="The page that follows this one: the number that it ended with.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def find(
    words: tuple[str, ...],
    born: str,
    province: str,
    province_on: datetime | None,
    alive: bool | None,
    limit: int,
    after: int | None,
    as_json: bool,
) -> None:
    """Find people by a PIN or by words of their name, in any order, with or without accents.

    Example: eid population find nguyen an --born 1990 --province 79
    """
    with service():
        check_database()
        asked = {"name": " ".join(words), "born": born, "province": province}
        day = province_on.date() if province_on else None
        query = parse_query(**asked, province_on=day, alive=alive, today=world_today())
        found = search_people(query, after=after, limit=limit)
        people = [_describe(person) for person in found.people]
    if as_json:
        click.echo(json.dumps({"people": people, "after": found.next_after}, ensure_ascii=False, indent=2))
    else:
        _print_people(people, found)


def _describe(person: Person) -> dict[str, str | None]:
    return {
        "pin": person.pin,
        "name": person.full_name,
        "birth_date": f"{person.birth_date:%d/%m/%Y}",
        "sex": person.sex,
        "province": find_province(person.residence_province, on=world_today()).name,
        "died_on": f"{person.died_on:%d/%m/%Y}" if person.died_on else None,
    }


def _print_people(people: list[dict[str, str | None]], found: FoundPeople) -> None:
    if not people:
        click.echo("Nobody was found.")
        return
    table = Table("PIN", "name", "born", "sex", "lives in", "died")
    for person in people:
        table.add_row(*(value or "" for value in person.values()))
    Console().print(table)
    if found.next_after is not None:
        click.echo(f"There are more: --after {found.next_after}")
