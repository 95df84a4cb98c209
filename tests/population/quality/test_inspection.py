"""An audit finds every planted defect and names no healthy row; what was planted, another hand planted."""

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from flask import Flask

from eid.db import db
from eid.errors import Conflict, Malformed
from eid.population import service
from eid.population.loading import load_population
from eid.population.models import MaritalStatus, Relation
from eid.population.quality.inspection import POPULATION_CHECKS, audit_population
from eid.population.quality.rules import Dimension, Stage
from eid.population.spoiling.planting import spoil_register
from tests.population.test_service import FATHER, MOTHER

RULES = [check.rule for check in POPULATION_CHECKS]
QUESTIONS = {check.rule.id: check.find for check in POPULATION_CHECKS}


def find_defects(rule: str) -> list[int]:
    return [defect.id for defect in QUESTIONS[rule]()]


def test_a_generated_register_has_no_defects(app: Flask) -> None:
    load_population(people=5000, seed=8)
    done: list[int] = []
    report = audit_population(progress=done.append)
    assert {finding.rule.id: finding.count for finding in report.findings} == {rule.id: 0 for rule in RULES}
    assert report.people == 5000 == sum(report.people_by_province.values())
    assert report.score() == 100.0
    assert sum(done) == len(RULES)


def test_every_planted_defect_is_found_and_no_healthy_row_is_named(app: Flask) -> None:
    load_population(people=20_000, seed=21)
    planted: dict[str, set[int]] = defaultdict(set)
    for defect in spoil_register(rate=0.01, seed=4):
        planted[defect.rule].add(defect.person_id)
    assert set(planted) == {rule.id for rule in RULES}, "every rule is tried"
    for rule in RULES:
        assert set(find_defects(rule.id)) == planted[rule.id], rule.id
    report = audit_population()
    for finding in report.findings:
        assert finding.count == len(planted[finding.rule.id]) == sum(finding.by_province.values())
        assert 0 < len(finding.examples) <= 5
    assert 99.9 < report.score() < 100
    worst = min(report.people_by_province, key=lambda code: report.score(province=code))
    assert report.score(province=worst) < report.score()
    assert report.score(dimension=Dimension.LIVE, stage=Stage.DEATH) < 100


BY_HAND: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("pin-form", {"pin": "90119000010"}, {}),
    ("pin-form", {"pin": "90119000010x"}, {}),
    ("pin-prefix", {"pin": "903190000101"}, {}),
    ("pin-prefix", {"pin": "100190000101"}, {}),
    ("pin-sex", {"pin": "901090000101"}, {}),
    ("pin-year", {"pin": "901390000101"}, {}),
    ("pin-province", {"birth_province": "79"}, {}),
    ("birth-future", {"birth_date": date(2090, 1, 1), "pin": "901390000101", "marital_status": "single"}, {}),
    ("age-130", {"birth_date": date(1890, 1, 1)}, {}),
    ("death-order", {"died_on": date(2100, 1, 1)}, {}),
    ("mother-age", {}, {"mother_id": 1, "birth_date": date(1991, 1, 1), "pin": "979091000102"}),
    ("father-age", {"father_id": 2}, {}),
    ("parent-sex", {}, {"father_id": 1, "birth_date": date(2010, 1, 1), "pin": "979210000102"}),
    ("spouse-mutual", {"spouse_id": 2}, {}),
    ("spouse-status", {"spouse_id": 2}, {"spouse_id": 1}),
    ("spouse-age", {"birth_date": date(2020, 1, 1), "pin": "901320000101"}, {}),
    ("spouse-dead", {}, {"died_on": date(2026, 1, 1), "spouse_id": 1}),
    ("name-missing", {"surname": "  "}, {}),
    ("origin-missing", {"nationality": ""}, {}),
    ("residence-missing", {"residence_commune": ""}, {}),
    ("mother-unknown", {"mother_id": 77}, {}),
    ("father-unknown", {}, {"father_id": 77}),
    ("spouse-unknown", {"spouse_id": 77}, {}),
    ("name-form", {"middle_name": "Thị  Thu"}, {}),
    ("name-form", {"given_name": "H0a"}, {}),
    ("name-form", {"surname": "Nguyễn "}, {}),
    ("province-impossible", {"residence_province": "02"}, {}),
    ("province-impossible", {"residence_old_province": "79"}, {}),
    ("household-address", {"residence_address": "Số 13, ngõ 5"}, {}),
    ("household-head", {"relation_to_head": Relation.OTHER}, {}),
    ("household-head", {}, {"relation_to_head": Relation.HEAD}),
    ("death-event", {"died_on": date(2026, 1, 2)}, {}),
]


@pytest.mark.parametrize(("rule", "hers", "his"), BY_HAND)
def test_a_defect_made_by_hand_is_found(app: Flask, rule: str, hers: dict[str, Any], his: dict[str, Any]) -> None:
    her = service.record_person(**MOTHER, relation_to_head=Relation.HEAD, marital_status=MaritalStatus.MARRIED)
    him = service.record_person(**FATHER, relation_to_head=Relation.OTHER, marital_status=MaritalStatus.MARRIED)
    db.session.commit()
    assert find_defects(rule) == []
    for person, changes in ((her, hers), (him, his)):
        for name, value in changes.items():
            setattr(person, name, value)
    if rule == "spouse-status":
        her.marital_status = MaritalStatus.DIVORCED
    if rule == "spouse-dead":
        her.spouse_id = him.id
    db.session.commit()
    assert find_defects(rule) != []


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
