"""eid credentials: a paper's token, or an identity card's code, checked with files alone, and a deck to test verifiers with: no
database, no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

import click

from eid.clock import wall_now
from eid.credentials.deck_folder import write_credential_deck
from eid.credentials.mutants import build_deck, make_key
from eid.credentials.offline_papers import PHOTO
from eid.credentials.offline_verification import check_offline_code, is_offline_code
from eid.credentials.verification import Report, StepResult, check_shown_token, parse_trust, write_report
from eid.randomness import system_rng

LONGEST = 1 << 20

_MARKS = {StepResult.PASSED: "+", StepResult.FAILED: "-", StepResult.NOT_CHECKED: " "}


@click.group()
def credentials() -> None:
    """Check papers that were issued as signed tokens, and make a deck to test verifiers with.

    Example: eid credentials verify token.jwt --trust keys.json
    """


@credentials.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the deck.")
def mutants(out: Path) -> None:
    """Make a deck of mdocs, SD-JWT VCs and status lists that are wrong in one way each, to test a verifier with.

    The deck has an authority of its own. deck.json says when, to whom and in which session all is shown, and of each file at
    which step and with which code it must be refused; what is named good must be accepted. Needs no database.

    Example: eid credentials mutants --out deck
    """
    deck = build_deck(at=wall_now().replace(microsecond=0), make_key=make_key, rng=system_rng())
    write_credential_deck(deck, out)
    broken = sum(each.step is not None for each in deck.mutants)
    click.echo(f"{broken} broken credentials and {len(deck.mutants) - broken} good ones are in {out}.")


@credentials.command()
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"))
@click.option(
    "--trust",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Trusted keys: what /api/v1/keys answers, or any JSON Web Key Set.",
)
@click.option("--audience", help="For whom the token must be; without it, whom it is for is not checked.")
@click.option(
    "--status-list",
    type=click.File(encoding="utf-8", errors="replace"),
    help="A copy of the status list that the token names; without it, its status is not checked.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def verify(
    context: click.Context, file: TextIO, trust: Path, audience: str | None, status_list: TextIO | None, as_json: bool
) -> None:
    """Check a compact token, offline: a paper's, or what the code of an identity card on a screen says; or the text of a QR code
    that begins with EID1:.

    FILE holds the token; - reads standard input. Exits 0 where it holds, else 1.

    Example: curl -s $URL/api/v1/keys > keys.json; eid credentials verify - --trust keys.json --audience clinic < token.jwt
    """
    text, now = file.read(LONGEST).strip(), wall_now()
    trusted = parse_trust(trust.read_text(encoding="utf-8", errors="replace"))
    statuses = status_list.read(LONGEST).strip() if status_list is not None else None
    if is_offline_code(text):
        report = check_offline_code(text, trust=trusted, now=now, status_list=statuses)
    else:
        report = check_shown_token(text, trust=trusted, now=now, expected_audience=audience, status_list=statuses)
    if as_json:
        click.echo(json.dumps(write_report(report), ensure_ascii=False, indent=2))
    else:
        _print_report(report)
    if report.failure is not None:
        click.echo(f"eid: refused at {report.failure.step}: {report.failure.detail}", err=True)
        context.exit(1)


def _print_report(report: Report) -> None:
    for step in report.steps:
        note = step.detail or ("not checked: nothing to check it against" if step.result == "not_checked" else "")
        click.echo(f"{_MARKS[step.result]} {step.step:9} {note}".rstrip())
    if report.paper is not None:
        click.echo(f"verified: {report.paper.paper.title}")
        for name, value in report.paper.content.items():
            if name == PHOTO:
                continue
            click.echo(f"  {name:15} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    if report.card is not None:
        holder = report.card.holder
        click.echo(f"verified: {holder.name}, born {holder.birth_date:%d/%m/%Y}, PIN {holder.pin}")
