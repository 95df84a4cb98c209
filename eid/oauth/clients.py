"""Clients: registering one, and finding one (RFC 6749, section 2). eid.oauth.client_authentication says whether it is the one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from typing import Any

from sqlalchemy import bindparam, select

from eid.accounts.levels import AuthenticationLevel
from eid.audit import record_act
from eid.clock import wall_now
from eid.db import db, run, table_of
from eid.errors import NotFound
from eid.fetching import check_url
from eid.late_dataclasses import frozen
from eid.oauth.claims import OPENID, known_scopes
from eid.oauth.client_checks import check_registration
from eid.oauth.client_choices import USUAL_CHOICES, ClientChoices
from eid.oauth.client_fields import DEFAULT_LEVEL, complete_columns
from eid.oauth.client_metadata import (
    HASHED_SECRETS,
    NO_KEYS,
    SECRETS,
    USUAL_ALGORITHMS,
    ClientKeys,
    ResponseAlgorithms,
)
from eid.oauth.client_methods import find_supported_methods
from eid.oauth.client_secrets import seal_client_secret
from eid.oauth.grant_types import NO_EXTRA_GRANTS, ExtraGrants
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.models import ApplicationType, AuthMethod, Client, Profile
from eid.oauth.opaque import digest_of
from eid.oauth.read_clients import READ_CLIENTS
from eid.oauth.sectors import find_checked_sector
from eid.prepared import Prepared
from eid.randomness import random_token

NO_LOGOUT = LogoutAddresses()


@frozen
class RegisteredClient:
    client: Client
    client_id: str
    secret: str | None = field(repr=False)
    """Shown once: only its digest is kept. None for a client that has keys of its own, and for a public one."""


def register_client(
    *,
    name: str,
    redirect_uris: Sequence[str],
    purpose: str = "",
    profile: Profile = Profile.BASIC,
    application_type: ApplicationType = ApplicationType.WEB,
    auth_method: AuthMethod | None = None,
    keys: ClientKeys = NO_KEYS,
    algorithms: ResponseAlgorithms = USUAL_ALGORITHMS,
    scopes: Sequence[str] | None = None,
    required_scopes: Sequence[str] = (),
    own_scopes: Sequence[str] = (),
    default_level: AuthenticationLevel = DEFAULT_LEVEL,
    choices: ClientChoices = USUAL_CHOICES,
    sector_identifier_uri: str | None = None,
    logout: LogoutAddresses = NO_LOGOUT,
    consent_days: int | None = None,
    requires_pkce: bool = True,
    requests_per_minute: int | None = None,
    sign_ins_per_day: int | None = None,
    grants: ExtraGrants = NO_EXTRA_GRANTS,
) -> RegisteredClient:
    """Afterwards the service can ask citizens to sign in. `scopes` None allows every scope that there is today.

    `own_scopes` are what it may ask for in its own name: papers of whoever holds out a card to it, and security events.
    Without `auth_method` it is the profile's usual one; without limits those of the settings count, and 0 is none.
    Raises Malformed where the name, an address, a scope or a key cannot be.
    """
    columns = complete_columns(
        {
            "name": name,
            "purpose": purpose,
            "redirect_uris": list(redirect_uris),
            "profile": profile,
            "application_type": application_type,
            "auth_method": auth_method,
            **vars(keys),
            **vars(algorithms),
            "scopes": name_scopes([scope.name for scope in known_scopes()] if scopes is None else scopes),
            "required_scopes": name_scopes(required_scopes),
            "own_scopes": list(dict.fromkeys(own_scopes)),
            "default_level": default_level,
            **vars(choices),
            "sector_identifier_uri": sector_identifier_uri,
            **vars(logout),
            "consent_days": consent_days,
            "requires_pkce": requires_pkce,
            **vars(grants),
        }
    )
    client_id = random_token()
    client = record_client(
        columns,
        client_id=client_id,
        sector=check_columns(columns, client_id=client_id),
        requests_per_minute=requests_per_minute,
        sign_ins_per_day=sign_ins_per_day,
    )
    secret = record_secret(client) if client.auth_method in SECRETS else None
    record_act("register_client", client=client_id, name=name)
    db.session.commit()
    return RegisteredClient(client=client, client_id=client_id, secret=secret)


def record_client(columns: Mapping[str, Any], *, client_id: str, sector: str, **more: Any) -> Client:
    """Add a client with these columns, which check_columns has found in order; the caller commits.

    It has no secret yet, even where it needs one (record_secret). `more` are columns that no registration asks for: whose it is.
    """
    client = Client(client_id=client_id, registered_at=wall_now(), sector=sector, **columns, **more)
    db.session.add(client)
    return client


def check_columns(columns: Mapping[str, Any], *, client_id: str) -> str:
    """The sector of a client with these columns, all of which are in order; a sector_identifier_uri is asked.

    Raises Malformed as check_registration and find_checked_sector, Malformed (url_not_allowed), and what fetch raises.
    """
    for address in ("jwks_uri", "backchannel_logout_uri", "backchannel_client_notification_endpoint"):
        if columns[address] is not None:
            check_url(columns[address])
    check_registration(columns, supported=find_supported_methods())
    return find_checked_sector(
        columns["redirect_uris"], client_id=client_id, sector_identifier_uri=columns["sector_identifier_uri"]
    )


def record_secret(client: Client) -> str:
    """A new secret, kept so that the client can be recognised by it and no more; the caller commits, and shows it once."""
    secret = random_token()
    is_hashed = client.auth_method in HASHED_SECRETS
    client.secret_digest = digest_of(secret) if is_hashed else None
    client.sealed_secret = None if is_hashed else seal_client_secret(secret, client.client_id)
    return secret


def name_scopes(names: Sequence[str]) -> list[str]:
    """Each once, openid first: nobody signs in without it."""
    return list(dict.fromkeys([OPENID, *names]))


_OF_CLIENT_ID = select(Client).where(Client.client_id == bindparam("sought"))
"""Asked at each request of a service, so it is built once."""


def find_client(client_id: str) -> Client:
    """Raises NotFound."""
    client = db.session.scalar(_OF_CLIENT_ID, {"sought": client_id}) if is_client_id(client_id) else None
    if client is None or client.ended_at is not None:
        raise _unknown()
    return client


_READ = Prepared(select(*READ_CLIENTS.columns).where(table_of(Client).c.client_id == bindparam("sought")))


def read_client(client_id: str) -> Client:
    """As find_client, to be looked at only (READ_CLIENTS). Raises NotFound."""
    row = run(_READ, {"sought": client_id}).one_or_none() if is_client_id(client_id) else None
    if row is None or row.ended_at is not None:
        raise _unknown()
    return READ_CLIENTS.find(row)


def _unknown() -> NotFound:
    return NotFound("client_unknown", "This service is not registered here.")


def find_clients() -> Sequence[Client]:
    """Every registered service, oldest first."""
    return db.session.scalars(select(Client).where(Client.ended_at.is_(None)).order_by(Client.id)).all()


def find_client_names(client_ids: Collection[str]) -> dict[str, str]:
    """The names of those of these services that are registered, by client id."""
    if not client_ids:
        return {}
    found = db.session.execute(select(Client.client_id, Client.name).where(Client.client_id.in_(client_ids)))
    return {row.client_id: row.name for row in found}


def is_client_id(value: str) -> bool:
    """Whether there can be a client of this id: PostgreSQL holds no NUL in a text, so there is nothing to be found under one."""
    return 0 < len(value) <= 64 and value.isprintable()
