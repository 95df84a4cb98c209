"""Clients: registering one, finding one, and checking that it is who it says (RFC 6749, section 2.3)."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from eid.accounts.levels import AuthenticationLevel
from eid.audit import record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed, NotFound
from eid.oauth.claims import OPENID, known_scopes
from eid.oauth.client_auth import ClientCredentials, refuse_client
from eid.oauth.models import ApplicationType, AuthMethod, Client, Profile
from eid.oauth.opaque import digest_of
from eid.oauth.redirects import check_redirect_uri_registrable, find_sector
from eid.randomness import random_token

DEFAULT_LEVEL = AuthenticationLevel.LOA2


@dataclass(frozen=True)
class RegisteredClient:
    client: Client
    client_id: str
    secret: str | None = field(repr=False)
    """Shown once: only its digest is kept. None for a public client."""


def register_client(
    *,
    name: str,
    redirect_uris: Sequence[str],
    purpose: str = "",
    profile: Profile = Profile.BASIC,
    application_type: ApplicationType = ApplicationType.WEB,
    auth_method: AuthMethod = AuthMethod.SECRET_BASIC,
    scopes: Sequence[str] | None = None,
    required_scopes: Sequence[str] = (),
    own_scopes: Sequence[str] = (),
    default_level: AuthenticationLevel = DEFAULT_LEVEL,
) -> RegisteredClient:
    """Afterwards the service can ask citizens to sign in. `scopes` None allows every scope that there is today.

    `own_scopes` are the papers that it may ask for in its own name, of whoever holds out a card to it.
    Raises Malformed where the name, a redirect URI or a scope cannot be.
    """
    client_id = random_token()
    allowed = list(dict.fromkeys([OPENID, *([s.name for s in known_scopes()] if scopes is None else scopes)]))
    required = list(dict.fromkeys([OPENID, *required_scopes]))
    _check_registration(
        name, purpose, redirect_uris, allowed, required, native=application_type is ApplicationType.NATIVE
    )
    _check_own_scopes(own_scopes, auth_method)
    secret = None if auth_method is AuthMethod.NONE else random_token()
    client = Client(
        client_id=client_id,
        secret_digest=digest_of(secret) if secret else None,
        name=name,
        purpose=purpose,
        profile=profile,
        application_type=application_type,
        auth_method=auth_method,
        redirect_uris=list(redirect_uris),
        scopes=allowed,
        required_scopes=required,
        own_scopes=list(dict.fromkeys(own_scopes)),
        default_level=default_level,
        sector=find_sector(redirect_uris, client_id=client_id),
        registered_at=wall_now(),
    )
    db.session.add(client)
    record_act("register_client", client=client_id, name=name)
    db.session.commit()
    return RegisteredClient(client=client, client_id=client_id, secret=secret)


def find_client(client_id: str) -> Client:
    """Raises NotFound."""
    client = db.session.scalar(select(Client).where(Client.client_id == client_id)) if _is_text(client_id) else None
    if client is None:
        raise NotFound("client_unknown", "This service is not registered here.")
    return client


def find_clients() -> Sequence[Client]:
    """Every registered service, oldest first."""
    return db.session.scalars(select(Client).order_by(Client.id)).all()


def check_client_authentication(credentials: ClientCredentials) -> Client:
    """The client that these credentials prove. Raises OAuthError(invalid_client).

    A secret may come in the header or in the body, whichever of the two was registered: it is the same secret on the same
    connection, and libraries differ in their default.
    """
    try:
        client = find_client(credentials.client_id)
    except NotFound as unknown:
        raise refuse_client(reason="unknown client") from unknown
    if (credentials.method == AuthMethod.NONE) != (client.auth_method == AuthMethod.NONE):
        raise refuse_client(reason=f"{credentials.method} instead of {client.auth_method}")
    if credentials.method != AuthMethod.NONE:
        check_client_secret(client, credentials.secret)
    return client


def find_client_names(client_ids: Collection[str]) -> dict[str, str]:
    """The names of those of these services that are registered, by client id."""
    if not client_ids:
        return {}
    found = db.session.execute(select(Client.client_id, Client.name).where(Client.client_id.in_(client_ids)))
    return {row.client_id: row.name for row in found}


def check_client_secret(client: Client, secret: str) -> None:
    """Raise OAuthError(invalid_client) unless it is the client's secret; takes as long for a wrong one as for the right one."""
    if client.secret_digest is None or not hmac.compare_digest(digest_of(secret), client.secret_digest):
        raise refuse_client(reason="wrong secret")


def _check_registration(
    name: str, purpose: str, redirect_uris: Sequence[str], scopes: list[str], required: list[str], *, native: bool
) -> None:
    if not name.strip() or len(name) > 120 or not name.isprintable():
        raise Malformed("client_name", "A service needs a name of at most 120 characters.")
    if len(purpose) > 300 or not (purpose == "" or purpose.isprintable()):
        raise Malformed("client_purpose", "A purpose has at most 300 characters, on one line.")
    if not redirect_uris:
        raise Malformed("redirect_uri_not_allowed", "A service needs at least one redirect address.")
    for uri in redirect_uris:
        check_redirect_uri_registrable(uri, native=native)
    unknown = sorted(set(scopes) - {scope.name for scope in known_scopes()})
    if unknown:
        raise Malformed("scope_unknown", "At least one of these scopes does not exist.", reason=unknown[0])
    if not set(required) <= set(scopes):
        raise Malformed("scope_required", "What a service requires must be among what it may ask for.")


def _check_own_scopes(own: Sequence[str], auth_method: AuthMethod) -> None:
    papers = {scope.name for scope in known_scopes() if scope.find_claims is not None}
    if not set(own) <= papers:
        raise Malformed("scope_own", "In its own name a service can ask for papers only.")
    if own and auth_method is AuthMethod.NONE:
        raise Malformed("client_public", "A service that keeps no secret can ask for nothing in its own name.")


def _is_text(value: str) -> bool:
    """PostgreSQL holds no NUL in a text, so there is nothing to be found under one."""
    return 0 < len(value) <= 64 and value.isprintable()
