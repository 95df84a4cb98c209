"""eid population audit: rule by rule, for people at a terminal or as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from eid.accounts.quality import ACCOUNT_CHECKS
from eid.cards.quality import CARD_CHECKS
from eid.cli.context import service
from eid.cli.progress import progress_bar
from eid.clock import world_today
from eid.db import check_database
from eid.population.places import list_provinces
from eid.population.quality.inspection import EXAMPLES, POPULATION_CHECKS, audit_population
from eid.population.quality.questions import Check
from eid.population.quality.report import Finding, QualityReport, describe_report
from eid.population.quality.rules import Dimension, Stage

CHECKS: tuple[Check, ...] = (*POPULATION_CHECKS, *CARD_CHECKS, *ACCOUNT_CHECKS)
"""All rules there are: the register's own, those about cards, those about accounts."""


@click.command()
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only this rule; may be given several times.")
@click.option("--province", "provinces", multiple=True, metavar="CODE", help="Only who lives there, like 79.")
@click.option(
    "--limit", type=click.IntRange(0), default=EXAMPLES, show_default=True, help="How many examples of each rule."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def audit(rules: tuple[str, ...], provinces: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Say how correct, sufficient, clean and live the register is, rule by rule. Changes nothing.

    Example: eid population audit --rule duplicate --province 79 --limit 100
    """
    checks = [check for check in CHECKS if not rules or check.rule.id in rules]
    unknown = sorted({*rules} - {check.rule.id for check in checks})
    if unknown:
        raise click.BadParameter(f"there is no rule {unknown[0]}", param_hint="--rule")
    with service(), progress_bar("rules", len(checks)) as progress:
        check_database()
        known = {province.code for province in list_provinces(world_today())}
        if not known.issuperset(provinces):
            raise click.BadParameter("no province has this code today", param_hint="--province")
        report = audit_population(checks, provinces=provinces, examples=limit, progress=progress)
    if as_json:
        click.echo(json.dumps(describe_report(report), ensure_ascii=False, indent=2))
    else:
        _print_report(report)


def _print_report(report: QualityReport) -> None:
    console = Console()
    scores = "  ".join(f"{dimension} {report.score(dimension=dimension):.3f}" for dimension in Dimension)
    console.print(
        f"{report.people} people, score {report.score():.3f} of 100: {scores}", highlight=False, soft_wrap=True
    )
    broken = sorted((f for f in report.findings if f.count), key=lambda f: -f.count)
    if not broken:
        told = f"All {len(report.findings)} rules hold" if len(report.findings) > 1 else "The rule holds"
        console.print(f"{told} for everybody.", highlight=False)
        return
    console.print(_table_of_rules(broken))
    console.print(_table_of_provinces(report))


def _table_of_rules(broken: Sequence[Finding]) -> Table:
    table = Table("rule", "what should hold", "broken by", "for example", "mended by")
    table.columns[0].no_wrap = table.columns[3].no_wrap = True
    for finding in broken:
        rule = finding.rule
        table.add_row(rule.id, rule.sentence, str(finding.count), "\n".join(finding.examples), rule.mender)
    return table


def _table_of_provinces(report: QualityReport) -> Table:
    """Scores of the provinces where a rule is broken, the worst first, and by stages at which something is wrong."""
    stages = [stage for stage in Stage if report.score(stage=stage) < 100]
    table = Table("province", "people", "score", *stages)
    worst = sorted(report.people_by_province, key=lambda code: report.score(province=code))
    for code in [code for code in worst if report.score(province=code) < 100]:
        by_stage = (f"{report.score(stage=stage, province=code):.3f}" for stage in stages)
        people = str(report.people_by_province[code])
        table.add_row(code, people, f"{report.score(province=code):.3f}", *by_stage)
    return table
