"""Newcomers of load scenarios: as many as were asked for can activate an account, run after run."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.clock import world_now
from eid.config import Settings
from eid.db import db
from eid.demo.cohort import derive_member
from eid.demo.newcomers import prepare_newcomers
from eid.population.loading import load_population
from eid.population.service import find_adults


def prepare(settings: Settings, size: int) -> list[str]:
    """The PINs of those who are prepared."""
    prepare_newcomers(size, seed=7, state_dir=settings.state_dir, advance=lambda: None)
    return [row["pin"] for row in json.loads((settings.state_dir / "newcomers.json").read_text())]


def test_who_has_activated_is_replaced_and_who_is_late_may_still_activate(app: Flask, settings: Settings) -> None:
    load_population(people=60, seed=7)
    first = prepare(settings, 3)
    assert len(set(first)) == 3
    activated, late, _ = db.session.scalars(select(Account).order_by(Account.person_id.desc()))
    activated.state, activated.activated_at = AccountState.ACTIVE, world_now()
    late.activate_by = world_now() - timedelta(days=1)
    db.session.commit()
    (settings.state_dir / "newcomers.played").write_text(first[0])
    second = prepare(settings, 3)
    assert second[:2] == first[1:]
    assert len(set(first + second)) == 4
    assert not (settings.state_dir / "newcomers.played").exists()
    assert late.activate_by > world_now()
    assert all((settings.state_dir / "cards" / pin / "EF_SOD.bin").exists() for pin in second)


def test_what_somebody_knows_comes_from_the_seed_and_the_pin(app: Flask, tmp_path: Path) -> None:
    """Whoever has the seed can play the people of any service that has it."""
    load_population(people=12, seed=7)
    [person] = find_adults(1)
    first, again, other = (derive_member(person, number=0, seed=seed, cards=tmp_path) for seed in (7, 7, 8))
    assert first == again
    assert (first.pin, first.name) == (person.pin, person.full_name)
    secrets = [{member.password, member.passcode, member.totp_secret} for member in (first, other)]
    assert not secrets[0] & secrets[1]


def test_a_small_register_has_as_many_as_it_has(app: Flask, settings: Settings) -> None:
    load_population(people=12, seed=7)
    assert 0 < len(prepare(settings, 12)) < 12
