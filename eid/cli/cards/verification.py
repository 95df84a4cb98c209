"""eid cards verify: a chip's files judged without database or network."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from eid.cards.document import describe_refusal, describe_verification
from eid.cards.folder import read_chip_folder, read_trust
from eid.cli.lazily import load
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import ICAO, POLICIES, Demand, Policy
from eid.crypto.trust import TrustStore
from eid.errors import Malformed, VerificationFailed

_COLOURS = {"passed": "green", "failed": "bold red", "not_checked": "dim", "known_deviation": "yellow"}
_FOLDER = click.Path(path_type=Path, file_okay=False)
_PATH = click.Path(path_type=Path, exists=True)


class Day(click.ParamType[datetime]):
    """A date, or `today` in the world of this service; the time is that day's last second in UTC."""

    name = "DATE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            day = _find_today() if value == "today" else datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            self.fail(f"{value} is neither a date like 2026-11-22 nor the word today.", param, ctx)
        return datetime.combine(day, time(23, 59, 59), UTC)


def _find_today() -> date:
    """Only this asks for the service's settings."""
    day: date = load("eid.cli.cards.world:find_world_day")()
    return day


@click.command()
@click.argument("directory", type=_FOLDER)
@click.option(
    "--trust",
    type=_PATH,
    required=True,
    help="CSCA and link certificates (DER, PEM), CRLs, master and deviation lists: a file or folder.",
)
@click.option("--policy", type=click.Choice(list(POLICIES)), default=ICAO.name, show_default=True)
@click.option("--crl", type=_PATH, help="One more revocation list.")
@click.option("--require-crl", is_flag=True, help="Refuse where there is no revocation list of the signer's CSCA.")
@click.option("--at", type=Day(), help="When to judge by: a date, or today. Without it, nothing is judged by now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def verify(
    directory: Path,
    trust: Path,
    policy: str,
    crl: Path | None,
    require_crl: bool,
    at: datetime | None,
    as_json: bool,
) -> None:
    """Verify a chip's files: structure, digests, signatures, chain, profiles, consistency. Needs no database.

    DIRECTORY holds the files under any of their usual names: EF_SOD.bin, EF.SOD, sod.bin, DG1.bin, …

    Example: eid cards verify var/cards/901190000101 --trust var/trust --at today
    """
    chosen = POLICIES[policy].demanding(*([Demand.REVOCATION_LIST] if require_crl else []))
    files, store = read_chip_folder(directory), _read_trust(trust, POLICIES[policy])
    if crl is not None:
        store = store.extended(_read_trust(crl, POLICIES[policy]))
    verdict, refusal = _judge(files, store, chosen, at)
    if as_json:
        click.echo(json.dumps(verdict, ensure_ascii=False, indent=2))
    else:
        print_verdict(verdict)
    if refusal is not None:
        raise refusal


def _read_trust(path: Path, policy: Policy) -> TrustStore:
    """As read_trust; of hundreds of files, the refusal says which."""
    try:
        return read_trust(path, policy=policy)
    except Malformed as refusal:
        raise Malformed(refusal.code, f"{refusal.detail} ({refusal.reason})") from refusal


def _judge(
    files: dict[str, bytes], store: TrustStore, policy: Policy, at: datetime | None
) -> tuple[dict[str, object], VerificationFailed | None]:
    try:
        document = verify_document(files, trust_store=store, policy=policy, at=at)
    except VerificationFailed as refusal:
        return describe_refusal(refusal), refusal
    return describe_verification(document, document.steps), None


def print_verdict(verdict: dict[str, object]) -> None:
    """A line a step, and the verdict."""
    table = Table(box=None, pad_edge=False)
    for column in ("step", "result", "code", "detail"):
        table.add_column(column, no_wrap=column != "detail")
    for step in verdict["steps"]:  # type: ignore[attr-defined]
        colour = _COLOURS[step["result"]]
        table.add_row(step["step"], f"[{colour}]{step['result']}[/]", step["code"] or "", step["detail"])
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(table)
    console.print(f"[bold]{verdict['verdict']}[/]")
