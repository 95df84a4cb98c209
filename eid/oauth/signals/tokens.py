"""A notice of a stream as a security event token (RFC 8417), signed for the service that the stream belongs to."""

from __future__ import annotations

from eid.oauth.notices.models import Notice
from eid.oauth.notices.signing import sign_for_client
from eid.oauth.notices.tokens import SIGNAL_TYP, build_signal_claims, build_subject_identifier


def sign_signal(notice: Notice, *, issuer: str) -> str:
    """The same claims however often it is signed: `jti` and `iat` are those of the day on which it was posted."""
    claims = build_signal_claims(
        issuer=issuer,
        client_id=notice.client.client_id,
        jti=notice.jti,
        subject=build_subject_identifier(issuer, notice.claims["subject"]),
        event=notice.claims["event"],
        payload=notice.claims["payload"],
        issued_at=notice.posted_at,
    )
    return sign_for_client(notice.client, claims, typ=SIGNAL_TYP)
