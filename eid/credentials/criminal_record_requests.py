"""A criminal-record certificate asked for by its holder: the police answer when so many working days are over."""

from __future__ import annotations

from sqlalchemy import select

from eid.accounts.holidays import read_holidays
from eid.accounts.levels import AccountLevel
from eid.accounts.models import Account
from eid.accounts.working_days import deadline_of
from eid.agencies.criminal_record_rules import WORKING_DAYS, CriminalCertificate, RecordForm
from eid.agencies.criminal_records import find_own_criminal_record, record_criminal_record_request
from eid.audit import ActorKind, record_act
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict, Malformed


def ask_for_criminal_record(person_id: int, *, form: str, purpose: str) -> CriminalCertificate:
    """Afterwards the police of the province have been asked, and answer when the term is over; committed.

    Raises Malformed: criminal_record_form, purpose; NotFound: person_unknown;
    Conflict: account_level, person_dead, criminal_record_age, criminal_record_in_progress.
    """
    if form not in set(RecordForm):
        raise Malformed("criminal_record_form", "There are forms no. 1 and no. 2.")
    if db.session.scalar(select(Account.level).where(Account.person_id == person_id)) == AccountLevel.ONE:
        raise Conflict(
            "account_level", "Papers are shown by an account of level 2: any desk raises yours, card in hand."
        )
    answered_at = deadline_of(world_now(), WORKING_DAYS, holidays=read_holidays())
    row = record_criminal_record_request(
        person_id, RecordForm(form), " ".join(purpose.split()), answered_at=answered_at
    )
    by = {"actor_kind": ActorKind.PERSON, "actor": str(person_id), "person_id": person_id}
    record_act("ask_for_criminal_record", **by, form=form)  # type: ignore[arg-type]
    db.session.commit()
    return find_own_criminal_record(row.id, person_id=person_id)
