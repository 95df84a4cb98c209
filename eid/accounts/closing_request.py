"""A holder asks in the app for their account to be closed."""

from __future__ import annotations

from eid.accounts.request_models import Request
from eid.accounts.request_plans import RequestKind
from eid.accounts.requests import record_request
from eid.accounts.security import prove_password
from eid.accounts.sessions import Session
from eid.db import db


def request_closing(session: Session, *, password: str) -> Request:
    """The request waits for review; committed. Raises Refused: password_wrong; TooManyAttempts; Conflict: request_open."""
    prove_password(session, password)
    request = record_request(
        RequestKind.CLOSE_ACCOUNT,
        person_id=session.person_id,
        asked_by=session.account_id,
        details={},
        account_id=session.account_id,
    )
    db.session.commit()
    return request
