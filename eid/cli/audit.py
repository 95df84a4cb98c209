"""eid audit seal | status | verify | prove | check | drop: the audit log, its seals, and its end after five years."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from eid.audit_seal.encoding import FIRST_PREVIOUS
from eid.audit_seal.examination import LogReport, count_batches, examine_log
from eid.audit_seal.proofs import build_proof, verify_proof
from eid.audit_seal.retention import drop_entries, keeps_since
from eid.audit_seal.sealer import Sealer
from eid.audit_seal.sealing import find_standing, seal_entries
from eid.cli.context import service
from eid.cli.progress import progress_bar
from eid.clock import VIETNAM, wall_now, world_now
from eid.db import check_database
from eid.errors import Malformed, VerificationFailed

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
day = click.DateTime(["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """Seal the audit log, and see that nothing of it was altered.

    Example: eid audit verify
    """


@audit.command()
@click.option("--once", "mode", flag_value="once", help="Seal what there is, and end.")
@click.option("--watch", "mode", flag_value="watch", help="Seal every second until interrupted.")
def seal(mode: str | None) -> None:
    """Seal what was done since the last batch. Any number of sealers may run: one seals at a time.

    Example: eid audit seal --watch
    """
    if mode is None:
        raise click.UsageError("Say --once or --watch.")
    with service() as app:
        check_database()
        if mode == "watch":
            Sealer(app.app_context).run()
        else:
            click.echo(f"Sealed {seal_entries()} entries.")


@audit.command()
@as_json
def status(as_json: bool) -> None:
    """Print how far the log is sealed: batches, the newest chained root, and what still waits.

    Example: eid audit status --json
    """
    with service():
        check_database()
        standing, now = find_standing(), wall_now()
    oldest = standing.oldest_unsealed_at
    lag = max(timedelta(0), now - oldest).total_seconds() if oldest else 0.0
    root = standing.chained_root.hex()
    if as_json:
        lines = {"batches": standing.batches, "root": root, "unsealed": standing.unsealed, "lag_seconds": round(lag, 1)}
        click.echo(json.dumps(lines))
        return
    click.echo(f"batches   {standing.batches}")
    click.echo(f"root      {root}")
    click.echo(f"unsealed  {standing.unsealed}, the oldest for {lag:.0f} s" if oldest else "unsealed  0")


@audit.command()
@click.option("--from", "since", type=day, help="Only batches with acts on this day or later.")
@click.option("--until", type=day, help="Only batches with acts before this day.")
@click.option("--expect", metavar="ROOT", help="A chained root that was kept elsewhere, and must be in the chain.")
@as_json
def verify(since: datetime | None, until: datetime | None, expect: str | None, as_json: bool) -> None:
    """Check the log: its batches, their chain and signatures, and each entry in them. Exit 1 if anything is wrong.

    Example: eid audit verify --expect 5f1c…
    """
    expected = _parse_root(expect) if expect is not None else None
    with service():
        check_database()
        with progress_bar("batches", count_batches()) as report_progress:
            report = examine_log(
                since=_at_midnight(since) if since else None,
                until=_at_midnight(until) if until else None,
                expected_root=expected,
                keeps_since=keeps_since(world_now()),
                report_progress=report_progress,
            )
    click.echo(json.dumps(_describe(report))) if as_json else _print_report(report)
    if report.fault_count:
        raise VerificationFailed("audit", "audit_faults", f"The audit log has {report.fault_count} faults.")


@audit.command()
@click.argument("entry", type=click.IntRange(min=1))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file for the proof.")
def prove(entry: int, out: Path | None) -> None:
    """Print the proof that an entry was sealed, which anybody can check with the published audit key.

    Example: eid audit prove 17 --out proof.json
    """
    with service():
        check_database()
        proof = json.dumps(build_proof(entry), indent=2)
    if out is None:
        click.echo(proof)
    else:
        out.write_text(proof + "\n")


@audit.command()
@click.argument("proof", type=click.File())
@click.option(
    "--trust",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The audit keys as published at /audit/roots, in a file.",
)
@as_json
def check(proof: Any, trust: Path, as_json: bool) -> None:
    """Check a proof against published keys; needs nothing of the service.

    Example: eid audit check proof.json --trust roots.json
    """
    verified = verify_proof(_read_json(proof.read()), keys=_read_keys(trust))
    if as_json:
        click.echo(json.dumps({"verdict": "verified", "entry": verified.entry, "batch": verified.head}))
        return
    entry = verified.entry
    click.echo(f"Entry {entry.get('id')} ({entry.get('act')}, {entry.get('at')}) was sealed", nl=False)
    click.echo(f" in batch {verified.head.get('number')} at {verified.head.get('sealed_at')}.")


@audit.command()
@click.option("--before", required=True, type=day, help="The first day that is kept.")
def drop(before: datetime) -> None:
    """Drop the entries of batches that ended before a day, at least five years ago; their roots stay.

    Example: eid audit drop --before 2021-01-01
    """
    with service():
        check_database()
        with progress_bar("batches", count_batches()) as report_progress:
            dropped = drop_entries(before=_at_midnight(before), now=world_now(), report_progress=report_progress)
    click.echo(f"Dropped {dropped.entries} entries of {dropped.batches} batches; their roots stay.")


def _describe(report: LogReport) -> dict[str, Any]:
    described = asdict(report) | {"chained_root": report.chained_root.hex()}
    faults = [asdict(fault) | {"detail": fault.detail} for fault in report.faults]
    return {"verdict": "faulty" if report.fault_count else "verified"} | described | {"faults": faults}


def _print_report(report: LogReport) -> None:
    for fault in report.faults:
        place = "" if fault.batch is None else f"  batch {fault.batch}"
        of_what = (
            "" if fault.entry is None else f", {'place' if fault.code == 'entry_missing' else 'entry'} {fault.entry}"
        )
        click.echo(f"{fault.code:20}{place}{of_what}: {fault.detail}")
    dropped = f" ({report.dropped_batches} with their entries dropped)" if report.dropped_batches else ""
    click.echo(f"{report.batches} batches{dropped}, {report.entries} entries, {report.unsealed} not sealed yet.")
    if report.chained_root != FIRST_PREVIOUS:
        click.echo(f"root {report.chained_root.hex()}")


def _at_midnight(written: datetime) -> datetime:
    """The beginning of that day in Vietnam."""
    return written.replace(tzinfo=VIETNAM).astimezone(UTC)


def _parse_root(written: str) -> bytes:
    try:
        root = bytes.fromhex(written)
    except ValueError:
        root = b""
    if len(root) != 32:
        raise click.BadParameter("a root is 64 hexadecimal digits.", param_hint="--expect")
    return root


def _read_json(written: str) -> Any:
    try:
        return json.loads(written)
    except ValueError as error:
        raise Malformed("proof_malformed", "This is no JSON.", reason=str(error)) from error


def _read_keys(path: Path) -> list[dict[str, Any]]:
    document = _read_json(path.read_text())
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Malformed("keys_malformed", "The file holds no keys; save what /audit/roots says.")
    return keys
