"""Foreigners with residence: an account by passport and residence card, locked the day after one of them ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from eid.accounts import registration
from eid.accounts.ended_grounds import lock_accounts_of_ended_grounds
from eid.accounts.foreign_papers import GivenPapers, find_foreign_paper, have_papers_ended
from eid.accounts.foreigners import (
    PresentedPassport,
    ask_for_foreigners_account_at_desk,
    enter_papers_at_desk,
)
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.locking import record_expiry
from eid.accounts.request_models import RequestKind
from eid.accounts.service import find_account
from eid.accounts.wards import ask_for_wards_account_at_desk
from eid.cards.service import issue_card
from eid.clock import wall_now, world_today
from eid.config import Settings
from eid.crypto.totp import build_code
from eid.db import db
from eid.errors import Refusal
from eid.population.models import Person, Sex
from eid.population.registration import register_death
from tests.accounts.conftest import last_two_texts, texted_code, world_later
from tests.people import ANSWERS, MINH, PASSCODE, PASSWORD, record_account_of, record_one
from tests.representation import approve, count_acts, open_look_up, record_approver, record_child

ANNA = MINH | {
    "person_id": 30,
    "pin": "998190000301",
    "surname": "SAMPLE",
    "middle_name": "",
    "given_name": "ANNA",
    "birth_date": date(1990, 4, 2),
    "sex": Sex.FEMALE,
    "nationality": "AUS",
    "birth_country": "AUS",
}
ANNAS_PHONE = "0100000301"


@pytest.fixture
def officer(app: Flask) -> int:
    return record_approver()


@pytest.fixture
def anna(app: Flask) -> Person:
    person = record_one(ANNA)
    db.session.commit()
    return person


@pytest.fixture
def papers(app: Flask) -> GivenPapers:
    until = world_today() + timedelta(days=40)
    return GivenPapers("pa1234567", until + timedelta(days=400), "temporary", "TR0000301", until)


@pytest.fixture
def holder(anna: Person, papers: GivenPapers, officer: int) -> Person:
    """Anna has an account that was activated."""
    look_up = open_look_up(anna, officer)
    enter_papers_at_desk(look_up, papers, officer=officer)
    approve(ask_for_foreigners_account_at_desk(look_up, phone=ANNAS_PHONE, level="2", officer=officer), officer)
    account = find_account(anna.id)
    account.state, account.activated_at = AccountState.ACTIVE, account.approved_at
    db.session.commit()
    return anna


def refusal(act: object, *args: object, **named: object) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **named)  # type: ignore[operator]
    db.session.rollback()
    return refused.value.code


def test_a_foreigner_with_residence_asks_at_the_desk_and_gets_an_account(
    anna: Person, papers: GivenPapers, officer: int
) -> None:
    """Decree 69/2024, article 7."""
    look_up = open_look_up(anna, officer)
    asked = {"phone": ANNAS_PHONE, "level": "2", "officer": officer}
    assert refusal(ask_for_foreigners_account_at_desk, look_up, **asked) == "residence_missing"
    enter_papers_at_desk(look_up, papers, officer=officer)
    request = ask_for_foreigners_account_at_desk(look_up, **asked)
    assert (request.kind, request.person_id, request.officer_id) == (RequestKind.ACCOUNT_FOREIGNER, anna.id, officer)
    assert refusal(ask_for_foreigners_account_at_desk, look_up, **asked) == "request_open"
    approve(request, officer)
    opened = find_account(anna.id)
    assert (opened.state, opened.level, opened.phone) == (AccountState.APPROVED, AccountLevel.TWO, ANNAS_PHONE)
    account_opened, decided = last_two_texts(ANNAS_PHONE)
    assert "ANNA" in account_opened
    assert "da duoc phe duyet" in decided
    assert refusal(ask_for_foreigners_account_at_desk, look_up, **asked) == "account_exists"


def test_papers_that_are_none_are_refused(anna: Person, papers: GivenPapers, officer: int) -> None:
    look_up, yesterday = open_look_up(anna, officer), world_today() - timedelta(days=1)
    for changes, code in (
        ({"passport": "12"}, "paper_number"),
        ({"passport": "A" * 21}, "paper_number"),
        ({"residence_card": "TR-1 <b>"}, "paper_number"),
        ({"residence_kind": "visit"}, "residence_kind"),
        ({"passport_until": yesterday}, "residence_missing"),
        ({"residence_until": yesterday}, "residence_missing"),
    ):
        assert refusal(enter_papers_at_desk, look_up, replace(papers, **changes), officer=officer) == code
    assert find_foreign_paper(anna.id) is None
    enter_papers_at_desk(look_up, papers, officer=officer)
    asked = {"officer": officer, "level": "2"}
    assert refusal(ask_for_foreigners_account_at_desk, look_up, phone="123", **asked) == "phone_malformed"
    asked["level"] = "two"
    assert refusal(ask_for_foreigners_account_at_desk, look_up, phone=ANNAS_PHONE, **asked) == "account_level"
    assert count_acts("open_request") == 0


def test_a_citizen_and_the_dead_have_no_foreigners_papers(anna: Person, papers: GivenPapers, officer: int) -> None:
    citizen = open_look_up(record_one(), officer)
    assert refusal(enter_papers_at_desk, citizen, papers, officer=officer) == "person_citizen"
    look_up = open_look_up(anna, officer)
    register_death(anna.pin, died_on=world_today())
    assert refusal(enter_papers_at_desk, look_up, papers, officer=officer) == "person_dead"


def test_an_approval_that_comes_after_the_last_day_is_refused(
    anna: Person, papers: GivenPapers, officer: int, settings: Settings
) -> None:
    look_up = open_look_up(anna, officer)
    enter_papers_at_desk(look_up, papers, officer=officer)
    request = ask_for_foreigners_account_at_desk(look_up, phone=ANNAS_PHONE, level="1", officer=officer)
    with world_later(settings, 41):
        assert refusal(approve, request, officer) == "residence_missing"


@pytest.mark.parametrize("ends", ["passport_until", "residence_until"])
def test_the_account_locks_on_the_day_after_either_paper_ends_and_unlocks_with_new_ones(
    holder: Person, papers: GivenPapers, officer: int, settings: Settings, ends: str
) -> None:
    """Decree 69/2024, article 15."""
    last = world_today() + timedelta(days=20)
    enter_papers_at_desk(open_look_up(holder, officer), replace(papers, **{ends: last}), officer=officer)
    with world_later(settings, 20):
        lock_accounts_of_ended_grounds()
        assert find_account(holder.id).state == AccountState.ACTIVE
    with world_later(settings, 21):
        assert have_papers_ended(holder.id)
        assert lock_accounts_of_ended_grounds() == 1
        assert lock_accounts_of_ended_grounds() == 0
        assert find_account(holder.id).lock_reasons == {LockReason.RESIDENCE}
        renewed = replace(papers, passport_until=last + timedelta(days=90), residence_until=last + timedelta(days=90))
        enter_papers_at_desk(open_look_up(holder, officer), renewed, officer=officer)
        assert find_account(holder.id).state == AccountState.ACTIVE


def test_signing_in_after_the_last_day_locks_at_the_latest(holder: Person, settings: Settings) -> None:
    with world_later(settings, 41):
        assert record_expiry(find_account(holder.id))
        assert find_account(holder.id).state == AccountState.LOCKED
        db.session.commit()


def test_a_citizen_whose_old_papers_have_ended_is_not_locked(holder: Person, settings: Settings) -> None:
    holder.nationality = "VNM"
    db.session.commit()
    with world_later(settings, 41):
        assert lock_accounts_of_ended_grounds() == 0
        assert not have_papers_ended(holder.id)


def test_the_first_identity_card_of_a_new_citizen_unlocks_what_the_papers_locked(
    holder: Person, settings: Settings
) -> None:
    with world_later(settings, 41):
        lock_accounts_of_ended_grounds()
        holder.nationality = "VNM"
        db.session.commit()
        issue_card(holder.pin)
        assert find_account(holder.id).state == AccountState.ACTIVE


def test_a_passport_takes_the_cards_place_at_activation_and_its_guesses_are_counted(
    anna: Person, papers: GivenPapers, officer: int
) -> None:
    """Decree 69/2024, article 14; foreigners have no identity card."""
    look_up = open_look_up(anna, officer)
    enter_papers_at_desk(look_up, papers, officer=officer)
    approve(ask_for_foreigners_account_at_desk(look_up, phone=ANNAS_PHONE, level="2", officer=officer), officer)
    token = registration.begin_activation(anna.pin, ANNAS_PHONE)
    registration.confirm_phone(token, texted_code(ANNAS_PHONE))
    registration.choose_password(token, PASSWORD)
    registration.choose_passcode(token, PASSCODE)
    registration.choose_questions(token, ANSWERS)
    progress = registration.find_progress(token)
    assert progress is not None and progress.totp_secret is not None
    registration.confirm_authenticator(token, build_code(progress.totp_secret, now=wall_now()))
    wrong = [refusal(registration.activate_account, token, PresentedPassport(f"PA{number}")) for number in range(6)]
    assert wrong == ["passport_wrong"] * 5 + ["too_many_tries"]
    assert find_account(anna.id).state == AccountState.APPROVED


def test_the_right_passport_activates(anna: Person, papers: GivenPapers, officer: int) -> None:
    look_up = open_look_up(anna, officer)
    enter_papers_at_desk(look_up, papers, officer=officer)
    approve(ask_for_foreigners_account_at_desk(look_up, phone=ANNAS_PHONE, level="2", officer=officer), officer)
    token = registration.begin_activation(anna.pin, ANNAS_PHONE)
    registration.confirm_phone(token, texted_code(ANNAS_PHONE))
    registration.choose_password(token, PASSWORD)
    registration.choose_passcode(token, PASSCODE)
    registration.choose_questions(token, ANSWERS)
    progress = registration.find_progress(token)
    assert progress is not None and progress.totp_secret is not None
    registration.confirm_authenticator(token, build_code(progress.totp_secret, now=wall_now()))
    registration.activate_account(token, PresentedPassport("pa 1234567"))
    assert find_account(anna.id).state == AccountState.ACTIVE


def test_a_passport_activates_no_citizens_account(anna: Person, papers: GivenPapers, officer: int) -> None:
    enter_papers_at_desk(open_look_up(anna, officer), papers, officer=officer)
    anna.nationality = "VNM"
    db.session.commit()
    from_passport = PresentedPassport(papers.passport)
    assert refusal(registration._prove_holder, from_passport, anna) == "passport_wrong"


def test_a_foreign_child_is_a_ward_like_any_other(anna: Person, papers: GivenPapers, officer: int) -> None:
    child = record_child(8, carded=False, nationality="AUS", father_id=None, mother_id=anna.id)
    record_account_of(anna.id, phone=ANNAS_PHONE)
    db.session.commit()
    look_up = open_look_up(child, officer)
    enter_papers_at_desk(look_up, papers, officer=officer)
    asked = {"phone": ANNAS_PHONE, "level": "2", "officer": officer}
    assert refusal(ask_for_foreigners_account_at_desk, look_up, **asked) == "guardian_needed"
    request = ask_for_wards_account_at_desk(
        look_up, guardian_pin=anna.pin, ground="parent", document="", level="2", officer=officer
    )
    approve(request, officer)
    assert find_account(child.id).level == AccountLevel.TWO
