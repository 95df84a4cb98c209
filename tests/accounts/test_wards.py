"""A ward's account: asked for by the guardian, used with their word, and out of their hands the moment the ground ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eid.accounts.ended_grounds import lock_accounts_of_ended_grounds
from eid.accounts.guardian_rules import Ground
from eid.accounts.guardians import end_guardianship_at_desk
from eid.accounts.guardianships import find_guardians, find_wards, is_ward, lacks_guardian
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.locking import lock_account, record_expiry
from eid.accounts.models import Account, SignInSession
from eid.accounts.representation_models import Guardianship, WardUse
from eid.accounts.request_models import RequestKind
from eid.accounts.requests import RequestState, decide_request
from eid.accounts.service import find_account
from eid.accounts.ward_uses import (
    USE_LIFE,
    Decision,
    Use,
    UseKind,
    check_use_agreed,
    decide_ward_use,
    find_waiting_uses,
)
from eid.accounts.wards import (
    ask_for_childs_account,
    ask_for_wards_account_at_desk,
    find_ward_record,
    list_children_without,
    list_wards,
    lock_wards_account,
)
from eid.clock import wall_now, world_today
from eid.config import Settings
from eid.db import db
from eid.errors import Refusal
from eid.population.models import Person
from eid.population.registration import register_death
from tests.accounts.conftest import MakeAccount, in_threads, last_text, last_two_texts, world_later
from tests.people import HOA, MINH, PHONE, record_one
from tests.representation import (
    TRANG,
    approve,
    count_acts,
    open_look_up,
    record_account_for,
    record_approver,
    record_child,
    record_ward,
    session_of,
)
from tests.turns import both_engines

ONE, TWO = AccountLevel.ONE, AccountLevel.TWO
CLINIC = Use(
    UseKind.SERVICE, "clinic", recipient="Phòng khám Mẫu", purpose="Khám bệnh", attributes=("openid", "profile")
)


@pytest.fixture
def officer(app: Flask) -> int:
    return record_approver()


@pytest.fixture
def child(account: Account) -> Person:
    return record_child()


@pytest.fixture
def ward(child: Person, account: Account, officer: int) -> Person:
    """The child has an account that was activated, with Minh as guardian."""
    approve(ask_for_childs_account(session_of(account), child.pin), officer)
    opened = find_account(child.id)
    opened.state, opened.activated_at = AccountState.ACTIVE, opened.approved_at
    db.session.commit()
    return child


def refusal(act: object, *args: object, **named: object) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args, **named)  # type: ignore[operator]
    db.session.rollback()
    return refused.value.code


def test_a_parent_asks_for_a_childs_account_which_is_opened_on_the_parents_phone(
    child: Person, account: Account, officer: int
) -> None:
    """Decree 69/2024, article 10: the guardian's registered phone and account of level 2."""
    session = session_of(account)
    assert [found.person.id for found in list_children_without(session.person_id)] == [child.id]
    request = ask_for_childs_account(session, child.pin)
    assert (request.kind, request.person_id, request.asked_by_account_id) == (
        RequestKind.ACCOUNT_CHILD,
        child.id,
        account.id,
    )
    assert list_children_without(session.person_id)[0].is_asked_for
    assert find_wards(session.person_id) == []
    approve(request, officer)
    opened = find_account(child.id)
    assert (opened.state, opened.level, opened.phone) == (AccountState.APPROVED, ONE, PHONE)
    account_opened, decided = last_two_texts(PHONE)
    assert child.unaccented_name in account_opened
    assert "da duoc phe duyet" in decided
    assert [one.guardianship.ward.id for one in list_wards(session.person_id)] == [child.id]
    assert find_ward_record(session.person_id, child.id).record.person.id == child.id
    assert count_acts("record_guardianship") == 1


@pytest.mark.parametrize("level", [ONE])
def test_a_guardian_needs_level_2_of_their_own(child: Person, account: Account, level: AccountLevel) -> None:
    """Decree 69/2024, article 10."""
    session = session_of(account)
    account.level = level
    db.session.commit()
    assert refusal(ask_for_childs_account, session, child.pin) == "guardian_level"
    account.level = TWO
    db.session.commit()
    lock_account(account.id, LockReason.HOLDER)
    assert refusal(ask_for_childs_account, session, child.pin) == "guardian_level"


