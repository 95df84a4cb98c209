"""eid cards read: the public files of a card in a reader, into a folder."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from eid.cards.chip.virtual import VirtualChip
from eid.cards.document import describe_refusal, describe_verification
from eid.cards.folder import read_trust
from eid.cards.inspection.reading import ReadChip, read_chip
from eid.cards.reader import read_chip_contents
from eid.cli.cards.verification import Day, print_verdict
from eid.cli.lazily import load
from eid.cli.progress import file_progress
from eid.cli.writing import check_card_folder, write_public_files
from eid.crypto.apdu import Transmit
from eid.crypto.chip_access import AccessProtocol, CanPassword, MrzPassword, Password, mrz_password_of
from eid.crypto.lds import CARD_ACCESS
from eid.crypto.mrz import parse_mrz
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import ICAO, POLICIES, Policy
from eid.crypto.trust import TrustStore
from eid.errors import Malformed, Unavailable, VerificationFailed
from eid.randomness import system_rng

WAIT_SECONDS = 10.0
_FOLDER = click.Path(path_type=Path, file_okay=False)
_PATH = click.Path(path_type=Path, exists=True)
_ACCESS = {"auto": None, "pace": AccessProtocol.PACE, "bac": AccessProtocol.BAC}


class _ZoneDate(click.ParamType[str]):
    """A date as the machine-readable zone writes it: 1990-03-12 as 900312."""

    name = "DATE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if re.fullmatch(r"[0-9<]{6}", text):
            return text
        try:
            return datetime.strptime(text, "%Y-%m-%d").strftime("%y%m%d")  # noqa: DTZ007
        except ValueError:
            self.fail(f"{text} is neither a date like 1990-03-12 nor one like 900312.", param, ctx)


@click.command()
@click.option("--out", type=_FOLDER, help="Folder for the card's files.")
@click.option("--can", help="Opens the card: its access number, a Vietnamese card's is the last six digits of the PIN.")
@click.option("--mrz", help="Opens the card: its machine-readable zone, all lines one after the other.")
@click.option("--document-number", metavar="TEXT", help="Opens the card, together with the next two.")
@click.option("--birth-date", type=_ZoneDate(), help="As 1990-03-12 or 900312.")
@click.option("--expiry", type=_ZoneDate(), help="The same; 991231 where the card has no end.")
@click.option("--access", type=click.Choice(list(_ACCESS)), default="auto", show_default=True, help="How to open it.")
@click.option("--reader", help="The beginning of the reader's name; without it, the first that holds a card.")
@click.option("--list", "list_only", is_flag=True, help="Only say which readers there are.")
@click.option("--from", "folder", type=_FOLDER, help="Read the virtual card of this folder; needs no reader.")
@click.option("--trust", type=_PATH, help="Verify it at once, the chip's own proofs too; as in eid cards verify.")
@click.option("--policy", type=click.Choice(list(POLICIES)), default=ICAO.name, show_default=True)
@click.option("--at", type=Day(), help="When to judge by: a date, or today.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def read(
    out: Path | None,
    can: str | None,
    mrz: str | None,
    document_number: str | None,
    birth_date: str | None,
    expiry: str | None,
    access: str,
    reader: str | None,
    list_only: bool,
    folder: Path | None,
    trust: Path | None,
    policy: str,
    at: datetime | None,
    as_json: bool,
) -> None:
    """Read the public files of a card in a reader into a folder. What opens the card is asked for if it is not given.

    Only a chip in a reader can prove that it is no copy, so a folder that is verified later lacks that step: --trust does
    both at once.

    Example: eid cards read --out card
    """
    if list_only:
        readers: list[str] = _pcsc("list_readers")()
        click.echo(json.dumps(readers) if as_json else "\n".join(readers) or "There is no card reader.")
        return
    if out is None:
        raise click.UsageError("Missing option '--out'.")
    password = _find_password(can, mrz, (document_number, birth_date, expiry))
    if access == "bac" and isinstance(password, CanPassword):
        raise click.UsageError("BAC opens a card by its machine-readable zone, not by its access number.")
    check_card_folder(out)
    store = read_trust(trust, policy=POLICIES[policy]) if trust is not None else None
    with _card(folder, reader) as (where, transmit), file_progress() as progress:
        found = read_chip(transmit, password, rng=system_rng(), access=_ACCESS[access], on_progress=progress)
    write_public_files(found.files, out)
    verdict, refusal = _verify(found, store, POLICIES[policy], at) if store is not None else (None, None)
    if as_json:
        click.echo(json.dumps(_describe(found, where, out) | {"verification": verdict}, ensure_ascii=False, indent=2))
    else:
        _tell(found, out, verdict)
    if refusal is not None:
        raise refusal


def _verify(
    found: ReadChip, store: TrustStore, policy: Policy, at: datetime | None
) -> tuple[dict[str, object], VerificationFailed | None]:
    """What eid cards verify says of the files, and of what the chip itself proved."""
    try:
        document = verify_document(
            found.files,
            trust_store=store,
            policy=policy,
            at=at,
            chip_answer=found.active_authentication,
            chip_authentication=found.chip_authentication,
            access=found.access,
        )
    except VerificationFailed as refusal:
        return describe_refusal(refusal), refusal
    return describe_verification(document, document.steps), None


def _find_password(can: str | None, mrz: str | None, fields: tuple[str | None, str | None, str | None]) -> Password:
    """What opens the card, asked for at a terminal where nothing was given, so that no shell needs to remember it."""
    if [can is not None, mrz is not None, any(fields)].count(True) > 1:
        raise click.UsageError("Give one of --can, --mrz, or --document-number with --birth-date and --expiry.")
    if mrz is not None:
        return _parse_zone(mrz)
    if any(fields):
        number, birth_date, expiry = fields
        if not (number and birth_date and expiry):
            raise click.UsageError("--document-number, --birth-date and --expiry open a card together.")
        return MrzPassword(number, birth_date, expiry)
    if can is None and not sys.stdin.isatty():
        raise click.UsageError(
            "Say what opens the card: --can, --mrz, or --document-number, --birth-date and --expiry."
        )
    return CanPassword(can if can is not None else click.prompt("Card access number", hide_input=True, err=True))


def _parse_zone(text: str) -> MrzPassword:
    zone = parse_mrz(re.sub(r"\s", "", text).upper())
    wrong = {"document_number", "birth_date", "expiry"} & set(zone.wrong_check_digits)
    if wrong:
        raise Malformed("mrz_check_digit", "A check digit of the machine-readable zone does not fit; look at it again.")
    return mrz_password_of(zone)


@contextmanager
def _card(folder: Path | None, reader: str | None) -> Iterator[tuple[str, Transmit]]:
    """Where the card is, and how to exchange an APDU with it."""
    if folder is not None:
        yield str(folder), VirtualChip(read_chip_contents(folder), rng=system_rng()).transmit
        return
    with _pcsc("card_in_reader")(reader, seconds=WAIT_SECONDS) as found:
        yield found


def _pcsc(name: str) -> Any:
    try:
        return load(f"eid.cli.cards.pcsc:{name}")
    except ModuleNotFoundError as error:
        raise Unavailable(
            "pyscard_missing",
            "Card readers are reached through pyscard: install it with make pcsc or pip install 'eid[pcsc]'.",
        ) from error


def _describe(found: ReadChip, where: str, out: Path) -> dict[str, object]:
    return {
        "reader": where,
        "access": found.access.value,
        "pace": found.pace,
        "files": {
            name: {"bytes": len(content), "sha256": sha256(content).hexdigest()}
            for name, content in sorted(found.files.items())
        },
        "unread": {name: f"{status:04X}" for name, status in sorted(found.unread.items())},
        "out": str(out),
    }


def _tell(found: ReadChip, out: Path, verdict: dict[str, object] | None) -> None:
    for name, status in found.unread.items():
        if name != CARD_ACCESS:
            click.echo(f"{name} is missing: the chip did not give it ({status:04X}).", err=True)
    read = f"{len(found.files)} files, read over {found.access.upper()}, are in {out}"
    if verdict is not None:
        print_verdict(verdict)
        click.echo(f"{read}.")
    else:
        click.echo(f"{read}. Nothing is verified yet: eid cards verify {out} --trust var/trust --at today")
