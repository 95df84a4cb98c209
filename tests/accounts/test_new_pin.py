"""A number that is replaced, and a citizenship that ends: what card and account do."""

from dataclasses import replace
from datetime import date

import pytest

from eid.accounts.lifecycle import LockReason
from eid.accounts.models import Account
from eid.accounts.sign_in import begin_sign_in
from eid.cards.models import CardState
from eid.cards.reader import DemoCard
from eid.cards.service import find_current_card
from eid.clock import world_today
from eid.errors import Unauthenticated
from eid.population.life.identity import particulars_of
from eid.population.life.recording import take_state
from eid.population.models import Person
from eid.population.renewal import correct_person, end_citizenship
from tests.accounts.conftest import last_text
from tests.people import PASSWORD


def test_the_account_goes_on_under_the_new_number_and_the_card_is_replaced(
    carded: DemoCard, account: Account, person: Person
) -> None:
    """To who signs in with the old number it is like one that nobody ever had."""
    old = person.pin
    wanted = replace(particulars_of(take_state(person)), birth_date=date(1986, 11, 2))
    new = correct_person(old, wanted, corrected_on=world_today()).pin
    assert begin_sign_in(new, PASSWORD).session.account_id == account.id
    with pytest.raises(Unauthenticated) as refusal:
        begin_sign_in(old, PASSWORD)
    assert refusal.value.code == "sign_in_failed"
    assert find_current_card(person.id).state == CardState.REPLACED
    assert account.lock_reasons == frozenset()
    assert "xac lap lai" in last_text()
    assert new not in last_text()


def test_who_loses_citizenship_loses_card_and_account(carded: DemoCard, account: Account, person: Person) -> None:
    end_citizenship(person.pin, nationality="FRA", ended_on=world_today())
    assert find_current_card(person.id).state == CardState.REVOKED
    assert account.lock_reasons == {LockReason.AUTHORITY, LockReason.CARD}
