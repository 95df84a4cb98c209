"""What a fault does to the grant behind the spoilt answer, so that the provider is of one mind with it; the caller commits.

Each touches the one code of that sign-in, or what was redeemed from it, and nothing else.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from eid.db import db
from eid.oauth.codes import CODE_LIFE
from eid.oauth.models import AccessToken, AuthorizationCode, RefreshToken
from eid.oauth.opaque import digest_of, encode_base64url
from eid.oauth.tokens import record_grant_revoked
from eid.randomness import random_bytes, random_token

_OF_THE_CODE = ("id", "code_digest", "code_challenge")


def record_code_expired(code: str, *, now: datetime) -> None:
    """The code is good no longer."""
    expiring = update(AuthorizationCode).where(AuthorizationCode.code_digest == digest_of(code))
    db.session.execute(expiring.values(expires_at=now - timedelta(seconds=1)))


def record_code_swapped(code: str, *, now: datetime) -> str:
    """Another code for the same client, of a sign-in whose verifier nobody has; this one is good no longer."""
    found = db.session.scalars(select(AuthorizationCode).where(AuthorizationCode.code_digest == digest_of(code))).one()
    other = random_token()
    columns = {
        column.key: getattr(found, column.key)
        for column in AuthorizationCode.__table__.columns
        if column.key not in _OF_THE_CODE
    }
    challenge = encode_base64url(random_bytes(32))
    db.session.add(AuthorizationCode(code_digest=digest_of(other), code_challenge=challenge, **columns))
    record_code_expired(code, now=now)
    return other


def record_code_restored(code: str, *, now: datetime) -> None:
    """The code is as if it had not been redeemed, and good for a minute; what was given for it is worth nothing."""
    code_id = select(AuthorizationCode.id).where(AuthorizationCode.code_digest == digest_of(code)).scalar_subquery()
    db.session.execute(delete(RefreshToken).where(RefreshToken.code_id == code_id))
    db.session.execute(update(AccessToken).where(AccessToken.code_id == code_id).values(revoked_at=now))
    restoring = update(AuthorizationCode).where(AuthorizationCode.code_digest == digest_of(code))
    db.session.execute(restoring.values(redeemed_at=None, expires_at=now + CODE_LIFE))


def record_grant_of_token_revoked(access_token: str, *, now: datetime) -> None:
    """The grant to which this access token belongs is revoked, as a citizen revokes it."""
    code_id = db.session.scalar(select(AccessToken.code_id).where(AccessToken.token_digest == digest_of(access_token)))
    if code_id is not None:
        record_grant_revoked(code_id, now=now)