def test_only_a_parent_by_the_register_asks_in_the_app_and_learns_nothing_else(account: Account, officer: int) -> None:
    session = session_of(account)
    anothers = record_child(father_id=None, carded=False)
    for pin in (anothers.pin, HOA["pin"], "979216000999", ""):
        assert refusal(ask_for_childs_account, session, pin) == "child_unknown"


@pytest.mark.parametrize(
    ("age", "carded", "code"), [(14, True, "ward_of_age"), (9, False, "card_missing"), (3, False, "card_missing")]
)
def test_what_the_table_does_not_give_is_not_asked_for(account: Account, age: int, carded: bool, code: str) -> None:
    child = record_child(age, carded=carded)
    assert refusal(ask_for_childs_account, session_of(account), child.pin) == code


def test_at_the_desk_a_child_from_6_gets_level_2_and_a_younger_one_does_not(account: Account, officer: int) -> None:
    """Decree 69/2024, article 7."""
    for age, number in ((6, 21), (5, 22)):
        child = record_child(age, number=number)
        asked = {"guardian_pin": MINH["pin"], "ground": "parent", "document": "", "officer": officer}
        look_up = open_look_up(child, officer)
        if age < 6:
            assert refusal(ask_for_wards_account_at_desk, look_up, level="2", **asked) == "level_not_offered"
            continue
        request = ask_for_wards_account_at_desk(look_up, level="2", **asked)
        assert (request.officer_id, request.asked_by_account_id) == (officer, account.id)
        approve(request, officer)
        assert find_account(child.id).level == TWO


def test_level_1_grows_to_2_and_keeps_what_it_was(ward: Person, account: Account, officer: int) -> None:
    before = find_account(ward.id)
    assert before.level == ONE
    asked = {"guardian_pin": MINH["pin"], "ground": "parent", "document": "", "officer": officer}
    approve(ask_for_wards_account_at_desk(open_look_up(ward, officer), level="2", **asked), officer)
    after = find_account(ward.id)
    assert (after.id, after.state, after.level) == (before.id, AccountState.ACTIVE, TWO)
    assert count_acts("raise_account_level") == 1
    assert len(find_guardians(ward.id)) == 1
    assert refusal(ask_for_childs_account, session_of(account), ward.pin) == "account_exists"


def test_an_appointed_guardian_needs_the_decision_and_stands_until_18(
    account: Account, officer: int, settings: Settings
) -> None:
    """Civil Code 2015, articles 48 and 62."""
    orphan = record_child(13, father_id=None)
    look_up = open_look_up(orphan, officer)
    asked = {"guardian_pin": MINH["pin"], "level": "1", "officer": officer}

    def ask(ground: str, document: str) -> object:
        return ask_for_wards_account_at_desk(look_up, ground=ground, document=document, **asked)  # type: ignore[arg-type]

    assert refusal(ask, "parent", "") == "guardian_not_parent"
    assert refusal(ask, "appointed_minor", "") == "document_missing"
    assert refusal(ask, "appointed_minor", "x" * 101) == "document_missing"
    assert refusal(ask, "neighbour", "") == "ground_unknown"
    approve(ask("appointed_minor", "Quyết định 12/QĐ-UBND"), officer)  # type: ignore[arg-type]
    assert find_guardians(orphan.id)[0].ground is Ground.APPOINTED_MINOR
    with world_later(settings, 2 * 365):
        assert is_ward(orphan.id)
        assert find_wards(account.person_id)
    with world_later(settings, 5 * 366):
        assert not is_ward(orphan.id)
        assert find_wards(account.person_id) == []


