"""What an audit found, and the scores that follow from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from eid.late_dataclasses import frozen
from eid.population.quality.rules import Dimension, Rule, Stage


@frozen
class Finding:
    """What breaks one rule."""

    rule: Rule
    count: int
    examples: tuple[str, ...]
    """PINs of a few; of a rule about households, their numbers."""
    by_province: Mapping[str, int]
    """By code of the province of residence."""


@frozen
class QualityReport:
    people: int
    people_by_province: Mapping[str, int]
    findings: tuple[Finding, ...]

    def score(
        self, *, dimension: Dimension | None = None, stage: Stage | None = None, province: str | None = None
    ) -> float:
        """From 0 to 100: of the rules asked about, how many of a hundred people, on average, obey each."""
        asked = [f for f in self.findings if dimension in (None, f.rule.dimension) and stage in (None, f.rule.stage)]
        people = self.people if province is None else self.people_by_province.get(province, 0)
        if not asked or not people:
            return 100.0
        defects = sum(f.count if province is None else f.by_province.get(province, 0) for f in asked)
        return max(0.0, 100.0 * (1 - defects / (people * len(asked))))


def describe_report(report: QualityReport) -> dict[str, object]:
    """The report as a JSON document: scores by dimension, stage and province, and every rule with what breaks it."""
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
        "rules": [_describe_finding(finding) for finding in report.findings],
    }


def _describe_finding(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.rule.id,
        "dimension": finding.rule.dimension,
        "stage": finding.rule.stage,
        "sentence": finding.rule.sentence,
        "mender": finding.rule.mender,
        "count": finding.count,
        "examples": list(finding.examples),
        "provinces": dict(finding.by_province),
    }
