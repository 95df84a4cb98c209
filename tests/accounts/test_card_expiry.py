"""From the moment at which a card expires nothing is done under its holder's account (Decree 69/2024, article 15)."""

from __future__ import annotations

import pytest

from eid.accounts.card_expiry import has_expired_card
from eid.accounts.models import Account
from eid.accounts.sign_in import begin_sign_in, find_session
from eid.cards.reader import DemoCard
from eid.cards.service import find_current_card, issue_card
from eid.clock import world_today
from eid.config import Settings
from eid.errors import Unauthenticated
from eid.population.models import Person
from tests.accounts.conftest import world_later
from tests.people import PASSWORD


def test_a_session_does_not_outlive_the_cards_last_day(
    carded: DemoCard, account: Account, person: Person, settings: Settings
) -> None:
    """Nobody has entered the lock yet; the session is none all the same."""
    token = begin_sign_in(person.pin, PASSWORD).token
    last = find_current_card(person.id).expires_on
    assert last is not None
    with world_later(settings, days=(last - world_today()).days):
        assert not has_expired_card(person.id)
        assert find_session(token).account_id == account.id
    with world_later(settings, days=(last - world_today()).days + 1):
        assert has_expired_card(person.id)
        with pytest.raises(Unauthenticated) as over:
            find_session(token)
        assert over.value.code == "session_none"
        assert account.state == "active"
        issue_card(person.pin)
        assert not has_expired_card(person.id)
        assert find_session(token).account_id == account.id


def test_whoever_has_no_card_has_none_that_has_expired(account: Account, person: Person) -> None:
    assert not has_expired_card(person.id)
