"""What the demo makes is a good register: no rule of the audit is broken, about people, cards or accounts."""

from __future__ import annotations

from flask import Flask
from rich.console import Console

from eid.cards.models import Card
from eid.cli.population.inspection import CHECKS
from eid.config import Settings
from eid.db import db
from eid.demo.prepare import Plan, prepare_demo
from eid.population.quality.inspection import audit_population


def test_a_country_made_by_the_demo_breaks_no_rule(app: Flask, settings: Settings) -> None:
    prepare_demo(settings, Plan(people=300, cohort=3), Console(quiet=True))
    assert db.session.query(Card).count() > 6
    assert {f.rule.id: f.examples for f in audit_population(CHECKS).findings if f.count} == {}
