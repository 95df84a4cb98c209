"""eid credentials verify: a paper's token checked with files alone, no database and no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

import click

from eid.clock import wall_now
from eid.credentials.verification import Report, StepResult, check_paper_token, parse_trust, write_report

LONGEST = 1 << 20

_MARKS = {StepResult.PASSED: "+", StepResult.FAILED: "-", StepResult.NOT_CHECKED: " "}


@click.group()
def credentials() -> None:
    """Check papers that were issued as signed tokens.

    Example: eid credentials verify token.jwt --trust keys.json
    """


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
    """Check a compact paper token, offline. FILE holds the token; - reads standard input. Exits 0 where it holds, else 1.

    Example: curl -s $URL/api/v1/keys > keys.json; eid credentials verify - --trust keys.json --audience clinic < token.jwt
    """
    report = check_paper_token(
        file.read(LONGEST).strip(),
        trust=parse_trust(trust.read_text(encoding="utf-8", errors="replace")),
        now=wall_now(),
        expected_audience=audience,
        status_list=status_list.read(LONGEST).strip() if status_list is not None else None,
    )
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
            click.echo(f"  {name:15} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
