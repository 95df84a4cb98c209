"""Newcomers of load scenarios: people whose accounts were approved and who have not activated them yet.

They are the last grown-ups of the register, so that a cohort that grows from its beginning does not meet them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eid.accounts.lifecycle import AccountState
from eid.accounts.service import find_account, record_prepared_account, reopen_activation
from eid.clock import world_now
from eid.db import db
from eid.demo.cohort import NEWCOMERS_FILE, PHONES, CohortMember, derive_member, write_cohort
from eid.demo.people import Advance, prepare_card
from eid.errors import NotFound
from eid.population.models import Person
from eid.population.service import find_adults

HOTLINE = "hotline"
FIRST_REACH = 64


def prepare_newcomers(size: int, *, seed: int, state_dir: Path, advance: Advance) -> None:
    """Afterwards `size` people can activate an account, or as many as the register has, and newcomers.json says who.

    Whoever has activated since the last time is replaced by somebody else.
    """
    cards_dir = state_dir / "cards"
    members: list[CohortMember] = []
    for number, person in enumerate(_list_from_the_end(), 1):
        if len(members) == size or number > PHONES:
            break
        member = derive_member(person, number=PHONES - number, seed=seed, cards=cards_dir)
        if _prepare_approval(person, member):
            prepare_card(person, cards_dir)
            members.append(member)
            advance()
    write_cohort(members, state_dir, NEWCOMERS_FILE)
    (state_dir / NEWCOMERS_FILE).with_suffix(".played").unlink(missing_ok=True)


def _list_from_the_end() -> Iterator[Person]:
    """The grown-ups of the register, the last first; only as many are loaded as are looked at, or twice that."""
    seen, reach = 0, FIRST_REACH
    while True:
        people = find_adults(reach, last=True)
        yield from people[seen:]
        if len(people) < reach:
            return
        seen, reach = reach, reach * 2


def _prepare_approval(person: Person, member: CohortMember) -> bool:
    """Whether an account that was approved waits for the person now; false where theirs is past that."""
    try:
        account = find_account(person.id)
    except NotFound:
        record_prepared_account(person.id, phone=member.phone, state=AccountState.APPROVED)
        db.session.commit()
        return True
    if account.state == AccountState.APPROVED and account.activate_by < world_now():
        reopen_activation(account.id, officer=HOTLINE)
    return bool(account.state == AccountState.APPROVED and account.phone == member.phone)
