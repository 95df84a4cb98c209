"""Access tokens as whoever holds data sees them: checking one (RFC 6750), and ending those of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from eid.clock import wall_now
from eid.db import db
from eid.errors import OAuthError
from eid.events import AccountLocked, PinReplaced
from eid.keystore import SecretUse, current_keystore
from eid.oauth.models import AccessToken, AuthorizationCode
from eid.oauth.opaque import digest_of
from eid.oauth.subjects import build_subject


@dataclass(frozen=True)
class AccessGrant:
    """What a valid access token allows: this client, about this person, as far as these scopes go."""

    person_id: int
    account_id: int
    client_id: str
    subject: str
    """The person as this client knows it."""
    sector: str
    scopes: frozenset[str]
    acr: str


def bearer_challenge(error: str = "", **parameters: str) -> str:
    """The `WWW-Authenticate` value of RFC 6750, section 3; without a token there is no error to name (section 3.1)."""
    named = {"realm": "eid", **({"error": error} if error else {}), **parameters}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in named.items())


def check_access_token(token: str, scope: str = "") -> AccessGrant:
    """What this token allows, with `scope` among it. Raises OAuthError: invalid_token (401) or insufficient_scope (403)."""
    found = db.session.scalar(select(AccessToken).where(AccessToken.token_digest == digest_of(token)))
    if found is None or found.revoked_at is not None or found.expires_at <= wall_now():
        raise OAuthError(
            "invalid_token",
            "The access token is unknown, expired or revoked.",
            status=401,
            challenge=bearer_challenge("invalid_token"),
        )
    if scope and scope not in found.scopes:
        raise OAuthError(
            "insufficient_scope",
            "The access token does not cover this.",
            status=403,
            challenge=bearer_challenge("insufficient_scope", scope=scope),
        )
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return AccessGrant(
        person_id=found.person_id,
        account_id=found.account_id,
        client_id=found.client.client_id,
        subject=build_subject(secret, sector=found.client.sector, person_id=found.person_id),
        sector=found.client.sector,
        scopes=frozenset(found.scopes),
        acr=found.acr,
    )


def record_grants_revoked(person_id: int, *, client: int | None = None) -> None:
    """Every code and access token of the person (with one client, or all) is revoked; the caller commits.

    Codes first: whoever redeems one at this moment holds its row, so this waits, and then sees the token.
    """
    now = wall_now()
    for table in (AuthorizationCode, AccessToken):
        revoking = update(table).where(table.person_id == person_id, table.revoked_at.is_(None))
        if client is not None:
            revoking = revoking.where(table.client_id == client)
        db.session.execute(revoking.values(revoked_at=now))


def record_grant_revoked(code_id: int, *, now: datetime) -> None:
    """The grant that began with this code is revoked, with every token of it; the caller commits."""
    for table, column in ((AuthorizationCode, AuthorizationCode.id), (AccessToken, AccessToken.code_id)):
        db.session.execute(update(table).where(column == code_id, table.revoked_at.is_(None)).values(revoked_at=now))


def end_grants_of_locked_account(locked: AccountLocked) -> None:
    """Handles AccountLocked: no service reads anything more of this person; the locking transaction commits it."""
    record_grants_revoked(locked.person_id)


def end_grants_of_old_pin(replaced: PinReplaced) -> None:
    """Handles PinReplaced: what services were given under the old number ends; they ask again, and read the new one."""
    record_grants_revoked(replaced.person_id)
