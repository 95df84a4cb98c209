"""Checking that a client is who it says (RFC 6749, section 2.3; OpenID Connect Core, section 9)."""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy import delete

from eid.clock import wall_now
from eid.crypto.jwks import PublicKey
from eid.crypto.jwt import LEEWAY
from eid.db import db, insert_unless_present
from eid.errors import Malformed, NotFound, OAuthError, Refused, Unavailable, VerificationFailed
from eid.oauth.attestations import POP_AGE, verify_attestation_pop, verify_client_attestation
from eid.oauth.client_answers import prepare_answers
from eid.oauth.client_assertions import VerifiedAssertion, verify_client_assertion
from eid.oauth.client_auth import ClientCredentials, refuse_client
from eid.oauth.client_certificates import ClientCertificate, verify_certified_client, verify_self_signed_client
from eid.oauth.client_keys import find_registered_keys, find_signature_keys
from eid.oauth.client_metadata import HASHED_SECRETS, TLS_METHODS, signing_algorithms
from eid.oauth.client_methods import find_certificate_authorities
from eid.oauth.client_secrets import find_secret_keys, is_previous_good
from eid.oauth.clients import read_client
from eid.oauth.models import STRICT_PROFILES, AuthMethod, Client, UsedAssertion
from eid.oauth.opaque import digest_of
from eid.oauth.wallet_providers import find_wallet_anchors

WAYS: dict[AuthMethod, frozenset[str]] = {
    AuthMethod.SECRET_BASIC: frozenset({"client_secret_basic", "client_secret_post"}),
    AuthMethod.SECRET_POST: frozenset({"client_secret_basic", "client_secret_post"}),
    AuthMethod.SECRET_JWT: frozenset({"client_assertion"}),
    AuthMethod.PRIVATE_KEY_JWT: frozenset({"client_assertion"}),
    AuthMethod.TLS: frozenset({"none"}),
    AuthMethod.SELF_SIGNED_TLS: frozenset({"none"}),
    AuthMethod.ATTESTATION: frozenset({"client_attestation"}),
    AuthMethod.NONE: frozenset({"none"}),
}
"""In which ways a client of each method may come. A secret may come in the header or in the body, whichever of the two was
registered: it is the same secret on the same connection, and libraries differ in their default."""


FORGETTING = 8
"""Of 256 assertions so many also forget the old ones."""

_NO_KEYS = (Malformed, Refused, Unavailable)
"""The client's keys cannot be had."""


def check_client_authentication(credentials: ClientCredentials, *, issuer: str, address: str = "") -> Client:
    """The client that these credentials prove. Raises OAuthError: invalid_client; unauthorized_client, for one that is suspended.

    An assertion is for us, by our name, the token endpoint's, or `address`, the one that was called (RFC 9126, section 2; CIBA
    Core, section 7.1). A client of profile fapi2 says our name.

    An assertion is used up, and that is committed, whatever becomes of the request.
    """
    try:
        client = read_client(credentials.client_id)
    except NotFound as unknown:
        raise refuse_client(reason="unknown client") from unknown
    method = client.auth_method
    if credentials.method not in WAYS[method]:
        raise refuse_client(reason=f"{credentials.method} instead of {method}")
    if client.suspended_at is None:
        prepare_answers(client)
    if method in HASHED_SECRETS:
        check_client_secret(client, credentials.secret)
    elif method in TLS_METHODS:
        _check_certificate(client, credentials.certificate)
    elif method == AuthMethod.ATTESTATION:
        _spend_assertion(client, _check_attestation(client, credentials, issuer), now=wall_now())
    elif method != AuthMethod.NONE:
        _spend_assertion(client, _check_assertion(client, credentials.assertion, issuer, address), now=wall_now())
    if client.suspended_at is not None:
        raise OAuthError("unauthorized_client", "This client is suspended.", reason="suspended")
    return client


