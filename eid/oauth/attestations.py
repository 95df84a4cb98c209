"""What a wallet provider attests (OpenID4VCI 1.0, appendices D and E; draft-ietf-oauth-attestation-based-client-auth): a JWT that
brings the provider's certificate, which somebody who is trusted has signed. Pure.

Certificates are checked for what matters here: who signed them, when they hold, and that no root came along. Revocation is not.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from eid.crypto.jwks import PublicKey, parse_jwk_set, read_unverified_header, verify_jws
from eid.crypto.jwt import LEEWAY
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.oauth.dpop import is_time

ALGORITHMS = ("ES256",)
CLIENT_TYP = "oauth-client-attestation+jwt"
POP_TYP = "oauth-client-attestation-pop+jwt"
KEY_TYP = "key-attestation+jwt"
POP_AGE = timedelta(minutes=5)
"""How long ago a proof may have been made, and by how much a clock may be ahead."""
MAX_CHAIN = 3
MAX_ATTESTED = 64
MAX_JTI = 256


@frozen
class AttestedClient:
    client_id: str
    key: PublicKey
    """The wallet instance's, which it has to prove."""


def verify_attested(
    token: str, *, expected_typ: str, anchors: Sequence[x509.Certificate], now: datetime
) -> Mapping[str, Any]:
    """The claims of an attestation of which all of this holds; else VerificationFailed with the step.

    1. Its `typ` is the expected one. Step `typ`.
    2. Its `x5c` leads to an anchor, which is not among it; every certificate holds now (HAIP 1.0). Step `certificate`.
    3. The first one's key, on P-256, signed it by ES256. Steps of verify_jws.
    4. It has not expired, and was not made in the future. Steps `exp`, `iat`.
    """
    # (1)
    header = read_unverified_header(token)
    if header.get("typ") != expected_typ:
        raise VerificationFailed("typ", "token_typ", "The token is of another kind.")
    # (2)
    signer = _verify_chain(_read_chain(header.get("x5c")), anchors, now)
    # (3)
    claims = verify_jws(token, keys=[replace(_key_of(signer), kid=header.get("kid"))], algorithms=ALGORITHMS).claims
    # (4)
    _check_times(claims, now)
    return claims


def verify_client_attestation(token: str, *, anchors: Sequence[x509.Certificate], now: datetime) -> AttestedClient:
    """Whom a client attestation is of (draft, section 5.1); else VerificationFailed with the step.

    1. It is an attestation that holds (verify_attested), and says until when.
    2. It names the client (`sub`) and the instance's key (`cnf`). Steps `sub`, `cnf`.
    """
    # (1)
    claims = verify_attested(token, expected_typ=CLIENT_TYP, anchors=anchors, now=now)
    if "exp" not in claims:
        raise VerificationFailed("exp", "token_time", "The attestation does not say when it ends.")
    # (2)
    subject, confirmation = claims.get("sub"), claims.get("cnf")
    if not isinstance(subject, str) or not subject:
        raise VerificationFailed("sub", "token_claims", "The attestation does not name its client.")
    return AttestedClient(subject, _read_key(confirmation.get("jwk") if isinstance(confirmation, Mapping) else None))


def verify_attestation_pop(token: str, client: AttestedClient, *, expected_audience: str, now: datetime) -> str:
    """The `jti` of a proof by the attested key (draft, section 5.2); else VerificationFailed with the step.

    1. Its `typ` is that of such a proof, and the attested key signed it. Steps `typ`, those of verify_jws.
    2. It is for us, and from this client where it says from whom. Steps `aud`, `iss`.
    3. It was made just now, and has a `jti`. Steps `iat`, `jti`.
    """
    # (1)
    header = read_unverified_header(token)
    if header.get("typ") != POP_TYP:
        raise VerificationFailed("typ", "token_typ", "The token is of another kind.")
    claims = verify_jws(token, keys=[replace(client.key, kid=header.get("kid"))], algorithms=ALGORITHMS).claims
    # (2)
    if claims.get("aud") not in (expected_audience, [expected_audience]):
        raise VerificationFailed("aud", "token_audience", "The proof is meant for somebody else.")
    if claims.get("iss", client.client_id) != client.client_id:
        raise VerificationFailed("iss", "token_issuer", "The proof is somebody else's.")
    # (3)
    made_at, jti = claims.get("iat"), claims.get("jti")
    if not isinstance(made_at, int) or abs(now.timestamp() - made_at) > POP_AGE.total_seconds():
        raise VerificationFailed("iat", "token_time", "The proof was not made just now.")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_JTI:
        raise VerificationFailed("jti", "token_jti", "The proof has no jti.")
    return jti


