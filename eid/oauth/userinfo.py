"""Userinfo: what a client may read of a person with an access token (OpenID Connect Core, section 5.3)."""

from __future__ import annotations

from typing import Any

from eid.accounts.service import read_holder
from eid.audit import ActorKind, record_disclosure
from eid.db import db
from eid.oauth.client_answers import prepare_answers, sign_userinfo
from eid.oauth.clients import find_client
from eid.oauth.released import find_released_claims
from eid.oauth.tokens import AccessGrant


def read_userinfo(grant: AccessGrant) -> dict[str, Any]:
    """`sub` and the granted claims that belong here, each only where there is something to say. Recorded and committed."""
    holder = read_holder(grant.person_id, grant.holder)
    found = find_released_claims(grant.release, "userinfo", holder, sector=grant.sector)
    claims = {"sub": grant.subject} | found
    record_disclosure(
        "read_userinfo",
        actor_kind=ActorKind.CLIENT,
        actor=grant.client_id,
        person_id=grant.person_id,
        attributes=claims,
        purpose=grant.purpose,
    )
    db.session.commit()
    return claims


def read_userinfo_jwt(grant: AccessGrant, *, issuer: str) -> str:
    """What read_userinfo says, in the form that the client registered. Raises where the client's keys cannot be had."""
    client = find_client(grant.client_id)
    prepare_answers(client)
    return sign_userinfo(client, read_userinfo(grant), issuer=issuer)
