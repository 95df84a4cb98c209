"""Rules about cards: how good the register is of who holds one. Asked with those of the population's own tables.

A card is held from when it was handed over until it is lost, revoked or replaced; one that is made waits. That its last
day has passed is no defect of the card; an account that is still open then is one (eid/accounts/quality.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import ColumnElement, exists, func, or_, select

from eid.cards.models import Card, CardState
from eid.cards.personalisation import card_expiry
from eid.db import db
from eid.population.quality.questions import Check, Defect, P, day_in_vietnam, people_today, people_where
from eid.population.quality.rules import Dimension, Mender, Rule, Stage

C, K, L = Dimension.CORRECT, Dimension.CLEAN, Dimension.LIVE
_AUTHORITY = Mender.AUTHORITY
VIETNAM = "VNM"

_is_waiting = Card.state == CardState.MADE
_is_held = Card.state.in_((CardState.ACTIVE, CardState.WITHHELD))
_is_standing = or_(_is_held, _is_waiting)


def _holds(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The person holds a card, or one waits for them, of which all of this is true."""
    return exists().where(Card.person_id == P.id, _is_standing, *conditions)


def _has_two(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return P.id.in_(select(Card.person_id).where(which).group_by(Card.person_id).having(func.count() > 1))


def _is_from_another_time(today: date) -> ColumnElement[bool]:
    """Issued before birth or after today, or given its state after today."""
    changed_on = day_in_vietnam(Card.state_changed_at)
    return _holds(or_(Card.issued_on < P.birth_date, Card.issued_on > today, changed_on > today))


def _expires_otherwise() -> Iterator[Defect]:
    """Holders of a card with another last day than the law gives it; of each person once."""
    columns = (P.id, P.pin, P.residence_province, P.birth_date, Card.issued_on, Card.expires_on)
    held = select(*columns).join(Card, Card.person_id == P.id).where(_is_standing).order_by(P.id, Card.id)
    last_named = None
    for row in db.session.execute(held.execution_options(yield_per=10_000)):
        if row[5] != card_expiry(row[3], row[4]) and row[0] != last_named:
            last_named = row[0]
            yield Defect(row[0], row[1], row[2])


CARD_CHECKS: tuple[Check, ...] = (
    Check(
        Rule(
            "card-number",
            C,
            Stage.CARD,
            "A card that is held bears the last nine digits of its holder's PIN.",
            _AUTHORITY,
        ),
        people_where(_holds(Card.document_number != func.substr(P.pin, 4))),
    ),
    Check(
        Rule(
            "card-expiry",
            C,
            Stage.CARD,
            "A card's last day is the one that its holder's age gives it (Law on Identification, article 21).",
            _AUTHORITY,
        ),
        _expires_otherwise,
    ),
    Check(
        Rule("card-order", C, Stage.CARD, "A card was issued after its holder's birth and by today.", _AUTHORITY),
        people_today(_is_from_another_time),
    ),
    Check(
        Rule(
            "card-citizen",
            C,
            Stage.CARD,
            "Only citizens hold identity cards (Law on Identification, article 19).",
            _AUTHORITY,
        ),
        people_where(P.nationality != VIETNAM, P.nationality != "", _holds()),
    ),
    Check(
        Rule("card-twice", K, Stage.CARD, "Nobody holds two cards, and no two wait for anybody.", _AUTHORITY),
        people_where(or_(_has_two(_is_held), _has_two(_is_waiting))),
    ),
    Check(
        Rule("card-dead", L, Stage.CARD, "The dead hold no card.", _AUTHORITY),
        people_where(P.died_on.is_not(None), _holds()),
    ),
)
"""All that the cards' own table and the register can answer. Most people have no card, so that none is missing anybody."""
