"""Papers issued as tokens, on real databases: what they say, whom they are refused, and how their status follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.accounts.closing import close_account
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import CloseReason
from eid.agencies.service import deduct_licence_points
from eid.audit import AuditEntry
from eid.clock import wall_now
from eid.credentials.catalogue import CATALOGUE, DRIVING_LICENCE, HEALTH_INSURANCE
from eid.credentials.formats import VerifiedPaper, verify_paper_token
from eid.credentials.models import IssuedPaper
from eid.credentials.service import (
    find_claims,
    find_paper,
    find_paper_scopes,
    find_papers,
    find_published_keys,
    issue_paper_token,
    issue_shown_paper,
)
from eid.crypto.status_list import VerifiedStatusList
from eid.db import db
from eid.errors import Conflict, NotFound, VerificationFailed
from eid.events import AccountLocked, post_event
from eid.population.models import Person
from eid.population.registration import register_death
from tests.credentials.conftest import CLINIC, ISSUER, OF_GROWN_UPS, FetchList, give_every_paper
from tests.people import record_account_of


def issue(person: Person, paper: str = "driving_licence") -> str:
    return issue_paper_token(person_id=person.id, paper=paper, audience=CLINIC, subject="s-1").token


def verify(token: str, paper: str = "driving_licence", status_list: VerifiedStatusList | None = None) -> VerifiedPaper:
    return verify_paper_token(
        token,
        paper=CATALOGUE[paper],
        keys=find_published_keys(),
        expected_issuer=ISSUER,
        expected_audience=CLINIC,
        now=wall_now(),
        status_list=status_list,
    )


def test_a_token_says_what_the_agency_says_for_one_audience_for_five_minutes(person: Person) -> None:
    issued = issue_paper_token(person_id=person.id, paper="health_insurance", audience=CLINIC, subject="s-1")
    verified = verify(issued.token, "health_insurance")
    assert (verified.subject, verified.audience) == ("s-1", CLINIC)
    assert verified.content["name"] == "Trần Văn Minh"
    assert verified.content["birthdate"] == "1985-11-02"
    assert verified.content["card_code"] == f"DN479{verified.content['number']}"
    assert verified.content["fund_share"] == 80
    assert timedelta(minutes=4, seconds=55) < issued.expires_at - wall_now() <= timedelta(minutes=5)


def test_every_paper_says_only_what_its_catalogue_entry_lists(person: Person) -> None:
    give_every_paper(person.id)
    for name in OF_GROWN_UPS:
        paper = CATALOGUE[name]
        content = verify(issue(person, name), name).content
        assert set(content) <= {attribute.name for attribute in paper.attributes}
        assert "pin" not in content
        told = find_claims(name, person.id)
        assert told is not None
        assert {said: value for said, value in told.items() if said in paper.whole} == content


def test_what_was_issued_is_recorded_without_what_it_says(person: Person) -> None:
    issue(person)
    row = db.session.scalars(select(IssuedPaper)).one()
    assert (row.person_id, row.paper, row.audience) == (person.id, "driving_licence", CLINIC)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "issue_paper_token")).one()
    names = [attribute.name for attribute in CATALOGUE["driving_licence"].attributes]
    assert (entry.actor_kind, entry.actor) == ("client", CLINIC)
    assert entry.details == {"paper": "driving_licence", "attributes": names, "purpose": ""}


def test_tokens_share_nothing_that_would_link_them_but_the_list(person: Person) -> None:
    tokens = [verify(issue(person)) for _ in range(20)]
    places = [token.status.index for token in tokens]
    assert len(set(places)) == 20
    assert places != sorted(places)
    assert len({token.status.uri for token in tokens}) == 1


def test_an_unknown_paper_a_person_without_it_and_nobody_are_refused(person: Person, app: Flask) -> None:
    with pytest.raises(NotFound) as unknown:
        issue_paper_token(person_id=person.id, paper="passport", audience=CLINIC, subject="s")
    assert unknown.value.code == "paper_kind_unknown"
    with pytest.raises(NotFound) as without:
        issue_paper_token(person_id=999, paper="wallet", audience=CLINIC, subject="s")
    assert without.value.code == "person_unknown"
    with pytest.raises(NotFound) as unlinked:
        issue_paper_token(person_id=person.id, paper="wallet", audience=CLINIC, subject="s")
    assert unlinked.value.code == "paper_unknown"
    assert db.session.scalars(select(IssuedPaper)).all() == []


def test_nothing_is_issued_for_the_dead(person: Person) -> None:
    give_every_paper(person.id)
    register_death(person.pin, died_on=date(2026, 1, 2))
    for paper in OF_GROWN_UPS:
        with pytest.raises(Conflict) as refusal:
            issue(person, paper)
        assert refusal.value.code in ("person_dead", "paper_ended")
    assert find_claims("health_insurance", person.id) is None


def test_a_lapsed_insurance_is_no_paper(person: Person, app: Flask) -> None:
    with time_machine.travel(wall_now() + timedelta(days=1)):
        db.session.execute(db.text("UPDATE health_insurances SET valid_to = '2026-01-01', valid_from = '2025-01-01'"))
        db.session.commit()
        with pytest.raises(Conflict) as refusal:
            issue(person, "health_insurance")
    assert refusal.value.code == "paper_ended"
    assert find_claims("health_insurance", person.id) is None
    assert [found.state for found in find_papers(person.id)] == ["invalid", "valid"]


def test_a_point_lost_makes_older_tokens_invalid_and_newer_ones_true(person: Person, fetch_list: FetchList) -> None:
    before = verify(issue(person))
    assert before.content["points"] == 12
    deduct_licence_points(person.pin, 2, decision="QĐ-1")
    after_token = issue(person)
    listed = fetch_list(before.status.uri)
    assert listed.statuses.find_status(before.status.index) == 1
    after = verify(after_token, status_list=listed)
    assert after.content["points"] == 10


def test_a_licence_without_points_is_suspended_in_old_tokens_and_new(person: Person, fetch_list: FetchList) -> None:
    before = issue(person)
    deduct_licence_points(person.pin, 12, decision="QĐ-1")
    after = issue(person)
    assert verify(after).content["licence_status"] == "suspended"
    assert verify(after).content["may_drive"] is False
    for token in (before, after):
        with pytest.raises(VerificationFailed) as refusal:
            verify(token, status_list=fetch_list(verify(token).status.uri))
        assert (refusal.value.step, refusal.value.code) == ("status", "paper_suspended")


def test_one_paper_that_changes_leaves_the_other_alone(person: Person, fetch_list: FetchList) -> None:
    insurance = issue(person, "health_insurance")
    issue(person)
    deduct_licence_points(person.pin, 12, decision="QĐ-1")
    verify(insurance, "health_insurance", fetch_list(verify(insurance, "health_insurance").status.uri))


def test_a_death_ends_every_token_of_the_person(person: Person, fetch_list: FetchList) -> None:
    give_every_paper(person.id)
    tokens = {paper: issue(person, paper) for paper in OF_GROWN_UPS}
    register_death(person.pin, died_on=date(2026, 1, 2))
    for paper, token in tokens.items():
        with pytest.raises(VerificationFailed) as refusal:
            verify(token, paper, fetch_list(verify(token, paper).status.uri))
        assert refusal.value.code == "paper_invalid"


def test_a_locked_account_suspends_papers_and_nothing_makes_them_better(person: Person, fetch_list: FetchList) -> None:
    token = issue(person)
    post_event(AccountLocked(account_id=1, person_id=person.id, reason="holder"))
    db.session.commit()
    status = verify(token).status
    assert fetch_list(status.uri).statuses.find_status(status.index) == 2
    deduct_licence_points(person.pin, 2, decision="QĐ-1")
    assert fetch_list(status.uri).statuses.find_status(status.index) == 1
    post_event(AccountLocked(account_id=1, person_id=person.id, reason="holder"))
    db.session.commit()
    assert fetch_list(status.uri).statuses.find_status(status.index) == 1


def test_an_expired_token_keeps_the_status_that_it_had(person: Person, fetch_list: FetchList) -> None:
    status = verify(issue(person)).status
    with time_machine.travel(wall_now() + timedelta(minutes=6)):
        deduct_licence_points(person.pin, 2, decision="QĐ-1")
        assert fetch_list(status.uri).statuses.find_status(status.index) == 0


def test_a_paper_is_found_with_its_state_and_time(person: Person) -> None:
    found = find_paper(person.id, "driving_licence")
    assert (found.paper, found.state, found.record.points) == (DRIVING_LICENCE, "valid", 12)
    assert found.updated_at.tzinfo is not None
    assert [each.paper for each in find_papers(person.id)] == [HEALTH_INSURANCE, DRIVING_LICENCE]


def test_somebody_without_papers_has_an_empty_wallet(person: Person, app: Flask) -> None:
    for table in ("licence_points_entries", "driving_licences", "health_insurances"):
        db.session.execute(db.text(f"DELETE FROM {table}"))
    db.session.commit()
    assert find_papers(person.id) == []
    assert find_claims("health_insurance", person.id) is None
    with pytest.raises(NotFound) as refusal:
        find_paper(person.id, "health_insurance")
    assert refusal.value.code == "paper_unknown"


def test_each_paper_is_a_scope_with_plain_words_and_one_claim(person: Person) -> None:
    scopes: dict[str, Any] = {scope.name: scope for scope in find_paper_scopes()}
    assert list(scopes) == list(CATALOGUE)
    assert scopes["driving_licence"].claims == ("driving_licence",)
    assert scopes["driving_licence"].find_claims(person.id)["points"] == 12
    assert "Points" in [attribute.title for attribute in scopes["driving_licence"].attributes]


def test_an_account_of_level_1_shows_no_paper(person: Person) -> None:
    """Decree 69/2024, article 9: level 1 shows who its holder is; papers need level 2."""
    account = record_account_of(person.id, level=AccountLevel.ONE)
    db.session.commit()
    assert find_papers(person.id) == []
    assert find_claims("health_insurance", person.id) is None
    for act in (lambda: issue(person), lambda: issue_shown_paper(person.id, "health_insurance")):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "account_level"
        db.session.rollback()
    account.level = AccountLevel.TWO
    db.session.commit()
    assert len(find_papers(person.id)) == 2
    assert verify(issue(person)).content["points"] == 12


def test_a_closed_account_ends_every_token_of_the_person(person: Person, fetch_list: FetchList) -> None:
    account = record_account_of(person.id)
    db.session.commit()
    token = issue(person)
    close_account(account.id, CloseReason.HOLDER)
    with pytest.raises(VerificationFailed) as refusal:
        verify(token, status_list=fetch_list(verify(token).status.uri))
    assert refusal.value.code == "paper_invalid"
