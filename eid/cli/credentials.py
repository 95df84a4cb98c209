"""eid credentials: papers in every form, and an identity card's code, checked with files alone, and a deck to test verifiers
with: no database, no network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import click

from eid.clock import wall_now
from eid.credentials.checking import Asked, check_shown
from eid.credentials.deck_folder import write_credential_deck
from eid.credentials.mutants import build_deck, make_key
from eid.credentials.offline_reading import PHOTO
from eid.credentials.reports import Report, StepResult, write_report
from eid.credentials.verifier_trust import parse_trust_files
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
@click.argument("file", type=click.File("rb"))
@click.option(
    "--trust",
    "trusted",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    required=True,
    help="Whom to believe: what /api/v1/keys, /api/v1/trust-list or /api/v1/verifier-pack answers, any JSON Web Key Set, "
    "certificates of issuing authorities (PEM, DER), or a folder of such files.",
)
@click.option(
    "--pin", "pins", multiple=True, help="Thumbprint of a key that must have signed the trust list or the pack."
)
@click.option("--audience", help="For whom it must be; a pack's own, where there is one; else it is not checked.")
@click.option("--nonce", help="In answer to what it must have been shown; without it, whose it is is not checked.")
@click.option("--response-uri", help="Where an mdoc must have been sent to (OpenID4VP).")
@click.option("--doc-type", "type_", help="Of which type it must be: vct, or document type of an mdoc.")
@click.option(
    "--status-list",
    type=click.File("rb"),
    help="A copy of the status list that it names, JWT or CWT; a pack's own, where there is one; else its status is not checked.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def verify(context: click.Context, /, file: BinaryIO, trusted: Sequence[Path], as_json: bool, **terms: Any) -> None:
    """Check whatever was shown, without a network: a paper's compact token, the code of an identity card on a screen, an SD-JWT
    VC with or without key binding, an mdoc as a wallet is given it or shows it, the text of a QR code that begins with EID1:, or
    a status list.

    FILE holds it; - reads standard input. Exits 0 where it holds, else 1.

    Example: curl -s $URL/api/v1/keys > keys.json; eid credentials verify - --trust keys.json --audience clinic < token.jwt
    """
    status_list = terms["status_list"].read(LONGEST) if terms["status_list"] is not None else None
    asked = Asked(terms["audience"], terms["nonce"], terms["response_uri"], terms["type_"], status_list)
    now = wall_now()
    trust = parse_trust_files(_read_files(trusted), now=now, pinned=terms["pins"] or None)
    report = check_shown(file.read(LONGEST), trust=trust, now=now, asked=asked)
    if as_json:
        click.echo(json.dumps(write_report(report), ensure_ascii=False, indent=2))
    else:
        _print_report(report)
    if report.failure is not None:
        click.echo(f"eid: refused at {report.failure.step}: {report.failure.detail}", err=True)
        context.exit(1)


def _read_files(paths: Sequence[Path]) -> list[bytes]:
    """What the files hold, those of a folder by their names; what begins with a dot is not looked at."""
    found = []
    for path in paths:
        inside = sorted(each for each in path.iterdir() if not each.name.startswith(".")) if path.is_dir() else [path]
        found += [each.read_bytes()[: LONGEST * 16] for each in inside if each.is_file()]
    return found


def _print_report(report: Report) -> None:
    for step in report.steps:
        note = step.detail or ("not checked: nothing to check it against" if step.result == "not_checked" else "")
        click.echo(f"{_MARKS[step.result]} {step.step:9} {note}".rstrip())
    if report.paper is not None:
        click.echo(f"verified: {report.paper.paper.title}")
        _print_content({name: each for name, each in report.paper.content.items() if name != PHOTO})
    if report.card is not None:
        holder = report.card.holder
        click.echo(f"verified: {holder.name}, born {holder.birth_date:%d/%m/%Y}, PIN {holder.pin}")
    if report.credential is not None:
        click.echo(f"verified: {report.credential.type}")
        _print_content(report.credential.claims)
    if report.status_list is not None:
        listed = report.status_list
        click.echo(
            f"verified: the status list {listed.uri}, {len(listed.statuses)} places of {listed.statuses.bits} bits"
        )


def _print_content(content: Mapping[str, Any]) -> None:
    for name, value in content.items():
        written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        click.echo(f"  {name:15} {written}")
