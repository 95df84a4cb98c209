"""Authorization requests of a verifier (OpenID4VP 1.0, section 5), built and, for wallets, read. Pure.

One `client_id` prefix is for signed requests with a certificate by its hash, one for the same by its name, and one for requests
that nobody signs. HAIP 1.0, section 5, is the profile: signed, by hash, answered with `direct_post.jwt`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from eid.crypto.disclosures import encode
from eid.crypto.jwt import LEEWAY, LargeHeaders
from eid.crypto.keys import SigningKey
from eid.crypto.x509 import Certificate, parse_certificate
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.presentations.unverified import read_unverified

TYP = "oauth-authz-req+jwt"
MEDIA_TYPE = "application/oauth-authz-req+jwt"
SELF_ISSUED = "https://self-issued.me/v2"
"""The audience of a request whose reader nobody knows yet (section 5.8)."""
ENCRYPTIONS = ("A128GCM", "A256GCM")
"""HAIP, section 5: verifiers list both."""
FORMATS: dict[str, dict[str, list[Any]]] = {
    "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]},
    "mso_mdoc": {"issuerauth_alg_values": [-7], "deviceauth_alg_values": [-7]},
}
MAX_WALLET_NONCE = 512


class ResponseMode(StrEnum):
    DIRECT_POST = "direct_post"
    DIRECT_POST_JWT = "direct_post.jwt"


class Prefix(StrEnum):
    """How the verifier is known (section 5.9.3)."""

    X509_HASH = "x509_hash"
    X509_SAN_DNS = "x509_san_dns"
    REDIRECT_URI = "redirect_uri"


@frozen
class Asked:
    """What a verifier asks for."""

    client_id: str
    response_mode: ResponseMode
    response_uri: str
    nonce: str
    state: str
    query: Mapping[str, Any]
    """`dcql_query`, as JSON."""
    encryption_key: Mapping[str, Any] | None = None
    """The public key, a JSON Web Key with `kid`, that the answer is encrypted to."""
    verifier: str = ""
    """Its name for people, and why it asks: told under `client_metadata`, as extensions that others ignore."""
    purpose: str = ""


def hash_client_id(certificate: bytes) -> str:
    """`x509_hash`: of the certificate in DER."""
    return f"{Prefix.X509_HASH}:{encode(hashlib.sha256(certificate).digest())}"


def thumbprint_of(jwk: Mapping[str, Any]) -> bytes:
    """RFC 7638, SHA-256, of a public key of an elliptic curve."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()


def build_parameters(asked: Asked) -> dict[str, Any]:
    """The parameters of the request, those that are JSON as they are."""
    metadata: dict[str, Any] = {
        "vp_formats_supported": FORMATS,
        "client_name": asked.verifier,
        "purpose": asked.purpose,
    }
    if asked.encryption_key is not None:
        metadata |= {"jwks": {"keys": [dict(asked.encryption_key)]}}
        metadata |= {"encrypted_response_enc_values_supported": list(ENCRYPTIONS)}
    return {
        "response_type": "vp_token",
        "client_id": asked.client_id,
        "response_mode": str(asked.response_mode),
        "response_uri": asked.response_uri,
        "nonce": asked.nonce,
        "state": asked.state,
        "dcql_query": dict(asked.query),
        "client_metadata": metadata,
    }


def write_parameters(asked: Asked) -> str:
    """The query of a request that is not signed: JSON as text (section 5, by value)."""
    found = build_parameters(asked)
    return urlencode({n: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for n, v in found.items()})


def sign_request(
    asked: Asked,
    *,
    key: SigningKey,
    chain: Sequence[bytes],
    wallet_nonce: str | None,
    now: datetime,
    expires_at: datetime,
) -> str:
    """The request object (section 5.8): a JWS whose header brings the certificates, in DER and without the root's."""
    claims = build_parameters(asked) | {"aud": SELF_ISSUED, "iat": int(now.timestamp())}
    claims["exp"] = int(expires_at.timestamp())
    if wallet_nonce is not None:
        claims["wallet_nonce"] = wallet_nonce
    header = {"alg": "ES256", "typ": TYP, "x5c": [b64encode(each).decode() for each in chain]}
    body = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    return jws.serialize_compact(header, body, key.jwk, registry=LargeHeaders(algorithms=["ES256"]))


@frozen
class VerifiedRequest:
    """A request whose verifier is who its `client_id` says."""

    asked: Asked
    certificate: Certificate


