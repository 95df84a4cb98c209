"""Whether the last day of a holder's card has passed: asked wherever an account is used, so that no clock has to strike.

Decree 69/2024, article 15: the account is locked when the card expires. Until somebody has entered that lock, nothing is
done under the account all the same.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BindParameter, ColumnElement, Date, bindparam, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.cards.models import Card, CardState
from eid.clock import world_today
from eid.db import run, table_of
from eid.prepared import Prepared


def is_expired_card(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """A card that is held still, and whose last day has passed."""
    return (Card.state == CardState.ACTIVE) & (Card.expires_on < today)


def has_card_expired_of(
    person_id: ColumnElement[int] | InstrumentedAttribute[int], today: date | BindParameter[date] | None = None
) -> ColumnElement[bool]:
    """Of a row that names a person: their card has expired by now, or by the day that is given."""
    return exists().where(Card.person_id == person_id, is_expired_card(world_today() if today is None else today))


def has_expired_card(person_id: int) -> bool:
    """Whether this person's card has expired by now."""
    return bool(run(_HAS_EXPIRED, {"person": person_id, "today": world_today()}).scalar())


_accounts = table_of(Account).c
_HAS_EXPIRED = Prepared(
    select(exists().where(Card.person_id == bindparam("person"), is_expired_card(bindparam("today", type_=Date))))
)
_STANDING = Prepared(
    select(_accounts.state, has_card_expired_of(_accounts.person_id, bindparam("today", type_=Date))).where(
        _accounts.person_id == bindparam("person")
    )
)


def find_standing_of(person_id: int) -> tuple[AccountState | None, bool]:
    """The state of this person's account, None where there is none, and whether its holder's card has expired."""
    row = run(_STANDING, {"person": person_id, "today": world_today()}).one_or_none()
    return (AccountState(row[0]), row[1]) if row else (None, False)
