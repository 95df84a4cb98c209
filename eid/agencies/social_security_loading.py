"""Social-security accounts made up for a whole register: one grown-up in a hundred has linked one.

By January 2026 some 675,000 people had been paid through the service, one account holder in a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from eid.agencies.loader import Loader, insert_rows
from eid.agencies.social_security_models import SocialSecurityAccount
from eid.agencies.social_security_rules import INSTITUTIONS, NOBODYS_ENDING
from eid.agencies.synthesis import Resident
from eid.agencies.terms import add_years
from eid.clock import world_now
from eid.db import db
from eid.population.models import Person

SHARE = 0.01
OFFERED_SINCE = date(2025, 9, 1)
"""About when accounts could first be linked in the real service."""


def _record_accounts(residents: Sequence[Resident], today: date, rng: Random) -> int:
    linked = [each for each in residents if rng.random() < SHARE and add_years(each.birth_date, 18) <= today]
    ids = [each.person_id for each in linked]
    names: dict[int, str] = dict(
        db.session.execute(select(Person.id, Person.folded_name).where(Person.id.in_(ids))).all()
    )
    insert_rows(SocialSecurityAccount, [_draw(each, names[each.person_id], today, rng) for each in linked])
    return len(linked)


def _draw(resident: Resident, name: str, today: date, rng: Random) -> dict[str, Any]:
    number = f"{rng.randrange(10**9, 10**10)}"
    return {
        "person_id": resident.person_id,
        "institution": rng.choice(list(INSTITUTIONS)),
        "account_number": number if not number.endswith(NOBODYS_ENDING) else number[:-1] + "1",
        "account_holder": name,
        "linked_on": today - timedelta(days=rng.randrange(max(1, (today - OFFERED_SINCE).days))),
        "updated_at": world_now(),
    }


LOADER = Loader("social security", SocialSecurityAccount.person_id, lambda: _record_accounts)
