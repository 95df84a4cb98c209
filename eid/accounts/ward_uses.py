"""Each use of a ward's account waits for a guardian's word in their app (Decree 69/2024, article 10), and has it once.

What is asked for is named: who gets what and what for. An answer is good for the rest of an hour, for exactly that. Times are
wall time, as those of a service's request are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, select

from eid.accounts.guardianships import FoundGuardianship, find_guardians, find_wards, is_ward
from eid.accounts.new_accounts import find_own_account
from eid.accounts.representation_models import WardUse
from eid.accounts.sessions import Session
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, NotFound, Refused
from eid.late_dataclasses import frozen
from eid.outbox import MessageKind, post_message
from eid.population.models import Person

USE_LIFE = timedelta(hours=1)

ASKED_TEXT = "eid: Tai khoan dinh danh cua nguoi ma ban giam ho can su dong y cua ban. Hay mo muc Nguoi duoc giam ho."


class UseKind(StrEnum):
    SERVICE = "service"
    """Data are shared with a relying service."""
    PAPERS = "papers"
    """The papers are opened, to be shown."""


class Decision(StrEnum):
    AGREED = "agreed"
    REFUSED = "refused"


@frozen
class Use:
    """What a ward wants to use their account for."""

    kind: UseKind
    subject: str
    """The client's id, or the paper's name."""
    recipient: str = ""
    purpose: str = ""
    attributes: tuple[str, ...] = ()


@frozen
class WaitingUse:
    use: WardUse
    ward: Person


def check_use_agreed(person_id: int, use: Use) -> int | None:
    """The person may use their account for this now: they are nobody's ward, or a guardian has agreed, which is now spent.

    Returns who agreed, a person's id; None for whoever is nobody's ward. A guardian who has not been asked is asked, and that is
    committed. Otherwise the caller commits.
    Raises Refused: guardian_missing, guardian_asked (try again once they have agreed), guardian_refused.
    """
    if not is_ward(person_id):
        return None
    guardians = find_guardians(person_id)
    if not guardians:
        raise Refused("guardian_missing", "This account needs a guardian who agrees to its use, and has none.")
    now = wall_now()
    asked = _find_asked(person_id, use, now)
    if asked is None:
        _ask(person_id, use, guardians, now)
        db.session.commit()
    elif asked.decision == Decision.AGREED:
        asked.used_at = now
        return asked.decided_by
    elif asked.decision == Decision.REFUSED:
        asked.used_at = now
        db.session.commit()
        raise Refused("guardian_refused", "Your guardian did not agree to this.")
    raise Refused("guardian_asked", "Your guardian is asked. Try again once they have agreed in their account.")


def open_own_papers(person_id: int) -> None:
    """The person may open their papers now, to show them; a guardian's word is spent, committed. Raises as check_use_agreed."""
    check_use_agreed(person_id, Use(UseKind.PAPERS, "all"))
    db.session.commit()


def decide_ward_use(session: Session, use_id: int, *, decision: Decision) -> None:
    """A guardian agrees to a use, or does not; committed. Of two guardians, who is first has decided.

    Raises NotFound: use_unknown, for a use of nobody whose guardian they are now; Conflict: use_over.
    """
    use = db.session.get(WardUse, use_id, with_for_update=True, populate_existing=True)
    if use is None or session.person_id not in {found.guardian.id for found in find_guardians(use.ward_id)}:
        raise NotFound("use_unknown", "Nobody for whom you answer asks for this.")
    now = wall_now()
    if use.decided_at is not None or use.expires_at <= now:
        raise Conflict("use_over", "This was decided already, or waited too long.")
    use.decided_at, use.decided_by, use.decision = now, session.person_id, decision
    record_act(
        "decide_ward_use",
        actor_kind=ActorKind.PERSON,
        actor=session.person_id,
        person_id=use.ward_id,
        decision=str(decision),
        **_describe(use),
    )
    db.session.commit()


def find_waiting_uses(guardian_id: int) -> list[WaitingUse]:
    """What waits for this guardian's word now, the oldest first."""
    wards = {found.ward.id: found.ward for found in find_wards(guardian_id)}
    if not wards:
        return []
    waiting = select(WardUse).where(
        WardUse.ward_id.in_(wards), WardUse.decided_at.is_(None), WardUse.expires_at > wall_now()
    )
    return [WaitingUse(use, wards[use.ward_id]) for use in db.session.scalars(waiting.order_by(WardUse.id))]


def _find_asked(person_id: int, use: Use, now: datetime) -> WardUse | None:
    """The newest question about exactly this use that is still good and not spent; its row is held."""
    query: Select[WardUse] = select(WardUse).where(
        WardUse.ward_id == person_id,
        WardUse.kind == use.kind,
        WardUse.subject == use.subject,
        WardUse.used_at.is_(None),
        WardUse.expires_at > now,
    )
    held = query.order_by(WardUse.id.desc()).with_for_update().execution_options(populate_existing=True)
    same = (asked for asked in db.session.scalars(held) if set(asked.attributes) == set(use.attributes))
    return next(same, None)


def _ask(person_id: int, use: Use, guardians: Sequence[FoundGuardianship], now: datetime) -> None:
    asked = WardUse(
        ward_id=person_id,
        kind=use.kind,
        subject=use.subject,
        recipient=use.recipient[:200],
        purpose=use.purpose[:200],
        attributes=sorted(use.attributes),
        asked_at=now,
        expires_at=now + USE_LIFE,
    )
    db.session.add(asked)
    record_act("ask_guardian", actor_kind=ActorKind.PERSON, actor=person_id, person_id=person_id, **_describe(asked))
    for found in guardians:
        account = find_own_account(found.guardian.id)
        if account is not None:
            post_message(MessageKind.TEXT, recipient=account.phone, body=ASKED_TEXT)


def _describe(use: WardUse) -> dict[str, object]:
    service = {"client": use.subject} if use.kind == UseKind.SERVICE else {}
    return {**service, "use": str(use.kind), "purpose": use.purpose, "attributes": use.attributes}
