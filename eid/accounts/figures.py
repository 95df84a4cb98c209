"""How many accounts there are, where, and what locks them: for whoever watches the service."""

from __future__ import annotations

from sqlalchemy import func, select

from eid.accounts.lifecycle import AccountState, LockReason
from eid.accounts.models import Account, AccountLock
from eid.clock import world_today
from eid.db import db
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.population.places import list_provinces


@frozen
class AccountFigures:
    by_place: dict[tuple[AccountState, str], int]
    """State and province, by its name, → accounts; what is not named has none."""
    locks: dict[LockReason, int]


def count_accounts() -> AccountFigures:
    """What the database says now. It reads every account once."""
    names = {province.code: province.name for province in list_provinces(world_today())}
    placed = (
        select(Account.state, Person.residence_province, func.count())
        .join(Person, Person.id == Account.person_id)
        .group_by(Account.state, Person.residence_province)
    )
    locked = select(AccountLock.reason, func.count()).group_by(AccountLock.reason)
    return AccountFigures(
        {(AccountState(state), names.get(code, code)): count for state, code, count in db.session.execute(placed)},
        {LockReason(reason): count for reason, count in db.session.execute(locked)},
    )
