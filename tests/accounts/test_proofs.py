"""What an account rests on: the card whose chip activated it, and the desk that received its holder."""

from __future__ import annotations

import hashlib

from eid.accounts.desk import look_up_person, open_account_at_desk, receive_account_request
from eid.accounts.models import OfficerRole
from eid.accounts.opening import open_account
from eid.accounts.proofs import DeskVisit, find_card_proof, find_desk_visit
from eid.accounts.registration import activate_account
from eid.accounts.request_models import Request
from eid.cards.reader import DemoCard
from eid.clock import world_now
from eid.db import db
from eid.population.models import Person
from tests.accounts.conftest import present
from tests.accounts.officers import DESK, make_officer
from tests.accounts.test_registration import come_to_the_card
from tests.people import PHONE


def test_the_card_that_activated_an_account_is_kept_by_its_digest_and_time(person: Person, carded: DemoCard) -> None:
    account = open_account(person.pin, PHONE, officer=7)
    assert find_card_proof(account.id) is None
    activate_account(come_to_the_card(person)[0], present(carded))
    db.session.refresh(account)
    proof = find_card_proof(account.id)
    assert proof is not None
    assert proof.sod_sha256 == hashlib.sha256(carded.files["EF.SOD"]).digest()
    assert (proof.verified_at, proof.document_number) == (account.activated_at, person.pin[-9:])
    assert len(proof.reference) == 43


def test_the_desk_that_received_the_holder_is_kept_by_its_place_and_time(person: Person, carded: DemoCard) -> None:
    assert find_desk_visit(person.id) is None
    open_account(person.pin, PHONE, officer=7)
    assert find_desk_visit(person.id) is None
    db.session.rollback()


def test_a_visit_to_a_desk_counts_once_it_was_approved_with_a_card(person: Person, carded: DemoCard) -> None:
    officer = make_officer(OfficerRole.DESK)
    before = world_now()
    open_account_at_desk(
        look_up_person(person.pin, purpose="Mở tài khoản", officer=officer).id, phone=PHONE, officer=officer
    )
    visit = find_desk_visit(person.id)
    assert visit is not None and before <= visit.at <= world_now()
    assert visit == DeskVisit(visit.at, DESK, "idcard")
    [request] = db.session.query(Request).all()
    request.details = {**request.details, "card": "none"}
    db.session.commit()
    assert find_desk_visit(person.id) is None


def test_a_request_that_waits_proves_nothing(person: Person, carded: DemoCard) -> None:
    officer = make_officer(OfficerRole.DESK)
    look_up = look_up_person(person.pin, purpose="Mở tài khoản", officer=officer)
    receive_account_request(look_up.id, phone=PHONE, officer=officer)
    assert find_desk_visit(person.id) is None
