"""What holders do about their own cards: report them lost."""

from __future__ import annotations

from eid.accounts.security import prove_password
from eid.accounts.sessions import Session
from eid.audit import ActorKind
from eid.cards.service import report_card_lost


def report_own_card_lost(session: Session, *, password: str) -> None:
    """The holder's card is lost for good, and with it their account is locked until they have a new one; committed.

    Raises Refused: password_wrong; TooManyAttempts; NotFound: card_missing; Conflict: card_state.
    """
    prove_password(session, password)
    report_card_lost(session.person_id, actor_kind=ActorKind.PERSON, actor=session.person_id)