def test_rubbish_at_the_desk_is_refused_and_nothing_is_kept(child: Person, account: Account, officer: int) -> None:
    look_up = open_look_up(child, officer)
    asked = {"ground": "parent", "document": "", "level": "1", "officer": officer}
    assert refusal(ask_for_wards_account_at_desk, look_up, guardian_pin="0", **asked) == "person_unknown"
    assert refusal(ask_for_wards_account_at_desk, look_up, guardian_pin=child.pin, **asked) == "guardian_level"
    asked["level"] = "3"
    assert refusal(ask_for_wards_account_at_desk, look_up, guardian_pin=MINH["pin"], **asked) == "account_level"
    asked["level"] = "1"
    assert refusal(ask_for_wards_account_at_desk, look_up + 1, guardian_pin=MINH["pin"], **asked) == "look_up_over"
    assert count_acts("open_request") == 0


def test_a_request_waits_only_once(child: Person, account: Account, officer: int) -> None:
    session = session_of(account)
    first = ask_for_childs_account(session, child.pin)
    assert refusal(ask_for_childs_account, session, child.pin) == "request_open"
    decide_request(first.id, officer=officer, decision=RequestState.REFUSED, reason="Thiếu giấy tờ.")
    assert find_wards(account.person_id) == []
    approve(ask_for_childs_account(session, child.pin), officer)
    assert find_wards(account.person_id)


def test_the_other_parent_becomes_a_guardian_too_and_either_may_agree(ward: Person, officer: int) -> None:
    mother = record_account_for(TRANG, "0100000107")
    ward.mother_id = mother.person_id
    db.session.commit()
    assert list_children_without(mother.person_id)[0].has_account
    approve(ask_for_childs_account(session_of(mother), ward.pin), officer)
    assert {found.guardian.id for found in find_guardians(ward.id)} == {MINH["person_id"], mother.person_id}
    assert find_account(ward.id).phone == PHONE


def test_an_approval_that_the_register_has_overtaken_is_refused(
    child: Person, account: Account, officer: int, settings: Settings
) -> None:
    request = ask_for_childs_account(session_of(account), child.pin)
    child.father_id = None
    db.session.commit()
    assert refusal(approve, request, officer) == "guardian_not_parent"
    assert find_wards(account.person_id) == []


def test_a_parents_view_ends_at_the_14th_birthday_at_once(ward: Person, account: Account, settings: Settings) -> None:
    """Decree 69/2024, article 10; nothing has to run before it counts."""
    fourteenth = ward.birth_date.replace(year=ward.birth_date.year + 14)
    days = (fourteenth - world_today()).days
    with world_later(settings, days - 1):
        assert find_ward_record(account.person_id, ward.id)
        assert is_ward(ward.id)
    with world_later(settings, days):
        assert refusal(find_ward_record, account.person_id, ward.id) == "ward_unknown"
        assert list_wards(account.person_id) == []
        assert not is_ward(ward.id)
        check_use_agreed(ward.id, CLINIC)
        lock_accounts_of_ended_grounds()
        ended = db.session.scalars(select(Guardianship)).one()
        assert (ended.end, ended.ended_at is not None) == ("of_age", True)
        assert LockReason.GUARDIAN not in find_account(ward.id).lock_reasons


def test_the_death_of_the_only_guardian_locks_the_account_at_once_and_ends_its_sessions(
    ward: Person, account: Account, officer: int
) -> None:
    session = session_of(find_account(ward.id))
    register_death(MINH["pin"], died_on=world_today())
    locked = find_account(ward.id)
    assert (locked.state, locked.lock_reasons) == (AccountState.LOCKED, {LockReason.GUARDIAN})
    assert lacks_guardian(ward.id)
    assert db.session.scalars(select(Guardianship.end)).one() == "guardian_died"
    assert db.session.get_one(SignInSession, session.id).ended_at is not None
    assert refusal(check_use_agreed, ward.id, CLINIC) == "guardian_missing"


def test_another_guardian_unlocks_it(ward: Person, account: Account, officer: int) -> None:
    aunt = record_account_for(TRANG, "0100000107")
    register_death(MINH["pin"], died_on=world_today())
    request = ask_for_wards_account_at_desk(
        open_look_up(ward, officer),
        guardian_pin=TRANG["pin"],
        ground="appointed_minor",
        document="QĐ 15",
        level="1",
        officer=officer,
    )
    approve(request, officer)
    assert [found.guardian.id for found in find_guardians(ward.id)] == [aunt.person_id]
    assert find_account(ward.id).state == AccountState.ACTIVE


