"""The chip card as a factor: genuine, here, the holder's own and the present one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eid.accounts.card_sign_in import begin_sign_in_by_card, complete_sign_in_by_card
from eid.accounts.levels import Factor
from eid.accounts.lifecycle import LockReason
from eid.accounts.models import Account
from eid.accounts.service import lock_account
from eid.accounts.sign_in import begin_session_for, complete_sign_in_by_face, complete_sign_in_by_password
from eid.cards.portrait import draw_portrait
from eid.cards.reader import DemoCard
from eid.errors import Unauthenticated, VerificationFailed
from eid.population.models import Person
from tests.accounts.conftest import MakeAccount, MakePerson, hand_out_card, present
from tests.accounts.test_devices import code_of
from tests.people import HOA, PASSWORD


def test_a_card_signs_its_holder_in_and_leads_to_level_4(account: Account, carded: DemoCard, person: Person) -> None:
    new = begin_sign_in_by_card(present(carded), browser="Firefox – Linux")
    assert (new.session.account_id, new.session.level, new.session.amr) == (account.id, "LoA1", ("sc",))
    face = complete_sign_in_by_face(new.token, draw_portrait(person.pin, sex=person.sex).jpeg)
    assert (face.session.level, face.session.amr) == ("LoA3", ("sc", "face", "mfa"))
    known = complete_sign_in_by_password(face.token, PASSWORD)
    assert (known.session.level, known.session.amr) == ("LoA4", ("sc", "face", "pwd", "mfa"))


def test_a_card_raises_its_holders_session_alone(
    account: Account, carded: DemoCard, make_person: MakePerson, make_account: MakeAccount
) -> None:
    hoa = make_person(**HOA)
    other = hand_out_card(hoa.pin)
    new = begin_session_for(account.id, [Factor.PASSWORD], act="begin_sign_in")
    with pytest.raises(VerificationFailed) as refused:
        complete_sign_in_by_card(new.token, present(other))
    assert (refused.value.step, refused.value.code) == ("card_holder", "card_of_another")
    raised = complete_sign_in_by_card(new.token, present(carded))
    assert (raised.session.level, raised.session.amr) == ("LoA2", ("pwd", "sc", "mfa"))


def test_a_card_without_an_account_signs_nobody_in(carded: DemoCard) -> None:
    with pytest.raises(Unauthenticated) as refused:
        begin_sign_in_by_card(present(carded))
    assert refused.value.code == "sign_in_failed"


def test_an_answer_is_good_once_and_the_chip_must_have_given_it(account: Account, carded: DemoCard) -> None:
    shown = present(carded)
    begin_sign_in_by_card(shown)
    assert code_of(lambda: begin_sign_in_by_card(shown)) == "aa_nonce_reused"
    forged = replace(present(carded), response=bytes(64))
    with pytest.raises(VerificationFailed) as refused:
        begin_sign_in_by_card(forged)
    assert refused.value.step == "active_authentication"


def test_the_card_before_the_present_one_signs_nobody_in(account: Account, carded: DemoCard, person: Person) -> None:
    hand_out_card(person.pin)
    assert code_of(lambda: begin_sign_in_by_card(present(carded))).startswith("card_")


def test_a_locked_account_is_signed_in_by_no_card(account: Account, carded: DemoCard) -> None:
    lock_account(account.id, LockReason.HOLDER)
    assert code_of(lambda: begin_sign_in_by_card(present(carded))) == "sign_in_failed"