def verify_key_attestation(
    token: str, *, anchors: Sequence[x509.Certificate], now: datetime
) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    """The claims of a key attestation (appendix D.1) and the keys that it attests, public keys on P-256, each once; else
    VerificationFailed with the step (`attested_keys`, those of verify_attested). Its nonce is for the caller to judge."""
    claims = verify_attested(token, expected_typ=KEY_TYP, anchors=anchors, now=now)
    given = claims.get("attested_keys")
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_ATTESTED or "iat" not in claims:
        raise VerificationFailed("attested_keys", "token_claims", "The attestation attests no keys.")
    return claims, [dict(_read_key(one).jwk.as_dict(private=False)) for one in given]


def _read_chain(x5c: object) -> list[x509.Certificate]:
    if not isinstance(x5c, list) or not 1 <= len(x5c) <= MAX_CHAIN or not all(isinstance(one, str) for one in x5c):
        raise VerificationFailed(
            "certificate", "x5c_missing", "The attestation does not bring its signer's certificate."
        )
    try:
        return [x509.load_der_x509_certificate(b64decode(one, validate=True)) for one in x5c]
    except ValueError as error:
        raise VerificationFailed("certificate", "x5c_malformed", "A certificate cannot be read.") from error


def _verify_chain(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], now: datetime
) -> x509.Certificate:
    anchor = next((one for one in anchors if one.subject == chain[-1].issuer), None)
    if anchor is None or any(one.issuer == one.subject for one in chain):
        raise VerificationFailed("certificate", "issuer_unknown", "The attestation comes from nobody who is trusted.")
    for certificate, issuer in zip(chain, (*chain[1:], anchor), strict=True):
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise VerificationFailed("certificate", "certificate_time", "A certificate is not valid at this time.")
        if not _is_authority(issuer):
            raise VerificationFailed("certificate", "signer_profile", "A certificate was signed by no authority.")
        try:
            certificate.verify_directly_issued_by(issuer)
        except (InvalidSignature, ValueError, TypeError) as error:
            raise VerificationFailed(
                "certificate", "certificate_signature", "A certificate's signature does not hold."
            ) from error
    return chain[0]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _key_of(certificate: x509.Certificate) -> PublicKey:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise VerificationFailed("key", "token_key", "The attestation is signed by a key of another kind.")
    return PublicKey(ECKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)))


def _read_key(jwk: object) -> PublicKey:
    try:
        found = parse_jwk_set({"keys": [jwk]})
    except Malformed as malformed:
        raise VerificationFailed(
            "cnf", "token_key", "A key that is attested cannot be read.", reason=malformed.code
        ) from malformed
    if len(found) != 1 or getattr(found[0].jwk, "curve_name", "") != "P-256":
        raise VerificationFailed("cnf", "token_key", "A key that is attested is not a public one on P-256.")
    return PublicKey(found[0].jwk)


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    seconds, leeway = now.timestamp(), LEEWAY.total_seconds()
    if "exp" in claims and not (is_time(claims["exp"]) and claims["exp"] > seconds - leeway):
        raise VerificationFailed("exp", "token_expired", "The attestation has expired.")
    for name in ("iat", "nbf"):
        if name in claims and not (is_time(claims[name]) and claims[name] <= seconds + leeway):
            raise VerificationFailed(name, "token_not_yet_valid", "The attestation is not valid yet.")