def test_with_two_guardians_the_death_of_one_locks_nothing(ward: Person, officer: int) -> None:
    mother = record_account_for(TRANG, "0100000107")
    ward.mother_id = mother.person_id
    db.session.commit()
    record_ward(db.session.get_one(Person, mother.person_id), ward, officer=officer)
    register_death(MINH["pin"], died_on=world_today())
    assert find_account(ward.id).state == AccountState.ACTIVE
    assert [found.guardian.id for found in find_guardians(ward.id)] == [mother.person_id]


def test_a_correction_of_the_register_ends_a_parents_view_and_the_next_sign_in_locks(
    ward: Person, account: Account
) -> None:
    ward.father_id = None
    db.session.commit()
    assert refusal(find_ward_record, account.person_id, ward.id) == "ward_unknown"
    assert record_expiry(find_account(ward.id))
    assert find_account(ward.id).lock_reasons == {LockReason.GUARDIAN}
    db.session.commit()


def test_the_daily_round_does_what_a_correction_left(ward: Person) -> None:
    ward.father_id = None
    db.session.commit()
    lock_accounts_of_ended_grounds()
    assert find_account(ward.id).lock_reasons == {LockReason.GUARDIAN}
    assert db.session.scalars(select(Guardianship.end)).one() == "not_parent"
    lock_accounts_of_ended_grounds()
    assert count_acts("end_guardianship") == 1


def test_an_appointment_is_ended_at_the_desk_but_no_parenthood(ward: Person, account: Account, officer: int) -> None:
    look_up = open_look_up(ward, officer)
    parental = db.session.scalars(select(Guardianship)).one()
    assert refusal(end_guardianship_at_desk, look_up, parental.id, officer=officer) == "guardian_parent"
    aunt = record_account_for(TRANG, "0100000107")
    record_ward(db.session.get_one(Person, aunt.person_id), ward, officer=officer, ground=Ground.APPOINTED_MINOR)
    appointed = db.session.scalars(select(Guardianship).where(Guardianship.guardian_id == aunt.person_id)).one()
    end_guardianship_at_desk(look_up, appointed.id, officer=officer)
    assert find_wards(aunt.person_id) == []
    assert refusal(end_guardianship_at_desk, look_up, appointed.id, officer=officer) == "guardianship_unknown"
    assert refusal(end_guardianship_at_desk, look_up, 999, officer=officer) == "guardianship_unknown"


def test_an_adult_ward_whose_guardian_dies_is_a_ward_still(account: Account, officer: int) -> None:
    """Whoever lacks the capacity to act does not gain it by a death."""
    adult = record_one(TRANG)
    record_ward(db.session.get_one(Person, account.person_id), adult, officer=officer, ground=Ground.APPOINTED_ADULT)
    assert is_ward(adult.id)
    register_death(MINH["pin"], died_on=world_today())
    assert is_ward(adult.id)
    assert lacks_guardian(adult.id)


def test_a_use_waits_for_the_guardians_word_which_counts_once(ward: Person, account: Account) -> None:
    """Decree 69/2024, article 10: each use is agreed to in the guardian's own account."""
    session = session_of(account)
    assert refusal(check_use_agreed, ward.id, CLINIC) == "guardian_asked"
    assert "giam ho" in last_text(PHONE)
    assert refusal(check_use_agreed, ward.id, CLINIC) == "guardian_asked"
    [waiting] = find_waiting_uses(session.person_id)
    assert (waiting.ward.id, waiting.use.recipient, waiting.use.purpose) == (ward.id, "Phòng khám Mẫu", "Khám bệnh")
    decide_ward_use(session, waiting.use.id, decision=Decision.AGREED)
    more = Use(UseKind.SERVICE, "clinic", attributes=("openid", "profile", "phone"))
    assert refusal(check_use_agreed, ward.id, more) == "guardian_asked"
    check_use_agreed(ward.id, CLINIC)
    db.session.commit()
    assert refusal(check_use_agreed, ward.id, CLINIC) == "guardian_asked"


