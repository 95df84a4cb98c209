"""What an officer enters of a life at the desk: the register's own acts, for the person whose record is open.

Each is shown before it is done: previewed first, then approved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from eid.accounts.desk import find_opened_record
from eid.accounts.models import LookUp
from eid.accounts.officers import Duty, check_duty
from eid.audit import ActorKind, record_act
from eid.db import db
from eid.errors import Conflict, Refusal
from eid.population.history import find_person_as_of, list_events
from eid.population.life.state import Happened, PersonState
from eid.population.models import LifeEvent, Person
from eid.population.preview import Preview, digest_changes, preview_act
from eid.population.service import find_household_members

Act = Callable[[str], Sequence[Happened]]
"""An act on whoever bears this PIN, added to the register and not yet committed."""


def preview_life_event_at_desk(look_up_id: int, act: Act, *, officer: int) -> Preview:
    """What the act would change of whom; nothing has changed. Everybody whose record it shows can see that and what for.

    Raises as the act does.
    """
    check_duty(officer, Duty.RECEIVE)
    opened = find_opened_record(look_up_id, officer=officer)
    pin, look_up = opened.record.person.pin, opened.look_up
    with _tracing_refusals("preview_life_event_at_desk", look_up):
        preview = preview_act(lambda: act(pin))
    for one in preview.people:
        if one.before is not None:
            _record("preview_life_event_at_desk", one.before.id, look_up)
    db.session.commit()
    return preview


def register_life_event_at_desk(look_up_id: int, act: Act, *, officer: int, seen: str = "") -> None:
    """The act is done to the person whose record is open, and the audit log names the officer; committed.

    `seen` is the digest of the preview that the officer approved. Raises Conflict: changed_meanwhile, where the act would do
    something else by now; and as the act does.
    """
    check_duty(officer, Duty.RECEIVE)
    opened = find_opened_record(look_up_id, officer=officer)
    pin, look_up = opened.record.person.pin, opened.look_up
    with _tracing_refusals("register_life_event_at_desk", look_up):
        _record("register_life_event_at_desk", look_up.person_id, look_up)
        happened = act(pin)
        if seen and seen != digest_changes(happened):
            raise Conflict("changed_meanwhile", "Something else was registered at the same moment; please try again.")
    db.session.commit()


def list_events_at_desk(look_up_id: int, *, officer: int) -> Sequence[LifeEvent]:
    """What has happened to the person whose record is open, the latest effect first."""
    return list_events(find_opened_record(look_up_id, officer=officer).record.person.id)


def find_person_as_of_at_desk(look_up_id: int, day: date, *, officer: int) -> PersonState:
    """The person whose record is open, as of a day. Raises as find_person_as_of."""
    return find_person_as_of(find_opened_record(look_up_id, officer=officer).record.person, day)


def list_housemates_at_desk(look_up_id: int, *, officer: int) -> list[Person]:
    """Who else lives in the household of the person whose record is open."""
    person = find_opened_record(look_up_id, officer=officer).record.person
    members = find_household_members(person.household_id) if person.household_id is not None else []
    return [member for member in members if member.id != person.id]


@contextmanager
def _tracing_refusals(act: str, look_up: LookUp) -> Iterator[None]:
    """A refusal tells something of whoever was named on the form, so it leaves a trace too: the code, not the form."""
    try:
        yield
    except Refusal as refusal:
        db.session.rollback()
        _record(act, look_up.person_id, look_up, result="refused", code=refusal.code)
        db.session.commit()
        raise


def _record(act: str, person_id: int, look_up: LookUp, **details: str) -> None:
    given = {"purpose": look_up.purpose, **details}
    record_act(act, actor_kind=ActorKind.OFFICER, actor=look_up.officer_id, person_id=person_id, **given)