def check_client_secret(client: Client, secret: str) -> None:
    """Raise OAuthError(invalid_client) unless it is the client's secret, or the one before while that is good as well. How long
    it takes says nothing of a secret: what is compared are digests."""
    shown, known = digest_of(secret), client.secret_digest
    if known is not None and hmac.compare_digest(shown, known):
        return
    previous = client.previous_secret_digest if is_previous_good(client, wall_now()) else None
    if previous is None or not hmac.compare_digest(shown, previous):
        raise refuse_client(reason="wrong secret")


def _check_assertion(client: Client, assertion: str, issuer: str, address: str) -> VerifiedAssertion:
    is_strict = client.profile in STRICT_PROFILES
    registered = client.token_endpoint_auth_signing_alg
    allowed = signing_algorithms(client.profile, client.auth_method)
    try:
        return verify_client_assertion(
            assertion,
            keys=_find_keys(client, assertion),
            algorithms=[alg for alg in allowed if registered in (None, alg)],
            expected_client=client.client_id,
            expected_audiences=[issuer] if is_strict else [issuer, f"{issuer}/oauth/token", address],
            is_strict=is_strict,
            now=wall_now(),
        )
    except VerificationFailed as failure:
        raise refuse_client(reason=f"assertion: {failure.step} {failure.code}") from failure
    except _NO_KEYS as refusal:
        raise refuse_client(reason=f"keys: {refusal.code} {refusal.reason}") from refusal


def _find_keys(client: Client, assertion: str) -> tuple[PublicKey, ...]:
    if client.auth_method == AuthMethod.SECRET_JWT:
        return find_secret_keys(client, now=wall_now())
    return find_signature_keys(client, assertion)


def _check_certificate(client: Client, shown: ClientCertificate | None) -> None:
    """RFC 8705, section 2."""
    if shown is None:
        raise refuse_client(reason="no certificate")
    try:
        if client.auth_method == AuthMethod.SELF_SIGNED_TLS:
            verify_self_signed_client(shown, keys=find_registered_keys(client), now=wall_now())
        else:
            verify_certified_client(
                shown,
                anchors=find_certificate_authorities(),
                expected_kind=client.tls_subject_kind or "",
                expected_subject=client.tls_subject or "",
                now=wall_now(),
            )
    except VerificationFailed as failure:
        raise refuse_client(reason=f"certificate: {failure.step} {failure.reason}") from failure
    except _NO_KEYS as refusal:
        raise refuse_client(reason=f"keys: {refusal.code} {refusal.reason}") from refusal


def _check_attestation(client: Client, shown: ClientCredentials, issuer: str) -> VerifiedAssertion:
    """draft-ietf-oauth-attestation-based-client-auth, section 6: the provider's word for this client, and its key's proof."""
    now = wall_now()
    try:
        attested = verify_client_attestation(shown.assertion, anchors=find_wallet_anchors(), now=now)
        if attested.client_id != client.client_id:
            raise refuse_client(reason="attestation of another client")
        jti = verify_attestation_pop(shown.proof, attested, expected_audience=issuer, now=now)
    except VerificationFailed as failure:
        raise refuse_client(reason=f"attestation: {failure.step} {failure.code}") from failure
    return VerifiedAssertion(client.client_id, f"attestation {jti}", now + 2 * POP_AGE)


def _spend_assertion(client: Client, assertion: VerifiedAssertion, *, now: datetime) -> None:
    """Afterwards it is used, in every worker; raises OAuthError(invalid_client) where it was before. Commits.

    Now and then those that have expired are forgotten: whose turn that is, the digest says, so that most cost one statement.
    """
    digest = digest_of(assertion.jti)
    is_first = insert_unless_present(
        UsedAssertion, client_id=client.id, jti_digest=digest, expires_at=assertion.expires_at
    )
    if digest[0] < FORGETTING:
        db.session.execute(delete(UsedAssertion).where(UsedAssertion.expires_at < now - 2 * LEEWAY))
    db.session.commit()
    if not is_first:
        raise refuse_client(reason="assertion: used before")