def test_a_use_that_the_guardian_does_not_want_is_refused(ward: Person, account: Account) -> None:
    session = session_of(account)
    refusal(check_use_agreed, ward.id, CLINIC)
    [waiting] = find_waiting_uses(session.person_id)
    decide_ward_use(session, waiting.use.id, decision=Decision.REFUSED)
    assert refusal(check_use_agreed, ward.id, CLINIC) == "guardian_refused"
    assert refusal(decide_ward_use, session, waiting.use.id, decision=Decision.AGREED) == "use_over"


def test_a_guardians_word_is_good_for_an_hour(ward: Person, account: Account) -> None:
    session = session_of(account)
    refusal(check_use_agreed, ward.id, CLINIC)
    [waiting] = find_waiting_uses(session.person_id)
    decide_ward_use(session, waiting.use.id, decision=Decision.AGREED)
    with time_machine.travel(wall_now() + USE_LIFE + timedelta(seconds=1)):
        assert refusal(check_use_agreed, ward.id, CLINIC) == "guardian_asked"
        later = find_waiting_uses(session.person_id)[0].use.id
    with time_machine.travel(wall_now() + 2 * USE_LIFE + timedelta(minutes=1)):
        assert find_waiting_uses(session.person_id) == []
        assert refusal(decide_ward_use, session, later, decision=Decision.AGREED) == "use_over"


def test_nobody_but_a_guardian_of_today_decides(
    ward: Person, account: Account, officer: int, settings: Settings
) -> None:
    stranger = session_of(record_account_for(TRANG, "0100000107"))
    refusal(check_use_agreed, ward.id, CLINIC)
    use_id = db.session.scalars(select(WardUse.id)).one()
    assert refusal(decide_ward_use, stranger, use_id, decision=Decision.AGREED) == "use_unknown"
    assert refusal(decide_ward_use, stranger, use_id + 1, decision=Decision.AGREED) == "use_unknown"
    with world_later(settings, 366 * 5):
        assert refusal(decide_ward_use, session_of(account), use_id, decision=Decision.AGREED) == "use_unknown"


@both_engines
def test_of_two_guardians_at_once_one_decides(app: Flask, ward: Person, account: Account, officer: int) -> None:
    mother = record_account_for(TRANG, "0100000107")
    ward.mother_id = mother.person_id
    db.session.commit()
    record_ward(db.session.get_one(Person, mother.person_id), ward, officer=officer)
    refusal(check_use_agreed, ward.id, CLINIC)
    use_id = db.session.scalars(select(WardUse.id)).one()
    sessions = [session_of(account), session_of(mother)]
    results = in_threads(
        app, [lambda one=one: decide_ward_use(one, use_id, decision=Decision.REFUSED) for one in sessions]
    )
    assert sorted(found.code for found in results if isinstance(found, Refusal)) == ["use_over"]
    assert count_acts("decide_ward_use") == 1


@both_engines
def test_an_agreed_use_is_spent_once_by_four_at_the_same_moment(app: Flask, ward: Person, account: Account) -> None:
    session, person_id = session_of(account), ward.id
    refusal(check_use_agreed, person_id, CLINIC)
    decide_ward_use(session, find_waiting_uses(session.person_id)[0].use.id, decision=Decision.AGREED)

    def use() -> str:
        check_use_agreed(person_id, CLINIC)
        db.session.commit()
        return "used"

    results = in_threads(app, [use] * 4)
    assert results.count("used") == 1
    assert {found.code for found in results if isinstance(found, Refusal)} == {"guardian_asked"}


def test_a_guardian_locks_a_wards_account(ward: Person, account: Account) -> None:
    lock_wards_account(session_of(account), ward.id)
    assert find_account(ward.id).lock_reasons == {LockReason.HOLDER}
    assert refusal(lock_wards_account, session_of(account), 999) == "ward_unknown"


def test_whoever_acts_for_themselves_asks_nobody(account: Account, make_account: MakeAccount) -> None:
    check_use_agreed(account.person_id, CLINIC)
    assert db.session.scalars(select(WardUse)).all() == []
