"""Access tokens as JWTs (RFC 9068), for services of a client's own that read them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

ACCESS_TOKEN_TYP = "at+jwt"


def build_access_token_claims(
    *,
    issuer: str,
    subject: str,
    client_id: str,
    audience: Sequence[str],
    scopes: Sequence[str],
    identifier: str,
    acr: str,
    authenticated_at: datetime,
    issued_at: datetime,
    expires_at: datetime,
    cnf: Mapping[str, str],
    details: Sequence[Mapping[str, Any]] = (),
    actor: str | None = None,
) -> dict[str, Any]:
    """The claims of RFC 9068, section 2.2, with how strongly and when the citizen signed in, and the key it is bound to.

    Authorization details are those that were granted (RFC 9396, section 9.1). `actor` is the client that acts for the citizen.
    """
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": client_id,
        "scope": " ".join(scopes),
        "jti": identifier,
        "iat": int(issued_at.timestamp()),
        "exp": int(expires_at.timestamp()),
        "auth_time": int(authenticated_at.timestamp()),
        "acr": acr,
    }
    act = {} if actor is None else build_actor_claim(actor)
    more = {"act": act, "cnf": dict(cnf), "authorization_details": [dict(detail) for detail in details]}
    return claims | {name: value for name, value in more.items() if value}


def build_actor_claim(client_id: str) -> dict[str, str]:
    """`act` of a token that a client was given in exchange (RFC 8693, section 4.1)."""
    return {"sub": client_id}
