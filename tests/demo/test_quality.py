"""What the demo makes is a good register: no rule of the audit is broken, about people, cards or accounts."""

from __future__ import annotations

from flask import Flask
from rich.console import Console

from eid.accounts.spoiling import find_holders
from eid.cards.models import Card
from eid.cli.population.inspection import CHECKS
from eid.cli.population.spoiling import KINDS
from eid.config import Settings
from eid.db import db
from eid.demo.people import prepare_cohort
from eid.demo.prepare import Plan, prepare_demo
from eid.population.loading import load_population
from eid.population.quality.inspection import audit_population
from eid.population.spoiling.planting import spoil_register


def test_a_country_made_by_the_demo_breaks_no_rule(app: Flask, settings: Settings) -> None:
    prepare_demo(settings, Plan(people=300, cohort=3, newcomers=2), Console(quiet=True))
    assert db.session.query(Card).count() > 6
    assert {f.rule.id: f.examples for f in audit_population(CHECKS).findings if f.count} == {}


def test_who_has_a_card_or_an_account_is_spared_when_the_register_is_spoilt(app: Flask, settings: Settings) -> None:
    """What would be planted into them would break rules about their cards too, which nobody planted."""
    load_population(people=300, seed=2026)
    prepare_cohort(10, seed=2026, state_dir=settings.state_dir, advance=lambda: None)
    holders = find_holders()
    assert len(holders) == 10
    planted = spoil_register(rate=0.02, seed=1, kinds=KINDS, spared=holders)
    assert len(planted) >= 6
    assert holders.isdisjoint(defect.person_id for defect in planted)
    found = {(check.rule.id, defect.id) for check in CHECKS for defect in check.find()}
    assert found == {(defect.rule, defect.person_id) for defect in planted}
