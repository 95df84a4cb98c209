"""The chip card as a factor: passive and then active authentication, and the card is the person's present one."""

from __future__ import annotations

from sqlalchemy import select

from eid.accounts.levels import Factor
from eid.accounts.models import Account
from eid.accounts.registration import PresentedCard
from eid.accounts.sessions import NewSession, find_session
from eid.accounts.sign_in import begin_session_for, raise_session, refuse_sign_in
from eid.cards.service import verify_card
from eid.db import db


def begin_sign_in_by_card(presented: PresentedCard, *, browser: str = "") -> NewSession:
    """A session of level 1 for the holder of the card whose chip has just answered.

    Raises as verify_card; Unauthenticated where its person has no account that can be used.
    """
    found = verify_card(presented.files, challenge_id=presented.challenge_id, response=presented.response)
    account_id = db.session.scalar(select(Account.id).where(Account.person_id == found.person_id))
    if account_id is None:
        raise refuse_sign_in("begin_sign_in_by_card", found.person_id, reason="the card's person has no account")
    return begin_session_for(account_id, [Factor.CARD], act="begin_sign_in_by_card", browser=browser)


def complete_sign_in_by_card(token: str, presented: PresentedCard) -> NewSession:
    """The session has shown its holder's card too, under a new token. Raises as verify_card: also for another's card."""
    session = find_session(token)

    def prove() -> None:
        verify_card(
            presented.files,
            challenge_id=presented.challenge_id,
            response=presented.response,
            expected_person_id=session.person_id,
        )

    return raise_session(token, Factor.CARD, prove, session, act="complete_sign_in_by_card")
