"""Signed things that a service makes or gets, looked at step by step: request objects, assertions, DPoP proofs, ID tokens. Pure.

The provider's own verifications say where they failed; from that follows what held before it. Nothing is recorded: that a proof
or an assertion was not used before can only be judged where it is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from eid.crypto.jwks import PublicKey, read_unverified_claims, read_unverified_header
from eid.crypto.jwt import check_times, verify_signature
from eid.crypto.keys import SIGNING_ALGORITHMS
from eid.errors import VerificationFailed
from eid.oauth.client_assertions import verify_client_assertion
from eid.oauth.dpop import ShownProofs, verify_dpop_proof
from eid.oauth.inspection.parameters import describe
from eid.oauth.inspection.results import Inspection, Step, Value, not_judged, walk
from eid.oauth.request_objects import verify_request_object

_JWS = (
    Step("jws", "It is a JWS in compact form.", "RFC 7515, section 7.1"),
    Step("alg", "Its algorithm is one that is allowed.", "RFC 8725, section 3.1"),
    Step("key", "A key of yours is registered for it.", "RFC 7515, section 4.1.4"),
    Step("signature", "Its signature holds.", "RFC 7515, section 5.2"),
    Step("claims", "What is signed is a JSON object.", "RFC 7519, section 7.2"),
)
REQUEST_OBJECT_STEPS = (
    *_JWS,
    Step("typ", "It is no token of another kind.", "RFC 9101, section 10.8"),
    Step("iss", "Its iss is this service.", "RFC 9101, section 4"),
    Step("client_id", "Its client_id is this service.", "RFC 9101, section 4"),
    Step("aud", "It is meant for this provider.", "RFC 9101, section 4"),
    Step("nbf", "It says from when it is valid, and is.", "FAPI 2.0 Message Signing, section 5.3.1"),
    Step("exp", "It says until when it is valid, and is.", "FAPI 2.0 Message Signing, section 5.3.1"),
    Step("nested", "It holds no other request object.", "RFC 9101, section 4"),
    Step("text", "What it says is text.", "RFC 9101, section 4"),
)
ASSERTION_STEPS = (
    *_JWS,
    Step("typ", "It is no token of another kind.", "RFC 8725, section 3.11"),
    Step("iss", "Its iss is this service.", "RFC 7523, section 3"),
    Step("sub", "Its sub is this service.", "RFC 7523, section 3"),
    Step("aud", "It is meant for this provider alone.", "RFC 7523, section 3"),
    Step("exp", "It is valid now, and not for long.", "RFC 7523, section 3"),
    Step("nbf", "It is valid already.", "RFC 7523, section 3"),
    Step("iat", "It was not made in the future.", "RFC 7523, section 3"),
    Step("jti", "It has a number.", "OpenID Connect Core, section 9"),
)
PROOF_STEPS = (
    Step("header", "There is one proof.", "RFC 9449, section 4.3, item 1"),
    Step("jws", "It is a JWS in compact form.", "RFC 9449, section 4.3, item 2"),
    Step("typ", "Its typ is dpop+jwt.", "RFC 9449, section 4.3, item 4"),
    Step("jwk", "It brings a public key.", "RFC 9449, section 4.3, item 7"),
    Step("alg", "Its algorithm is asymmetric and allowed.", "RFC 9449, section 4.3, item 5"),
    Step("key", "The key is one for this algorithm.", "RFC 9449, section 4.3, item 6"),
    Step("signature", "Its signature holds under that key.", "RFC 9449, section 4.3, item 6"),
    Step("claims", "It has jti, htm, htu and iat, and with a token ath.", "RFC 9449, section 4.3, item 3"),
    Step("htm", "It is for this method.", "RFC 9449, section 4.3, item 8"),
    Step("htu", "It is for this address.", "RFC 9449, section 4.3, item 9"),
    Step("nonce", "Its nonce is a fresh one of ours.", "RFC 9449, section 4.3, item 10"),
    Step("iat", "It was made just now.", "RFC 9449, section 4.3, item 11"),
    Step("nbf", "It is valid already.", "RFC 7519, section 4.1.5"),
    Step("exp", "It has not expired.", "RFC 7519, section 4.1.4"),
    Step("ath", "It is for the access token that comes with it.", "RFC 9449, section 4.3, item 12"),
)
ID_TOKEN_STEPS = (
    Step("typ", "It is an ID token.", "RFC 8725, section 3.11"),
    Step("key", "It names its key.", "OpenID Connect Core, section 10.1"),
    Step("signature", "This provider signed it.", "OpenID Connect Core, section 3.1.3.7, item 6"),
    Step("claims", "What is signed is a JSON object.", "RFC 7519, section 7.2"),
    Step("iss", "This provider issued it.", "OpenID Connect Core, section 3.1.3.7, item 2"),
    Step("aud", "It is meant for this service.", "OpenID Connect Core, section 3.1.3.7, item 3"),
    Step("time", "It says when it is valid.", "OpenID Connect Core, section 2"),
    Step("iat", "It was not made in the future.", "OpenID Connect Core, section 3.1.3.7, item 10"),
    Step("exp", "It has not expired.", "OpenID Connect Core, section 3.1.3.7, item 9"),
)
USED_ONCE = Step("used_once", "It was not used before.", "RFC 7523, section 3; RFC 9449, section 11.1")
SHOWN_OF_ID_TOKEN = ("iss", "aud", "azp", "iat", "exp", "auth_time", "nonce", "acr", "amr", "at_hash", "sid", "sub")


def inspect_request_object(
    token: str,
    *,
    keys: Sequence[PublicKey],
    algorithms: Collection[str],
    client_id: str,
    issuer: str,
    is_strict: bool,
    now: datetime,
) -> Inspection:
    failing, detail = "", ""
    try:
        verify_request_object(
            token,
            keys=keys,
            algorithms=algorithms,
            expected_client=client_id,
            expected_audience=issuer,
            is_strict=is_strict,
            now=now,
        )
    except VerificationFailed as failure:
        failing, detail = failure.step, failure.detail
    return Inspection("request_object", _values(token), walk(REQUEST_OBJECT_STEPS, filter(None, [failing]), detail))


def inspect_assertion(
    token: str,
    *,
    keys: Sequence[PublicKey],
    algorithms: Collection[str],
    client_id: str,
    issuer: str,
    is_strict: bool,
    now: datetime,
) -> Inspection:
    failing, detail = "", ""
    try:
        verify_client_assertion(
            token,
            keys=keys,
            algorithms=algorithms,
            expected_client=client_id,
            expected_audiences=[issuer] if is_strict else [issuer, f"{issuer}/oauth/token"],
            is_strict=is_strict,
            now=now,
        )
    except VerificationFailed as failure:
        failing, detail = failure.step, failure.detail
    checks = walk(ASSERTION_STEPS, filter(None, [failing]), detail)
    return Inspection("client_assertion", _values(token), (*checks, not_judged(USED_ONCE)))


def inspect_proof(
    token: str,
    *,
    method: str,
    uri: str,
    needs_nonce: bool,
    nonce_secret: bytes,
    now: datetime,
) -> Inspection:
    """As it would be judged at this address now."""
    failing, detail = "", ""
    try:
        verify_dpop_proof(
            ShownProofs((token,), method, uri),
            nonce_secret=nonce_secret,
            needs_nonce=needs_nonce,
            now=now,
        )
    except VerificationFailed as failure:
        failing, detail = failure.step, failure.detail
    checks = walk(PROOF_STEPS, filter(None, [failing]), detail)
    return Inspection("dpop_proof", _values(token), (*checks, not_judged(USED_ONCE)))


def inspect_id_token(
    token: str, *, keys: Sequence[Mapping[str, Any]], client_id: str, issuer: str, now: datetime
) -> Inspection:
    """What it says of itself, where it is ours and this service's; of anything else, only that it is not.

    No value about a person is shown, not even to the service that it was made for.
    """
    failing, detail = "", ""
    claims: Mapping[str, Any] = {}
    try:
        verified = verify_signature(token, keys=keys, expected_typ="JWT", algorithms=SIGNING_ALGORITHMS)
        _check_ours(verified.claims, client_id, issuer)
        claims = verified.claims
        check_times(claims, now)
    except VerificationFailed as failure:
        failing, detail = failure.step, failure.detail
    return Inspection("id_token", _values_of_id_token(claims), walk(ID_TOKEN_STEPS, filter(None, [failing]), detail))


def _check_ours(claims: Mapping[str, Any], client_id: str, issuer: str) -> None:
    if claims.get("iss") != issuer:
        raise VerificationFailed("iss", "token_issuer", "The token was issued by somebody else.")
    if claims.get("aud") != client_id:
        raise VerificationFailed("aud", "token_audience", "The token is meant for somebody else.")


def _values_of_id_token(claims: Mapping[str, Any]) -> tuple[Value, ...]:
    known = [(name, claims[name]) for name in SHOWN_OF_ID_TOKEN if name in claims]
    others = [(name, "") for name in sorted(claims) if name not in SHOWN_OF_ID_TOKEN]
    return describe([*known, *others])


def _values(token: str) -> tuple[Value, ...]:
    """Header and claims as they are said, unverified; what must not be shown is not."""
    try:
        said = [*read_unverified_header(token).items(), *read_unverified_claims(token).items()]
    except VerificationFailed:
        return ()
    return describe(said)
