"""Asks the questions of all checks and reports what was found. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import func, select

from eid.db import db
from eid.population.quality.births import BIRTH_CHECKS
from eid.population.quality.deaths import DEATH_CHECKS
from eid.population.quality.duplicates import DUPLICATE_CHECKS
from eid.population.quality.events import EVENT_CHECKS
from eid.population.quality.marriages import MARRIAGE_CHECKS
from eid.population.quality.names import NAME_CHECKS
from eid.population.quality.numbers import NUMBER_CHECKS
from eid.population.quality.questions import Check, P
from eid.population.quality.report import Finding, QualityReport
from eid.population.quality.residence import RESIDENCE_CHECKS
from eid.population.quality.surnames import SURNAME_CHECKS

EXAMPLES = 5

POPULATION_CHECKS: tuple[Check, ...] = (
    *NUMBER_CHECKS,
    *DUPLICATE_CHECKS,
    *NAME_CHECKS,
    *BIRTH_CHECKS,
    *SURNAME_CHECKS,
    *MARRIAGE_CHECKS,
    *RESIDENCE_CHECKS,
    *DEATH_CHECKS,
    *EVENT_CHECKS,
)
"""All that the register's own tables can answer."""


def audit_population(
    checks: Iterable[Check] = POPULATION_CHECKS,
    *,
    provinces: Sequence[str] = (),
    examples: int = EXAMPLES,
    progress: Callable[[int], None] | None = None,
) -> QualityReport:
    """What breaks each rule today: how often, where, and a few examples; in these provinces, or everywhere.

    `progress` is told when a rule is done.
    """
    counted = select(P.residence_province, func.count()).group_by(P.residence_province).order_by(P.residence_province)
    by_province = {row[0]: row[1] for row in db.session.execute(counted) if not provinces or row[0] in provinces}
    findings = []
    for check in checks:
        findings.append(_finding(check, provinces, examples))
        if progress is not None:
            progress(1)
    return QualityReport(sum(by_province.values()), by_province, tuple(findings))


def _finding(check: Check, provinces: Sequence[str], limit: int) -> Finding:
    by_province: Counter[str] = Counter()
    examples: list[str] = []
    for defect in check.find():
        if provinces and defect.province not in provinces:
            continue
        by_province[defect.province] += 1
        if len(examples) < limit:
            examples.append(defect.name)
    return Finding(check.rule, by_province.total(), tuple(examples), dict(sorted(by_province.items())))
