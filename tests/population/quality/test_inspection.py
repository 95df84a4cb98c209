"""An audit finds every planted defect and names no healthy row; what was planted, another hand planted."""

from collections import Counter, defaultdict

import pytest
from flask import Flask

from eid.cli.population.inspection import CHECKS
from eid.cli.population.spoiling import KINDS
from eid.db import db
from eid.errors import Conflict, Malformed
from eid.population import service
from eid.population.loading import load_population
from eid.population.quality.inspection import audit_population
from eid.population.quality.rules import Dimension, Stage
from eid.population.service import find_people
from eid.population.spoiling.planting import spoil_register
from tests.population.test_service import MOTHER

RULES = [check.rule for check in CHECKS]
PEOPLE = 7000


def test_a_generated_register_has_no_defects(app: Flask) -> None:
    load_population(people=3000, seed=8)
    done: list[int] = []
    report = audit_population(CHECKS, progress=done.append)
    assert {finding.rule.id: finding.count for finding in report.findings} == {rule.id: 0 for rule in RULES}
    assert report.people == 3000 == sum(report.people_by_province.values())
    assert report.score() == 100.0
    assert sum(done) == len(RULES)


def test_every_planted_defect_is_found_and_no_healthy_row_is_named(app: Flask) -> None:
    """Each kind is planted once; `python -m benchmarks.quality` does it with a hundred thousand people."""
    load_population(people=PEOPLE, seed=21)
    defects = spoil_register(rate=(len(KINDS) + 0.5) / PEOPLE, seed=4, kinds=KINDS)
    assert len({defect.kind for defect in defects}) == len(KINDS)
    planted: dict[str, set[int]] = defaultdict(set)
    for defect in defects:
        planted[defect.rule].add(defect.person_id)
    assert set(planted) == {rule.id for rule in RULES}, "every rule is tried"
    found = {check.rule.id: {defect.id for defect in check.find()} for check in CHECKS}
    assert found == planted


def test_a_report_counts_what_is_found_by_rule_and_province(app: Flask) -> None:
    load_population(people=1000, seed=21)
    people = find_people(range(1000, 1020))
    for person in people:
        person.ethnicity = ""
    people[0].given_name = ""
    db.session.commit()
    report = audit_population(CHECKS, examples=3)
    found = {finding.rule.id: finding for finding in report.findings if finding.count}
    assert {rule: finding.count for rule, finding in found.items()} == {
        "name-missing": 1,
        "folded-name": 1,
        "origin-missing": 20,
    }
    assert found["origin-missing"].examples == tuple(person.pin for person in people[:3])
    assert found["origin-missing"].by_province == Counter(sorted(person.residence_province for person in people))
    worst = min(report.people_by_province, key=lambda code: report.score(province=code))
    assert report.score(province=worst) < report.score() < 100
    assert report.score(dimension=Dimension.SUFFICIENT, stage=Stage.BIRTH) < 100 == report.score(stage=Stage.DEATH)


def test_those_who_are_spared_stay_as_they_are(app: Flask) -> None:
    """A card or an account would make other rules of what is planted, and the audit would be wrongly blamed."""
    load_population(people=500, seed=21)
    planted = spoil_register(rate=0.02, seed=4, kinds=[KINDS[0]], spared=range(1000, 1300))
    assert len(planted) == 10
    assert min(defect.person_id for defect in planted) >= 1300


@pytest.mark.parametrize("rate", [0, -0.1, 0.03, float("nan")])
def test_a_rate_that_makes_no_sense_spoils_nothing(app: Flask, rate: float) -> None:
    with pytest.raises(Malformed) as refusal:
        spoil_register(rate=rate, seed=1)
    assert refusal.value.code == "rate_out_of_range"


def test_without_generated_people_there_is_nothing_to_spoil(app: Flask) -> None:
    service.record_person(**MOTHER)
    db.session.commit()
    with pytest.raises(Conflict) as refusal:
        spoil_register(rate=0.01, seed=1)
    assert refusal.value.code == "population_missing"