def verify_request(
    token: str, *, expected_client_id: str, expected_wallet_nonce: str | None, now: datetime
) -> VerifiedRequest:
    """The request in this request object, of which all of this holds; else VerificationFailed with the step.

    1. It is a JWS of `typ` oauth-authz-req+jwt that brings its signer's certificate (steps typ, certificate).
    2. `client_id` is the one that the wallet was given, and names this certificate by its hash or one of its names (client_id).
    3. The certificate is valid now, and its key signed (steps certificate, signature).
    4. It was made for this wallet's nonce, where there was one, and has not ended (steps wallet_nonce, time).
    5. It has the form of a request (step request).
    """
    # (1)
    header = read_unverified(token)[0]
    if header.get("typ") != TYP:
        raise VerificationFailed("typ", "token_typ", "This is no request object.")
    try:
        raw = b64decode(header["x5c"][0], validate=True)
        certificate = parse_certificate(raw)
    except (KeyError, IndexError, TypeError, ValueError, Malformed) as error:
        raise VerificationFailed("certificate", "x5c_missing", "The request brings no certificate.") from error
    # (2)
    _check_client_id(expected_client_id, raw, certificate)
    # (3)
    if not certificate.not_before <= now <= certificate.not_after:
        raise VerificationFailed("certificate", "certificate_time", "A certificate is not valid at this time.")
    claims = _verify_signature(token, certificate)
    if claims.get("client_id") != expected_client_id:
        raise VerificationFailed("client_id", "client_id", "The request is another verifier's.")
    # (4)
    if expected_wallet_nonce is not None and claims.get("wallet_nonce") != expected_wallet_nonce:
        raise VerificationFailed("wallet_nonce", "wallet_nonce", "The request was made for somebody else.")
    ends = claims.get("exp")
    if type(ends) is int and ends <= (now - LEEWAY).timestamp():
        raise VerificationFailed("time", "token_expired", "The request has expired.")
    # (5)
    return VerifiedRequest(parse_parameters(claims), certificate)


def find_dns_names(certificate: bytes) -> list[str]:
    """The DNS names among the subject alternative names of a certificate in DER."""
    try:
        names = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except (ValueError, x509.ExtensionNotFound):
        return []
    return names.value.get_values_for_type(x509.DNSName)


def _check_client_id(client_id: str, raw: bytes, certificate: Certificate) -> None:
    prefix, _, name = client_id.partition(":")
    if prefix == Prefix.X509_HASH:
        holds = hmac.compare_digest(hash_client_id(raw).encode(), client_id.encode())
    else:
        holds = prefix == Prefix.X509_SAN_DNS and name in find_dns_names(raw)
    if not holds:
        raise VerificationFailed("client_id", "client_id", "The request is another verifier's.")


def _verify_signature(token: str, certificate: Certificate) -> Mapping[str, Any]:
    key = certificate.public_key
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise VerificationFailed("certificate", "signer_profile", "The verifier's key is not on the curve P-256.")
    public = ECKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    try:
        verified = jws.deserialize_compact(token, public, registry=LargeHeaders(algorithms=["ES256"]))
        claims = json.loads(verified.payload)
    except (JoseError, ValueError) as error:
        raise VerificationFailed("signature", "token_signature", "The request's signature does not hold.") from error
    if not isinstance(claims, dict):
        raise VerificationFailed("request", "request_malformed", "The request cannot be read.")
    return claims


def parse_parameters(claims: Mapping[str, Any]) -> Asked:
    """The inverse of build_parameters. Raises VerificationFailed (step request, request_malformed)."""
    metadata = claims.get("client_metadata", {})
    texts = {name: claims.get(name) for name in ("client_id", "response_mode", "response_uri", "nonce", "state")}
    is_form = (
        all(isinstance(text, str) and text for text in texts.values())
        and isinstance(metadata, dict)
        and claims.get("response_type") == "vp_token"
        and texts["response_mode"] in list(ResponseMode)
        and isinstance(claims.get("dcql_query"), dict)
    )
    if not is_form:
        raise VerificationFailed("request", "request_malformed", "The request cannot be read.")
    return Asked(
        client_id=str(texts["client_id"]),
        response_mode=ResponseMode(str(texts["response_mode"])),
        response_uri=str(texts["response_uri"]),
        nonce=str(texts["nonce"]),
        state=str(texts["state"]),
        query=claims["dcql_query"],
        encryption_key=_find_encryption_key(metadata) if texts["response_mode"] == "direct_post.jwt" else None,
        verifier=str(metadata.get("client_name", "")),
        purpose=str(metadata.get("purpose", "")),
    )


def _find_encryption_key(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    keys = metadata.get("jwks", {}).get("keys", []) if isinstance(metadata.get("jwks"), dict) else []
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict) and key.get("kty") == "EC" and key.get("crv") == "P-256" and "d" not in key:
            return key
    raise VerificationFailed("request", "encryption_key_missing", "The request names no key to encrypt the answer to.")
