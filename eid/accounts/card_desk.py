"""What an officer does at the desk with the cards of the person whose record is open, and a look at it before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from eid.accounts.desk import find_opened_record
from eid.accounts.officers import Duty, check_duty
from eid.audit import ActorKind, record_act
from eid.cards.lifecycle import CardEvent
from eid.cards.service import (
    ACT_NAMES,
    ForeseenCard,
    IssuedCard,
    act_on_card,
    issue_card,
    make_card,
    preview_card_act,
)
from eid.errors import Malformed
from eid.late_dataclasses import frozen

WITH_REASON = frozenset({CardEvent.CANCEL, CardEvent.WITHHOLD, CardEvent.REVOKE})
"""What an authority decides about somebody's card, it decides for a reason."""


@frozen
class HandedCard:
    """A card as the desk gets it: the chip's files and keys are here and nowhere else."""

    pin: str
    files: Mapping[str, bytes]
    chip_keys: Mapping[str, str] = field(repr=False)


def issue_card_at_desk(look_up_id: int, *, officer: int) -> HandedCard:
    """As cards.service.issue_card: the person has a new card, and the one before is replaced."""
    pin = _record_desk_act("issue_card_at_desk", look_up_id, officer)
    return _as_handed(pin, issue_card(pin))


def make_card_at_desk(look_up_id: int, *, officer: int) -> HandedCard:
    """As cards.service.make_card: a card waits for the person."""
    pin = _record_desk_act("make_card_at_desk", look_up_id, officer)
    return _as_handed(pin, make_card(pin))


def preview_card_act_at_desk(look_up_id: int, event: CardEvent, *, officer: int) -> list[ForeseenCard]:
    """As cards.service.preview_card_act, of the person whose record is open."""
    return preview_card_act(find_opened_record(look_up_id, officer=officer).record.person.id, event)


def act_on_card_at_desk(look_up_id: int, event: CardEvent, *, reason: str = "", officer: int) -> str:
    """As cards.service.act_on_card, to a card of the person whose record is open; the person's PIN.

    Raises Malformed: reason_missing; and as the act does.
    """
    if event in WITH_REASON and not reason:
        raise Malformed("reason_missing", "Say why, in a few words.")
    person_id = find_opened_record(look_up_id, officer=officer).record.person.id
    pin = _record_desk_act(f"{ACT_NAMES[event]}_at_desk", look_up_id, officer)
    act_on_card(person_id, event, reason=reason)
    return pin


def _record_desk_act(act: str, look_up_id: int, officer: int) -> str:
    check_duty(officer, Duty.RECEIVE)
    person = find_opened_record(look_up_id, officer=officer).record.person
    record_act(act, actor_kind=ActorKind.OFFICER, actor=officer, person_id=person.id)
    return person.pin


def _as_handed(pin: str, issued: IssuedCard) -> HandedCard:
    return HandedCard(pin, issued.files, issued.chip_keys)
