"""eid population synthesise | audit | spoil"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from eid.cli.context import service
from eid.config import Settings
from eid.db import check_database
from eid.errors import Refused
from eid.population.export import write_people_csv
from eid.population.inspection import audit_population
from eid.population.quality import RULES, Dimension, QualityReport, Stage
from eid.population.service import load_population
from eid.population.spoiling import spoil_register
from eid.population.synthesis.numbering import MOST_PEOPLE
from eid.population.synthesis.register import MOST_SEED


@click.group()
def population() -> None:
    """Make up a country's people, and see how good their register is.

    Example: eid population synthesise --people 10000 --seed 1
    """


@population.command()
@click.option("--people", type=click.IntRange(1, MOST_PEOPLE), required=True, help="How many people.")
@click.option("--seed", type=click.IntRange(0, MOST_SEED), required=True, help="The same seed gives the same people.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="A .csv file, or - for standard output; else the database."
)
def synthesise(people: int, seed: int, out: Path | None) -> None:
    """Make up people in households, into the database or into a file.

    Example: eid population synthesise --people 10000 --seed 1 --out people.csv
    """
    if out is None:
        with service(), _progress("people", people) as progress:
            check_database()
            load_population(people=people, seed=seed, progress=progress)
        click.echo(f"The register holds {people} people of seed {seed}.")
    elif str(out) == "-":
        with _refusing_what_cannot_be_written(out), click.open_file("-", "w", encoding="utf-8") as file:
            write_people_csv(file, people=people, seed=seed)
    elif out.suffix != ".csv":
        raise click.BadParameter("the file's name must end in .csv", param_hint="--out")
    else:
        with _refusing_what_cannot_be_written(out):
            _write_file(out, people, seed)
        click.echo(f"{out} holds {people} people of seed {seed}.")


@population.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def audit(as_json: bool) -> None:
    """Say how correct, sufficient, clean and live the register is, rule by rule. Changes nothing.

    Example: eid population audit --json
    """
    with service(), _progress("rules", len(RULES)) as progress:
        check_database()
        report = audit_population(progress)
    if as_json:
        click.echo(json.dumps(_document(report), ensure_ascii=False, indent=2))
    else:
        _print_report(report)


@population.command()
@click.option(
    "--rate", type=click.FloatRange(0, 0.02, min_open=True), required=True, help="Share of people, like 0.01."
)
@click.option("--seed", type=click.IntRange(0, MOST_SEED), required=True, help="The same seed spoils the same people.")
@click.option("--json", "as_json", is_flag=True, help="Print what was planted as one JSON document.")
def spoil(rate: float, seed: int, as_json: bool) -> None:
    """Plant known defects of every kind into a generated register, to try an audit on. Cannot be undone; demo only.

    Example: eid population spoil --rate 0.01 --seed 1
    """
    settings = Settings.from_env()
    if not settings.is_demo:
        raise Refused("demo_only", "A register can be spoilt in the demo only.")
    with service(settings):
        check_database()
        planted = spoil_register(rate=rate, seed=seed)
    if as_json:
        click.echo(json.dumps([{"rule": p.rule, "person_id": p.person_id} for p in planted], indent=2))
    else:
        click.echo(f"{len(planted)} defects of {len({p.rule for p in planted})} rules are in the register now.")


def _document(report: QualityReport) -> dict[str, object]:
    return {
        "people": report.people,
        "score": report.score(),
        "dimensions": {dimension: report.score(dimension=dimension) for dimension in Dimension},
        "stages": {stage: report.score(stage=stage) for stage in Stage},
        "provinces": {
            code: {"people": people, "score": report.score(province=code)}
            | {stage: report.score(stage=stage, province=code) for stage in Stage}
            for code, people in report.people_by_province.items()
        },
        "rules": [
            {
                "id": finding.rule.id,
                "dimension": finding.rule.dimension,
                "stage": finding.rule.stage,
                "sentence": finding.rule.sentence,
                "mender": finding.rule.mender,
                "count": finding.count,
                "examples": list(finding.examples),
                "provinces": dict(finding.by_province),
            }
            for finding in report.findings
        ],
    }


def _print_report(report: QualityReport) -> None:
    console = Console()
    scores = "  ".join(f"{dimension} {report.score(dimension=dimension):.3f}" for dimension in Dimension)
    console.print(
        f"{report.people} people, score {report.score():.3f} of 100: {scores}", highlight=False, soft_wrap=True
    )
    broken = [finding for finding in report.findings if finding.count]
    if not broken:
        console.print(f"All {len(report.findings)} rules hold for everybody.", highlight=False)
        return
    table = Table("rule", "what should hold", "broken by", "for example", "mended by")
    table.columns[0].no_wrap = table.columns[3].no_wrap = True
    for finding in sorted(broken, key=lambda f: -f.count):
        rule = finding.rule
        example = finding.examples[0] if finding.examples else ""
        table.add_row(rule.id, rule.sentence, str(finding.count), example, rule.mender)
    console.print(table)


def _write_file(out: Path, people: int, seed: int) -> None:
    """Afterwards the file is there, whole; where the writing is cut off, whatever was there before is untouched."""
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file, _progress("people", people) as progress:
            write_people_csv(file, people=people, seed=seed, progress=progress)
        temporary.chmod(0o644)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _refusing_what_cannot_be_written(out: Path) -> Iterator[None]:
    """A reader who has seen enough is no refusal: click ends quietly then."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Refused("file_not_writable", f"{out} cannot be written: {error.strerror}.") from error


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where that is a terminal; nothing in a pipe."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda more: bar.update(task, advance=more)
