"""Migration 0036: who had insurance and licence in their account without asking has added them, and nobody else."""

from __future__ import annotations

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import select

from eid import online
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.models import Account
from eid.agencies.service import record_driving_licence, record_health_insurance
from eid.credentials.models import PaperAddition
from eid.credentials.service import find_papers
from eid.db import db, upgrade_schema
from eid.upgrading import alembic_config
from tests.people import MINH, record_account_of, record_one
from tests.turns import both_engines

pytestmark = both_engines

BEFORE = "0035_retention"


def record_holder(number: int, **account: object) -> None:
    """Somebody insured and licensed with such an account."""
    record_one(MINH, person_id=number, pin=f"9790850002{number:02}")
    record_health_insurance(number)
    record_driving_licence(number)
    if account:
        record_account_of(number, phone=f"01000002{number:02}", **account)


def take_back() -> None:
    db.session.remove()
    with db.engine.begin() as connection:
        command.downgrade(alembic_config(connection), BEFORE)


def find_added() -> set[tuple[int, str]]:
    rows = db.session.execute(select(PaperAddition.person_id, PaperAddition.paper)).all()
    db.session.remove()
    return {(person_id, paper) for person_id, paper in rows}


def test_who_had_them_in_the_account_has_added_them(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "ROWS_AT_ONCE", 2)
    active = {"state": AccountState.ACTIVE}
    record_holder(11, **active)
    record_holder(12, level=AccountLevel.ONE)
    record_holder(13, state=AccountState.APPROVED, password=None, passcode=None, totp_secret=None)
    record_holder(14, state=AccountState.LOCKED, lock_reasons=[LockReason.HOLDER])
    record_holder(15, state=AccountState.CLOSED)
    record_holder(16)
    record_one(MINH, person_id=17, pin="979085000217")
    record_account_of(17, phone="0100000217")
    record_holder(18, **active)
    db.session.commit()
    take_back()
    for _ in range(2):
        upgrade_schema()
        both = ("health_insurance", "driving_licence")
        assert find_added() == {(number, paper) for number in (11, 14, 18) for paper in both}
        assert [found.paper.name for found in find_papers(11)] == ["health_insurance", "driving_licence"]
        times = select(PaperAddition.answered_at, Account.activated_at).join(
            Account, Account.person_id == PaperAddition.person_id
        )
        assert all(answered == activated for answered, activated in db.session.execute(times))
        take_back()
        assert find_added() == set()
    upgrade_schema()


def test_what_was_asked_for_of_other_papers_stays_as_it_is(app: Flask) -> None:
    record_holder(11, state=AccountState.ACTIVE)
    now = db.session.scalars(select(Account.approved_at)).one()
    db.session.add(PaperAddition(person_id=11, paper="vehicle", asked_at=now, answered_at=now, differs="number"))
    db.session.commit()
    take_back()
    upgrade_schema()
    kept = db.session.get_one(PaperAddition, (11, "vehicle"))
    assert (kept.answered_at, kept.differs) == (now, "number")
