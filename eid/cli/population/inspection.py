"""eid population audit: rule by rule, for people at a terminal or as one JSON document."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table

from eid.cli.context import service
from eid.cli.progress import progress_bar
from eid.db import check_database
from eid.population.inspection import audit_population
from eid.population.quality import RULES, Dimension, QualityReport, Stage


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def audit(as_json: bool) -> None:
    """Say how correct, sufficient, clean and live the register is, rule by rule. Changes nothing.

    Example: eid population audit --json
    """
    with service(), progress_bar("rules", len(RULES)) as progress:
        check_database()
        report = audit_population(progress)
    if as_json:
        click.echo(json.dumps(_document(report), ensure_ascii=False, indent=2))
    else:
        _print_report(report)


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
