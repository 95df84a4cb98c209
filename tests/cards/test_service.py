"""Cards are issued, replaced, withheld, returned, revoked, and end with their holder's life."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from eid.cards.models import Card, CardState
from eid.cards.service import (
    IssuedCard,
    check_card_usable,
    find_card,
    find_current_card,
    issue_card,
    issue_cards,
    list_cards,
    report_card_lost,
    return_card,
    revoke_card,
    withhold_card,
)
from eid.clock import advance_world, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.population.models import Person
from eid.population.registration import register_death


def test_a_card_is_active_from_its_issue_until_the_next_age_of_replacement(card: IssuedCard, person: Person) -> None:
    """Law 26/2023, article 21: cards are replaced at 14, 25, 40 and 60."""
    found = check_card_usable(person.id)
    assert found.id == card.card.id
    assert found.expires_on is not None and found.expires_on.isoformat() == "2030-03-12"
    assert found.document_number == "190000101"


def test_a_new_card_replaces_the_one_before(card: IssuedCard, person: Person) -> None:
    newer = issue_card(person.pin)
    assert [found.state for found in list_cards(person.id)] == [CardState.ACTIVE, CardState.REPLACED]
    assert find_current_card(person.id).id == newer.card.id


def test_nobody_unknown_and_nobody_dead_is_issued_a_card(card: IssuedCard, person: Person) -> None:
    with pytest.raises(NotFound) as unknown:
        issue_card("901190000999")
    assert unknown.value.code == "person_unknown"
    register_death(person.pin, died_on=world_today())
    with pytest.raises(Conflict) as dead:
        issue_card(person.pin)
    assert dead.value.code == "person_dead"


def test_many_cards_are_issued_or_none(person: Person, other_person: Person) -> None:
    with pytest.raises(NotFound):
        issue_cards([person.pin, "901190000999"])
    db.session.rollback()
    assert list_cards(person.id) == []
    assert len({issued.card.id for issued in issue_cards([person.pin, other_person.pin])}) == 2


def test_a_withheld_card_is_unusable_until_it_is_returned(card: IssuedCard, person: Person) -> None:
    withhold_card(person.id, reason="custody")
    with pytest.raises(Conflict) as refused:
        check_card_usable(person.id)
    assert refused.value.code == "card_unusable"
    with pytest.raises(Conflict) as evaded:
        issue_card(person.pin)
    assert evaded.value.code == "card_withheld"
    db.session.rollback()
    assert return_card(person.id).state == CardState.ACTIVE
    assert check_card_usable(person.id).id == card.card.id


def test_a_card_that_is_not_withheld_cannot_be_returned(card: IssuedCard, person: Person) -> None:
    with pytest.raises(Conflict) as refused:
        return_card(person.id)
    assert refused.value.code == "card_state"


@pytest.mark.parametrize("end", [revoke_card, report_card_lost])
def test_a_card_that_ended_stays_ended(card: IssuedCard, person: Person, end: object) -> None:
    ended = end(person.id, reason="found altered")  # type: ignore[operator]
    assert ended.state in (CardState.REVOKED, CardState.LOST)
    assert ended.reason == "found altered"
    with pytest.raises(Conflict) as again:
        withhold_card(person.id, reason="custody")
    assert again.value.code == "card_state"


def test_a_card_expires_by_the_world_clock(card: IssuedCard, person: Person) -> None:
    advance_world(timedelta(days=366 * 20))
    with pytest.raises(Conflict) as refused:
        check_card_usable(person.id)
    assert refused.value.detail == "This card has expired."
    assert issue_card(person.pin).card.state_on(world_today()) is CardState.ACTIVE


def test_a_death_ends_the_card_in_the_same_transaction(card: IssuedCard, person: Person) -> None:
    register_death(person.pin, died_on=world_today())
    found = find_current_card(person.id)
    assert (found.state, found.reason) == (CardState.REVOKED, "death")


def test_who_never_had_a_card_has_none(person: Person) -> None:
    with pytest.raises(NotFound) as missing:
        find_current_card(person.id)
    assert missing.value.code == "card_missing"
    with pytest.raises(Conflict) as unusable:
        check_card_usable(person.id)
    assert unusable.value.code == "card_missing"
    with pytest.raises(NotFound):
        find_card(1)


def test_the_register_keeps_neither_files_nor_keys_of_a_chip(app: Flask, card: IssuedCard) -> None:
    row = db.session.get(Card, card.card.id)
    assert row is not None
    stored = b"".join(v if isinstance(v, bytes) else str(v).encode() for v in vars(row).values())
    assert card.files["EF.DG2"] not in stored
    assert "PRIVATE" not in stored.decode("latin-1")
