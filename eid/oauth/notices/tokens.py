"""What the tokens say that services are sent: logout tokens and security event tokens. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

LOGOUT_TYP = "logout+jwt"
"""OpenID Connect Back-Channel Logout, section 2.4."""
SIGNAL_TYP = "secevent+jwt"
"""RFC 8417, section 2.3."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TOKEN_LIFE = timedelta(minutes=2)


def build_logout_claims(
    *, issuer: str, client_id: str, jti: str, subject: str, session_identifier: str, issued_at: datetime
) -> dict[str, Any]:
    """The claims of a logout token (Back-Channel Logout, section 2.4): it names person and session, and never has a nonce."""
    return {
        "iss": issuer,
        "aud": client_id,
        "iat": int(issued_at.timestamp()),
        "exp": int((issued_at + LOGOUT_TOKEN_LIFE).timestamp()),
        "jti": jti,
        "sub": subject,
        "sid": session_identifier,
        "events": {LOGOUT_EVENT: {}},
    }


def build_signal_claims(
    *,
    issuer: str,
    client_id: str,
    jti: str,
    subject: Mapping[str, Any],
    event: str,
    payload: Mapping[str, Any],
    issued_at: datetime,
) -> dict[str, Any]:
    """The claims of a security event token: one event, `sub_id`, and neither `sub` nor `exp` (Shared Signals Framework 1.0)."""
    return {
        "iss": issuer,
        "aud": client_id,
        "iat": int(issued_at.timestamp()),
        "jti": jti,
        "sub_id": subject,
        "events": {event: payload},
    }


def build_subject_identifier(issuer: str, subject: Mapping[str, str]) -> dict[str, Any]:
    """The subject identifier (RFC 9493) of what a notice keeps: a person, a session of a person, or a stream.

    A person is `iss_sub`; one session of theirs is complex, and names it as ID tokens do.
    """
    if "stream_id" in subject:
        return {"format": "opaque", "id": subject["stream_id"]}
    person = {"format": "iss_sub", "iss": issuer, "sub": subject["sub"]}
    if "sid" not in subject:
        return person
    return {"format": "complex", "user": person, "session": {"format": "opaque", "id": subject["sid"]}}
