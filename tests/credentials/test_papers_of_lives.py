"""What happens to people reaches the papers that name them, in the transaction of the act."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from eid.clock import wall_now, world_today
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.formats import verify_paper_token
from eid.credentials.service import find_published_keys, issue_paper_token
from eid.credentials.statuses import FEW, follow_entitlements
from eid.db import db
from eid.errors import VerificationFailed
from eid.events import EntitlementsChanged
from eid.population.homes import Address
from eid.population.models import Person, Relation, Sex
from eid.population.places import list_communes
from eid.population.registration import register_marriage, register_move
from tests.credentials.conftest import CLINIC, ISSUER, FetchList, give_every_paper
from tests.people import HOA, record_one


@pytest.fixture
def mate(person: Person) -> Person:
    """Hoa, who lives in Minh's household."""
    hoa = record_one(HOA, household_id=person.household_id, relation_to_head=Relation.OTHER)
    give_every_paper(person.id)
    return hoa


def is_good(token: str, paper: str, fetch_list: FetchList) -> bool:
    try:
        verify_paper_token(
            token,
            paper=CATALOGUE[paper],
            keys=find_published_keys(),
            expected_issuer=ISSUER,
            expected_audience=CLINIC,
            now=wall_now(),
            status_list=fetch_list(f"{ISSUER}/api/v1/status-lists/1"),
        )
    except VerificationFailed as refusal:
        assert (refusal.step, refusal.code) == ("status", "paper_invalid")
        return False
    return True


def issue(person: Person, paper: str) -> str:
    return issue_paper_token(person_id=person.id, paper=paper, audience=CLINIC, subject="s-1").token


def test_a_residence_is_good_until_somebody_moves_out(person: Person, mate: Person, fetch_list: FetchList) -> None:
    residence, status = issue(person, "residence"), issue(person, "civil_status")
    away = Address("48", list_communes("48")[0].name, "Số 1 Đường Thử")
    register_move(mate.pin, moved_on=world_today() - timedelta(days=1), address=away)
    assert not is_good(residence, "residence", fetch_list)
    assert is_good(status, "civil_status", fetch_list)
    assert is_good(issue(person, "residence"), "residence", fetch_list)


def test_a_civil_status_is_good_until_a_marriage(person: Person, mate: Person, fetch_list: FetchList) -> None:
    status, health = issue(person, "civil_status"), issue(person, "health_record")
    assert mate.sex == Sex.FEMALE
    register_marriage(person.pin, mate.pin, married_on=date(2026, 1, 5))
    assert not is_good(status, "civil_status", fetch_list)
    assert is_good(health, "health_record", fetch_list)


@pytest.mark.parametrize("many", [1, FEW + 1])
def test_a_change_of_many_reaches_those_with_tokens(
    person: Person, mate: Person, fetch_list: FetchList, many: int
) -> None:
    token, others = issue(person, "residence"), frozenset(range(10_000, 10_000 + many))
    follow_entitlements(EntitlementsChanged(others, "residence", "valid"))
    assert is_good(token, "residence", fetch_list)
    follow_entitlements(EntitlementsChanged(others | {person.id}, "residence", "valid"))
    db.session.commit()
    assert not is_good(token, "residence", fetch_list)
