"""One act of an agency as a command: its options, and what is printed of the paper that it changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from eid.cli.context import service
from eid.credentials.service import FoundPaper, find_entitlement
from eid.db import check_database
from eid.errors import NotFound
from eid.late_dataclasses import frozen

OFFICER = "eid agencies"


@frozen
class Act:
    name: str
    paper: str
    """The paper that it changes."""
    summary: str
    """A sentence for the help, without its full stop."""
    example: str
    """What follows the PIN in the example."""
    run: Callable[..., Any]
    """From the PIN, and the options by name, to whatever it returns."""
    options: Sequence[click.Option] = ()
    describe: Callable[[Any], dict[str, Any]] | None = None
    """What is printed, where it is not the paper."""


def option(*names: str, **how: Any) -> click.Option:
    """An option of an act; it must be given unless it has a default."""
    return click.Option(list(names), **{"required": "default" not in how and not how.get("multiple"), **how})


def command_of(act: Act) -> click.Command:
    """`eid agencies act NAME PIN …`."""

    def callback(pin: str, as_json: bool, **options: Any) -> None:
        with service():
            check_database()
            document = _do(act, pin, options)
        _print(document, as_json)

    as_json = click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document.")
    example = f"eid agencies act {act.name} 979085000102 {act.example}".rstrip()
    return click.Command(
        act.name,
        params=[click.Argument(["pin"]), *act.options, as_json],
        callback=callback,
        help=f"{act.summary}.\n\nExample: {example}",
        short_help=act.summary,
    )


def _do(act: Act, pin: str, options: dict[str, Any]) -> dict[str, Any]:
    done = act.run(pin, **options)
    told = act.describe(done) if act.describe else _describe(_find_if_any(pin, act.paper))
    return {"act": act.name, "pin": pin, "paper": act.paper, **told}


def _find_if_any(pin: str, paper: str) -> FoundPaper | None:
    """What the agency has now; nothing where the act ended it."""
    try:
        return find_entitlement(pin, paper)
    except NotFound as refusal:
        if refusal.code != "paper_unknown":
            raise
        return None


def _describe(found: FoundPaper | None) -> dict[str, Any]:
    if found is None:
        return {"state": None, "content": {}}
    return {"state": str(found.state), "content": dict(found.content)}


def _print(document: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    content = document.pop("content")
    for name, value in (*document.items(), *content.items()):
        shown = "; ".join(map(_write, value)) if isinstance(value, list) else _write(value)
        click.echo(f"{name.replace('_', ' '):22}  {shown or '-'}")


def _write(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(_write(each) for each in value.values() if each not in (None, [], ""))
    if isinstance(value, list):
        return ", ".join(map(_write, value))
    return "" if value is None else str(value)
