"""The grounds that an account stands on: its holder's card, a foreigner's leave to stay, a ward's guardian, read at once.

Decree 69/2024, articles 8, 15, 29: whoever signs in is judged by them, so that no clock has to strike on the day they end.
"""

from __future__ import annotations

from sqlalchemy import Date, bindparam, select

from eid.accounts.card_expiry import has_card_expired_of
from eid.accounts.foreign_papers import have_papers_ended_of
from eid.accounts.guardianships import find_guardians, is_ward_born, was_appointed_for
from eid.accounts.lifecycle import LockReason
from eid.accounts.models import Account
from eid.clock import world_today
from eid.db import run, table_of
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.prepared import Prepared


@frozen
class Holding:
    """An account as whoever signs in to it needs it."""

    id: int
    person_id: int
    level: str
    ended: tuple[LockReason, ...]
    """The grounds that have ended by today."""


_accounts, _persons = table_of(Account).c, table_of(Person).c
_TODAY = bindparam("today", type_=Date)
_HOLDING = Prepared(
    select(
        _accounts.person_id,
        _accounts.level,
        has_card_expired_of(_accounts.person_id, _TODAY).label("has_card_expired"),
        have_papers_ended_of(_persons, _TODAY).label("have_papers_ended"),
        _persons.birth_date,
        was_appointed_for(_persons.id).label("was_appointed"),
    )
    .join(table_of(Person), _persons.id == _accounts.person_id)
    .where(_accounts.id == bindparam("account"))
)


def find_holding(account_id: int) -> Holding:
    """The account as it is now, and which of its grounds have ended. Raises NoResultFound where there is no such account."""
    row = run(_HOLDING, {"account": account_id, "today": world_today()}).one()
    ended = {
        LockReason.CARD: row.has_card_expired,
        LockReason.RESIDENCE: row.have_papers_ended,
        LockReason.GUARDIAN: is_ward_born(row.person_id, row.birth_date, was_appointed=row.was_appointed)
        and not find_guardians(row.person_id),
    }
    return Holding(account_id, row.person_id, row.level, tuple(reason for reason, is_over in ended.items() if is_over))
