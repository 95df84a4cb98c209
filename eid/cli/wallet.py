"""eid wallet receive | list | show | present: a wallet in a folder, to try issuers and verifiers with."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from cryptography import x509

from eid.errors import Malformed
from eid.wallet.calling import open_calls
from eid.wallet.folder import Kept, WalletFolder
from eid.wallet.held import describe, list_claims
from eid.wallet.presenting import Chosen, Question, choose, read_question, send_answer, send_refusal
from eid.wallet.receiving import COPIES, read_offer, take_offer

FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/wallet"),
    show_default=True,
    help="Where the wallet keeps credentials and their keys.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


@click.group()
def wallet() -> None:
    """Take credentials into a wallet, and show them. It serves for trials: its keys lie in files.

    Example: eid wallet receive 'openid-credential-offer://?credential_offer_uri=…'
    """


@wallet.command()
@click.argument("offer")
@click.option("--tx-code", default="", help="The code that came by another way; asked for where one is needed.")
@click.option("--copies", type=click.IntRange(1, 16), default=COPIES, show_default=True, help="Of each credential.")
@FOLDER
@JSON
def receive(offer: str, tx_code: str, copies: int, folder: Path, as_json: bool) -> None:
    """Take what an issuer offers by a link or a QR code.

    Example: eid wallet receive 'openid-credential-offer://?credential_offer_uri=…' --tx-code 123456
    """
    calls = open_calls()
    found = read_offer(offer, calls)
    if found.asks_for_text and not tx_code:
        tx_code = click.prompt(found.asks_for_text, err=True)
    names = [WalletFolder(folder).add(each) for each in take_offer(found, calls, tx_code=tx_code, copies=copies)]
    if as_json:
        click.echo(json.dumps({"issuer": found.issuer, "received": names}))
        return
    click.echo(f"from {found.issuer}:")
    for name in names:
        click.echo(f"+ {name}")


@wallet.command("list")
@FOLDER
@JSON
def list_held(folder: Path, as_json: bool) -> None:
    """What the wallet holds.

    Example: eid wallet list
    """
    found = [_summarise(kept) for kept in WalletFolder(folder).list_kept()]
    if as_json:
        click.echo(json.dumps(found))
        return
    for each in found:
        click.echo(f"{each['name']:32}  {each['format']:10}  shown {each['times_shown']}  {each['type']}")
    if not found:
        click.echo("The wallet is empty.", err=True)


@wallet.command()
@click.argument("name")
@FOLDER
@JSON
def show(name: str, folder: Path, as_json: bool) -> None:
    """All that one credential says; nobody is shown anything.

    Example: eid wallet show driving_licence_sd_jwt-1
    """
    kept = WalletFolder(folder).find(name)
    claims = dict(list_claims(describe(kept.held)))
    if as_json:
        click.echo(json.dumps(_summarise(kept) | {"claims": claims}, ensure_ascii=False))
        return
    _print_claims(claims)


@wallet.command()
@click.argument("request_uri")
@click.option("--yes", is_flag=True, help="Show it without asking.")
@click.option("--deny", is_flag=True, help="Say no to the verifier.")
@click.option("--trust", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Verifiers' roots, PEM.")
@FOLDER
@JSON
def present(request_uri: str, yes: bool, deny: bool, trust: Path | None, folder: Path, as_json: bool) -> None:
    """Show a verifier what it asks for, once you have seen what that is.

    Example: eid wallet present 'openid4vp://authorize?client_id=…&request_uri=…'
    """
    calls, wallet_folder = open_calls(), WalletFolder(folder)
    question = read_question(request_uri, calls, roots=_read_roots(trust))
    if deny:
        _tell({"shown": [], "denied": True, "redirect_uri": send_refusal(question, calls)}, as_json=as_json)
        return
    chosen = choose(question, wallet_folder.list_kept())
    _print_question(question, chosen)
    if not yes and not click.confirm("Show this?", err=True):
        send_refusal(question, calls)
        sys.exit(1)
    leads_to = send_answer(question, chosen, calls)
    for each in chosen:
        wallet_folder.mark_shown(each.kept)
    shown = [{"name": each.kept.name, "claims": sorted(each.claims)} for each in chosen]
    _tell({"shown": shown, "denied": False, "redirect_uri": leads_to}, as_json=as_json)


def _summarise(kept: Kept) -> dict[str, Any]:
    held = kept.held
    return {
        "name": kept.name,
        "format": held.format,
        "type": describe(held).type,
        "issuer": held.issuer,
        "times_shown": kept.times_shown,
    }


def _print_question(question: Question, chosen: list[Chosen]) -> None:
    """On standard error: it is talk, and no result."""
    asked = question.asked
    known = "known" if question.is_known else "not checked against any root"
    click.echo(f"{asked.verifier or asked.client_id} asks: {asked.purpose}", err=True)
    click.echo(f"  certificate: {question.certificate or 'none'} ({known})", err=True)
    for each in chosen:
        click.echo(f"  from {each.kept.name}:", err=True)
        _print_claims(each.claims, err=True)


def _print_claims(claims: Any, *, err: bool = False) -> None:
    for name, value in claims.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        click.echo(f"  {name:24}  {text[:100]}", err=err)


def _tell(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    click.echo("nothing was shown" if result["denied"] else "shown, and accepted")
    if result["redirect_uri"]:
        click.echo(f"go on at {result['redirect_uri']}")


def _read_roots(path: Path | None) -> list[x509.Certificate]:
    if path is None:
        return []
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as error:
        raise Malformed("trust_malformed", "The trust file holds no certificates in PEM.") from error
