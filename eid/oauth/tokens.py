"""Access tokens as whoever holds data sees them: checking one (RFC 6750; RFC 9449, section 7), and ending those of a person."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Any

from sqlalchemy import Date, bindparam, select, update

from eid.accounts.card_expiry import has_card_expired_of
from eid.accounts.models import Account
from eid.accounts.service import HOLDER_COLUMNS
from eid.clock import wall_now, world_today
from eid.config import current_settings
from eid.db import db, run, table_of
from eid.errors import OAuthError
from eid.events import AccountClosed, AccountLocked, PinReplaced
from eid.keystore import SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.models import AccessToken, AuthorizationCode, Client
from eid.oauth.opaque import digest_of
from eid.oauth.proofs import record_shown, refuse_token
from eid.oauth.release import Release
from eid.oauth.sender import ANYBODY, UNBOUND, Confirmation, Sender, challenge
from eid.oauth.subjects import build_subject
from eid.population.models import Person
from eid.prepared import Prepared


@frozen
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
    authenticated_at: datetime
    release: Release
    """What of the person this client may have."""
    holder: tuple[Any, ...] = field(repr=False)
    """HOLDER_COLUMNS of the person, for eid.accounts.service.read_holder."""
    confirmation: Confirmation = UNBOUND
    """The key that it is bound to, which its sender has proved to hold."""
    purpose: str = ""
    """Why the service asks, as it was registered."""
    is_answered_by_jwt: bool = False
    """Whether the client reads userinfo signed or encrypted."""

    @property
    def scheme(self) -> str:
        """By which it is shown, and challenged."""
        return self.confirmation.token_type


_tokens, _codes, _clients = table_of(AccessToken).c, table_of(AuthorizationCode).c, table_of(Client).c
_persons, _accounts = table_of(Person), table_of(Account)
_OF_TOKEN = Prepared(
    select(
        _tokens.person_id,
        _tokens.account_id,
        _tokens.scopes,
        _tokens.resources,
        _tokens.acr,
        _tokens.authenticated_at,
        _tokens.expires_at,
        _tokens.revoked_at,
        _tokens.jkt,
        _tokens.x5t_s256,
        _codes.release,
        _clients.client_id,
        _clients.sector,
        _clients.purpose,
        _clients.userinfo_signed_response_alg,
        _clients.userinfo_encrypted_response_alg,
        has_card_expired_of(_tokens.person_id, bindparam("today", type_=Date)).label("is_card_expired"),
        *HOLDER_COLUMNS,
    )
    .join(table_of(AuthorizationCode), _codes.id == _tokens.code_id)
    .join(table_of(Client), _clients.id == _tokens.client_id)
    .outerjoin(_persons, _persons.c.id == _tokens.person_id)
    .outerjoin(_accounts, _accounts.c.person_id == _persons.c.id)
    .where(_tokens.token_digest == bindparam("digest"))
)
"""Asked whenever a token is shown, so it is built once and reads columns, not rows of models. What most then tell of the person
comes with it."""
_HOLDER_WIDTH = len(HOLDER_COLUMNS)


def check_access_token(token: str, scope: str = "", *, paper: str = "", sender: Sender = ANYBODY) -> AccessGrant:
    """What this token allows to who sends it, with `scope` among it, or `paper` by scope or by authorization details.

    1. It exists, has not ended, and neither has the card of its person.
    2. It is for us: for no other service by name (RFC 8707, section 2).
    3. Whoever sends it holds the key that it is bound to, where it is bound.
    4. It covers the scope, or the paper.

    Raises OAuthError: invalid_token, invalid_dpop_proof, use_dpop_nonce (401), insufficient_scope (403).
    """
    # (1)
    found = run(_OF_TOKEN, {"digest": digest_of(token), "today": world_today()}).one_or_none()
    if found is None or found.is_card_expired or found.revoked_at is not None or found.expires_at <= wall_now():
        raise refuse_token(sender)
    # (2)
    if found.resources and current_settings().public_url not in found.resources:
        raise refuse_token(sender, reason="for another service")
    grant = _describe(found)
    # (3)
    record_shown(token, grant.confirmation, sender)
    # (4)
    check_scope(grant, scope)
    if paper and not grant.release.find_paper(paper)[0]:
        raise refuse_scope(grant.scheme, paper)
    return grant


def check_scope(grant: AccessGrant, scope: str) -> None:
    """Raise OAuthError: insufficient_scope (403) unless the token covers this scope, where there is one."""
    if scope and scope not in grant.scopes:
        raise refuse_scope(grant.scheme, scope)


def refuse_scope(scheme: str, scope: str) -> OAuthError:
    """RFC 6750, section 3.1."""
    return OAuthError(
        "insufficient_scope",
        "The access token does not cover this.",
        status=403,
        challenge=challenge(scheme, "insufficient_scope", scope=scope),
    )


def _describe(found: Any) -> AccessGrant:
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return AccessGrant(
        person_id=found.person_id,
        account_id=found.account_id,
        client_id=found.client_id,
        subject=build_subject(secret, sector=found.sector, person_id=found.person_id),
        sector=found.sector,
        scopes=frozenset(found.scopes),
        acr=found.acr,
        authenticated_at=found.authenticated_at,
        confirmation=Confirmation(jkt=found.jkt, certificate=found.x5t_s256),
        release=Release.from_json(found.scopes, found.release),
        holder=found[-_HOLDER_WIDTH:],
        purpose=found.purpose,
        is_answered_by_jwt=bool(found.userinfo_signed_response_alg or found.userinfo_encrypted_response_alg),
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


def record_exchanged_revoked(token_id: int, *, now: datetime) -> None:
    """What was given in exchange for this token (RFC 8693) ends with it; the caller commits."""
    exchanged = update(AccessToken).where(AccessToken.parent_id == token_id, AccessToken.revoked_at.is_(None))
    db.session.execute(exchanged.values(revoked_at=now))


def end_grants_of_locked_account(locked: AccountLocked) -> None:
    """Handles AccountLocked: no service reads anything more of this person; the locking transaction commits it."""
    record_grants_revoked(locked.person_id)


def end_grants_of_closed_account(closed: AccountClosed) -> None:
    """Handles AccountClosed: as for a lock, and for good."""
    record_grants_revoked(closed.person_id)


def end_grants_of_old_pin(replaced: PinReplaced) -> None:
    """Handles PinReplaced: what services were given under the old number ends; they ask again, and read the new one."""
    record_grants_revoked(replaced.person_id)
