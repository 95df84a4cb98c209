"""The life of a card, walked at random, and by two at once (Law on Identification, articles 21 to 29)."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from eid.audit import AuditEntry
from eid.cards.acts import preview_card_act
from eid.cards.lifecycle import (
    HELD,
    STANDING,
    TRANSITIONS,
    UNUSABLE,
    CardEvent,
    CardState,
    state_after,
    state_on,
)
from eid.cards.models import Card
from eid.cards.service import (
    IssuedCard,
    act_on_card,
    cancel_card,
    check_card_usable,
    find_current_card,
    find_waiting_card,
    hand_over_card,
    issue_card,
    list_cards,
    list_due_cards,
    make_card,
    report_card_lost,
    withhold_card,
)
from eid.clock import advance_world, world_today
from eid.db import db
from eid.errors import Conflict, NotFound, Refusal
from eid.population.models import Person
from eid.population.registration import register_death
from tests.engines import one_engine
from tests.people import HOA, MINH, record_one
from tests.turns import both_engines

# --- the table


@pytest.mark.parametrize("state", CardState)
@pytest.mark.parametrize("event", CardEvent)
def test_a_transition_that_is_not_in_the_table_is_refused(state: CardState, event: CardEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert state_after(state, event) == TRANSITIONS[state, event]
        return
    with pytest.raises(Conflict) as refused:
        state_after(state, event)
    assert refused.value.code == "card_state"


@given(events=st.lists(st.sampled_from(CardEvent), max_size=30))
def test_a_final_state_is_final_and_every_card_was_made_first(events: list[CardEvent]) -> None:
    state, seen = CardState.MADE, [CardState.MADE]
    for event in events:
        if (state, event) in TRANSITIONS:
            state = state_after(state, event)
            seen.append(state)
    assert CardState.EXPIRED not in seen
    ended = [at for at, state in enumerate(seen) if state not in STANDING]
    assert ended in ([], [len(seen) - 1])
    assert (CardState.CANCELLED in seen) == (seen[-1] == CardState.CANCELLED and len(seen) == 2)


def test_every_state_but_active_says_why_such_a_card_proves_nothing() -> None:
    assert set(UNUSABLE) == set(CardState) - {CardState.ACTIVE}


@pytest.mark.parametrize("state", CardState)
def test_only_a_card_that_could_be_good_expires(state: CardState) -> None:
    last = date(2030, 3, 12)
    assert state_on(state, last, expires_on=last) == state
    expires = state in (CardState.MADE, CardState.ACTIVE)
    assert state_on(state, date(2030, 3, 13), expires_on=last) == (CardState.EXPIRED if expires else state)
    assert state_on(state, date(2999, 1, 1), expires_on=None) == state


# --- acts


def states(person: Person) -> list[CardState]:
    return [CardState(card.state) for card in list_cards(person.id)]


def test_the_one_before_is_good_until_the_new_one_is_handed_over(card: IssuedCard, person: Person) -> None:
    made = make_card(person.pin)
    assert made.card.handed_over_at is None
    assert check_card_usable(person.id).id == card.card.id == find_current_card(person.id).id
    assert find_waiting_card(person.id).id == made.card.id
    assert hand_over_card(person.id).id == made.card.id
    assert states(person) == [CardState.ACTIVE, CardState.REPLACED]
    assert check_card_usable(person.id).handed_over_at is not None


def test_a_card_that_waits_proves_nothing(person: Person) -> None:
    make_card(person.pin)
    with pytest.raises(Conflict) as refused:
        check_card_usable(person.id)
    assert (refused.value.code, refused.value.detail) == ("card_unusable", UNUSABLE[CardState.MADE])


def test_a_card_that_was_never_collected_is_cancelled_and_another_can_be_made(card: IssuedCard, person: Person) -> None:
    make_card(person.pin)
    assert cancel_card(person.id, reason="never collected").reason == "never collected"
    assert states(person) == [CardState.CANCELLED, CardState.ACTIVE]
    assert check_card_usable(person.id).id == card.card.id
    with pytest.raises(NotFound) as gone:
        hand_over_card(person.id)
    assert gone.value.code == "card_not_waiting"
    make_card(person.pin)
    issue_card(person.pin)
    assert states(person) == [CardState.ACTIVE, CardState.CANCELLED, CardState.CANCELLED, CardState.REPLACED]


def test_a_card_that_expired_while_it_waited_is_not_handed_over(person: Person) -> None:
    waiting = make_card(person.pin).card
    assert waiting.expires_on is not None
    advance_world((waiting.expires_on - world_today()) + timedelta(days=2))
    with pytest.raises(Conflict) as refused:
        hand_over_card(person.id)
    assert refused.value.code == "card_expired"


def test_a_withheld_card_is_not_got_around_by_one_that_waits(card: IssuedCard, person: Person) -> None:
    make_card(person.pin)
    withhold_card(person.id, reason="custody")
    for act in (lambda: hand_over_card(person.id), lambda: make_card(person.pin), lambda: issue_card(person.pin)):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "card_withheld"
        db.session.rollback()
    assert states(person) == [CardState.MADE, CardState.WITHHELD]


def test_a_death_cancels_the_card_that_waits_and_revokes_the_one_that_is_held(card: IssuedCard, person: Person) -> None:
    make_card(person.pin)
    register_death(person.pin, died_on=world_today())
    assert states(person) == [CardState.CANCELLED, CardState.REVOKED]
    with pytest.raises(NotFound):
        hand_over_card(person.id)


@pytest.mark.parametrize(("nationality", "may"), [("VNM", True), ("", True), ("LAO", False)])
def test_identity_cards_are_for_citizens(person: Person, nationality: str, may: bool) -> None:
    """Law on Identification, article 19."""
    person.nationality = nationality
    db.session.commit()
    if may:
        assert issue_card(person.pin).card.state == CardState.ACTIVE
        return
    with pytest.raises(Conflict) as refused:
        issue_card(person.pin)
    assert refused.value.code == "person_not_citizen"


def test_a_preview_says_what_would_change_and_changes_nothing(card: IssuedCard, person: Person) -> None:
    make_card(person.pin)
    foreseen = preview_card_act(person.id, CardEvent.HAND_OVER)
    assert [(one.before, one.after) for one in foreseen] == [
        (CardState.MADE, CardState.ACTIVE),
        (CardState.ACTIVE, CardState.REPLACED),
    ]
    before = db.session.scalars(select(AuditEntry.id)).all()
    assert [one.after for one in preview_card_act(person.id, CardEvent.REVOKE)] == [CardState.REVOKED]
    db.session.commit()
    assert states(person) == [CardState.MADE, CardState.ACTIVE]
    assert db.session.scalars(select(AuditEntry.id)).all() == before
    with pytest.raises(Conflict) as refused:
        preview_card_act(person.id, CardEvent.RETURN)
    assert refused.value.code == "card_state"


def test_cards_are_due_in_order_until_another_is_handed_over(
    card: IssuedCard, person: Person, other_person: Person
) -> None:
    """Law on Identification, article 21. Hoa, born in 1990, is 40 in 2030; Minh, born in 1985, is 60 in 2045."""
    issue_card(other_person.pin)
    far = date(2050, 1, 1) - world_today()
    assert [(due.person.id, due.age) for due in list_due_cards(within=far)] == [(person.id, 40), (other_person.id, 60)]
    assert [due.person.id for due in list_due_cards(within=far, limit=1)] == [person.id]
    near = date(2030, 3, 12) - world_today()
    assert [due.person.id for due in list_due_cards(within=near)] == [person.id]
    assert list_due_cards(within=near - timedelta(days=1)) == []
    advance_world(near)
    make_card(person.pin)
    assert [due.is_waited_for for due in list_due_cards(within=timedelta())] == [True]
    hand_over_card(person.id)
    assert list_due_cards(within=timedelta()) == []
    report_card_lost(other_person.id)
    assert other_person.id not in {due.person.id for due in list_due_cards(within=far)}


# --- at random


@one_engine
@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_nobody_holds_two_cards_and_what_ended_stays_so(app: Flask, seed: int) -> None:
    """A few hundred acts on two people in any order: each is done as the table says, or refused and nothing changed."""
    rng, outcomes = random.Random(seed), Counter[str]()
    people = [record_one(HOA), record_one(MINH)]
    db.session.commit()
    ids = {person.pin: person.id for person in people}
    ended: dict[int, str] = {}
    for _ in range(120):
        pin = rng.choice(list(ids))
        act = rng.choice(["issue", "make", *[event for event in CardEvent if event is not CardEvent.REPLACE]])
        before = {card.id: str(card.state) for card in list_cards(ids[pin])}
        try:
            if act in ("issue", "make"):
                (issue_card if act == "issue" else make_card)(pin)
            else:
                act_on_card(ids[pin], CardEvent(act), reason="walk")
            outcomes[f"{act} done"] += 1
        except Refusal as refusal:
            db.session.rollback()
            outcomes[f"{act} {refusal.code}"] += 1
            assert {card.id: str(card.state) for card in list_cards(ids[pin])} == before
        for person_id in ids.values():
            found = Counter(card.state in HELD for card in list_cards(person_id))
            assert found[True] <= 1
            assert [card.state for card in list_cards(person_id)].count(CardState.MADE) <= 1
        after = {card.id: str(card.state) for card in db.session.scalars(select(Card))}
        assert {number: after[number] for number in ended} == ended
        ended |= {number: state for number, state in after.items() if state not in STANDING}
        for number in before:
            allowed = [to for (state, _event), to in TRANSITIONS.items() if state == before[number]]
            assert after[number] == before[number] or after[number] in allowed
    assert len([outcome for outcome in outcomes if outcome.endswith("done")]) >= 7
    assert len([outcome for outcome in outcomes if not outcome.endswith("done")]) >= 6


# --- at once


def at_once(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """The acts, begun at the same moment by as many threads; `done` or the code of the refusal, of each."""
    barrier, outcomes = threading.Barrier(len(acts)), ["" for _ in acts]

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                acts[number]()
                outcomes[number] = "done"
            except Refusal as refusal:
                outcomes[number] = refusal.code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@both_engines
def test_of_cards_issued_at_once_one_is_active(app: Flask, card: IssuedCard, person: Person) -> None:
    pin = person.pin
    db.session.remove()
    assert at_once(app, *[lambda: issue_card(pin)] * 4) == ["done"] * 4
    found = Counter(card.state for card in db.session.scalars(select(Card)))
    assert found == {CardState.ACTIVE: 1, CardState.REPLACED: 4}


@both_engines
def test_of_cards_made_at_once_one_waits_and_one_handing_over_succeeds(
    app: Flask, card: IssuedCard, person: Person
) -> None:
    pin, person_id = person.pin, person.id
    db.session.remove()
    assert Counter(at_once(app, *[lambda: make_card(pin)] * 3)) == {"done": 1, "card_waiting": 2}
    assert Counter(at_once(app, *[lambda: hand_over_card(person_id)] * 3)) == {"done": 1, "card_not_waiting": 2}
    found = Counter(card.state for card in db.session.scalars(select(Card)))
    assert found == {CardState.ACTIVE: 1, CardState.REPLACED: 1}


@both_engines
def test_a_card_is_not_got_around_while_it_is_being_withheld(app: Flask, card: IssuedCard, person: Person) -> None:
    """Whichever comes first: never is there a withheld card and a good one beside it."""
    pin, person_id = person.pin, person.id
    db.session.remove()
    outcomes = at_once(app, lambda: withhold_card(person_id, reason="custody"), lambda: issue_card(pin))
    held = [card.state for card in db.session.scalars(select(Card)) if card.state in HELD]
    assert held == [CardState.WITHHELD]
    assert outcomes in (["done", "done"], ["done", "card_withheld"])
