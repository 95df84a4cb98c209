"""Statements that an organisation's representative or member issues in its name, signed by the service for whoever gets them.

A statement is a JSON Web Token (RFC 7519) of type `eid-statement+jwt`, verified with the service's published keys. It names the
organisation and who acted, and says nothing else about them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from eid.accounts.acting import check_may_act
from eid.accounts.organisation_finding import record_act_for
from eid.accounts.organisation_rules import OrganisationAct
from eid.accounts.sessions import Session
from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.jwt import build_jwt
from eid.db import db
from eid.errors import Malformed
from eid.keystore import KeyUse, current_keystore
from eid.late_dataclasses import frozen
from eid.population.models import Person
from eid.randomness import random_token

STATEMENT_TYPE = "eid-statement+jwt"
STATEMENT_LIFE = timedelta(days=30)
LONGEST_TEXT, LONGEST_RECIPIENT = 300, 200


@frozen
class IssuedStatement:
    token: str
    expires_at: datetime


def issue_statement(session: Session, organisation_id: int, *, text: str, recipient: str) -> IssuedStatement:
    """The organisation's signed word for this recipient, good for thirty days; committed.

    Raises as mandates.check_may_act; Malformed: statement_text, statement_recipient.
    """
    organisation = check_may_act(session, organisation_id, OrganisationAct.STATE)
    if not 0 < len(text) <= LONGEST_TEXT:
        raise Malformed("statement_text", "Write the statement in at most 300 characters.")
    if not 0 < len(recipient) <= LONGEST_RECIPIENT:
        raise Malformed("statement_recipient", "Say for whom the statement is.")
    now, person = wall_now(), db.session.get_one(Person, session.person_id)
    expires_at, statement_id = now + STATEMENT_LIFE, random_token()
    claims = {
        "iss": current_settings().public_url,
        "aud": recipient,
        "jti": statement_id,
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
        "organisation": {"code": organisation.code, "name": organisation.name},
        "acted": person.full_name,
        "statement": text,
    }
    token = build_jwt(claims, key=current_keystore().find_signing_key(KeyUse.RECEIPTS), typ=STATEMENT_TYPE)
    record_act_for(organisation, "issue_statement", actor=session.person_id, purpose=recipient, statement=statement_id)
    db.session.commit()
    return IssuedStatement(token, expires_at)
