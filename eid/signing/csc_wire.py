"""What services send and read at the CSC API 2.0: inputs taken apart, credentials described. Pure."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from cryptography.x509 import load_der_x509_certificate

from eid.errors import OAuthError
from eid.late_dataclasses import frozen
from eid.signing.holder_certificate import HolderCertificate
from eid.signing.request_states import MOST_DIGESTS

SHA256, ECDSA_SHA256, P256 = "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2", "1.2.840.10045.3.1.7"
SHA256_OCTETS = 32
MAX_DESCRIPTION = 500
METHODS = (
    "info",
    "credentials/list",
    "credentials/info",
    "credentials/authorize",
    "credentials/authorizeCheck",
    "signatures/signHash",
    "signatures/timestamp",
)


@frozen
class AuthorizeInput:
    credential_id: str
    digests: tuple[str, ...]
    """In hexadecimal."""
    description: str


@frozen
class SignHashInput:
    credential_id: str
    sad: str = field(repr=False)
    digests: tuple[str, ...]
    """In hexadecimal."""


@frozen
class CredentialWishes:
    """How much of a credential is to be told (section 11.5)."""

    certificates: str = "single"
    cert_info: bool = False
    auth_info: bool = False


def invalid(detail: str, *, reason: str = "") -> OAuthError:
    """The error that the specification has for nearly everything."""
    return OAuthError("invalid_request", detail, reason=reason)


def parse_body(body: object) -> Mapping[str, Any]:
    """A JSON object. Raises OAuthError."""
    if not isinstance(body, Mapping):
        raise invalid("The request is no JSON object")
    return body


def parse_wishes(body: Mapping[str, Any]) -> CredentialWishes:
    """Raises OAuthError: the parameters certificates, certInfo and authInfo are not of their kinds."""
    certificates = body.get("certificates", "single")
    if certificates not in ("none", "single", "chain"):
        raise invalid("Invalid parameter certificates")
    return CredentialWishes(certificates, _truth(body, "certInfo"), _truth(body, "authInfo"))


def parse_credential_id(body: Mapping[str, Any]) -> str:
    return _text(body, "credentialID")


def parse_handle(body: Mapping[str, Any]) -> str:
    return _text(body, "handle")


def parse_authorize(body: Mapping[str, Any]) -> AuthorizeInput:
    """Section 11.6: the digests have to come with the question (SCAL 2). Raises OAuthError."""
    credential_id, count = parse_credential_id(body), body.get("numSignatures")
    if type(count) is not int:
        raise invalid("Missing (or invalid type) integer parameter numSignatures")
    if count < 1:
        raise invalid("Invalid value for parameter numSignatures")
    if count > MOST_DIGESTS:
        raise invalid("Numbers of signatures is too high")
    digests = _digests(body)
    if len(digests) != count:
        raise invalid("Invalid value for parameter numSignatures")
    _check_hash_algorithm(body, is_needed=True)
    if body.get("authData") not in (None, []):
        raise OAuthError("invalid_authentication_data", "The authentication data is invalid")
    description = body.get("description", "")
    if not isinstance(description, str) or len(description) > MAX_DESCRIPTION:
        raise invalid("Invalid parameter description")
    return AuthorizeInput(credential_id, digests, description)


def parse_sign_hash(body: Mapping[str, Any]) -> SignHashInput:
    """Section 11.10. Raises OAuthError."""
    sad, credential_id = _text(body, "SAD"), parse_credential_id(body)
    digests = _digests(body)
    if _text(body, "signAlgo") != ECDSA_SHA256:
        raise invalid("Invalid parameter signAlgo")
    _check_hash_algorithm(body, is_needed=False)
    if body.get("operationMode", "S") != "S":
        raise invalid("Invalid parameter operationMode")
    return SignHashInput(credential_id, sad, digests)


def parse_timestamp(body: Mapping[str, Any]) -> tuple[bytes, str, int | None]:
    """Section 11.13: digest, object identifier of its hash, nonce (hexadecimal). Raises OAuthError."""
    digest, algorithm, nonce = _decode(_text(body, "hash")), _text(body, "hashAlgo"), body.get("nonce")
    if not digest:
        raise invalid("Empty hash parameter")
    if nonce is None:
        return digest, algorithm, None
    if not isinstance(nonce, str) or not nonce.isascii() or len(nonce) > 64:
        raise invalid("Invalid parameter nonce")
    try:
        return digest, algorithm, int.from_bytes(bytes.fromhex("0" * (len(nonce) % 2) + nonce), "big")
    except ValueError as error:
        raise invalid("Invalid parameter nonce") from error


def check_same_digests(wanted: Sequence[str], approved: Sequence[str]) -> None:
    """Raise OAuthError unless exactly what was approved is to be signed, each as often."""
    if sorted(wanted) != sorted(approved):
        raise invalid("Hash is not authorized by the SAD")


def describe_credential(
    found: HolderCertificate, issuers: Sequence[bytes], wishes: CredentialWishes, *, now: datetime
) -> dict[str, Any]:
    """Section 11.5: the key, the certificate as far as it was asked for, and how signing is authorized."""
    is_good = found.revoked_at is None and found.expires_at > now
    certificate: dict[str, Any] = {"status": "valid" if is_good else "expired"}
    chain = [found.certificate, *issuers] if wishes.certificates == "chain" else [found.certificate]
    if wishes.certificates != "none":
        certificate["certificates"] = [b64encode(each).decode() for each in chain]
    if wishes.cert_info:
        certificate |= _describe_certificate(found)
    return {
        "key": {"status": "enabled" if is_good else "disabled", "algo": [ECDSA_SHA256], "len": 256, "curve": P256},
        "cert": certificate,
        "auth": {"mode": "explicit"} | ({"objects": []} if wishes.auth_info else {}),
        "SCAL": "2",
        "multisign": MOST_DIGESTS,
        "lang": "vi-VN",
    }


def describe_service(*, issuer: str) -> dict[str, Any]:
    """Section 11.1."""
    return {
        "specs": "2.0.0.2",
        "name": "eid",
        "logo": f"{issuer}/static/favicon.svg",
        "region": "VN",
        "lang": "vi-VN",
        "description": "Remote signatures of a synthetic country: a simulation of no legal value",
        "authType": ["oauth2code"],
        "oauth2": f"{issuer}/oauth",
        "methods": list(METHODS),
        "asynchronousOperationMode": False,
        "signAlgorithms": {"algos": [ECDSA_SHA256]},
        "signature_formats": {"formats": ["P"], "envelope_properties": [["Revision"]]},
        "conformance_levels": ["Ades-B-B", "Ades-B-T"],
    }


def _describe_certificate(found: HolderCertificate) -> dict[str, Any]:
    certificate = load_der_x509_certificate(found.certificate)
    return {
        "issuerDN": certificate.issuer.rfc4514_string(),
        "serialNumber": found.serial,
        "subjectDN": certificate.subject.rfc4514_string(),
        "validFrom": f"{certificate.not_valid_before_utc:%Y%m%d%H%M%S}Z",
        "validTo": f"{certificate.not_valid_after_utc:%Y%m%d%H%M%S}Z",
    }


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > 256:
        raise invalid(f"Missing (or invalid type) string parameter {name}")
    return value


def _truth(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise invalid(f"Invalid parameter {name}")
    return value


def _digests(body: Mapping[str, Any]) -> tuple[str, ...]:
    given = body.get("hashes")
    if not isinstance(given, list):
        raise invalid("Missing (or invalid type) array parameter hash")
    if not given:
        raise invalid("Empty hash array")
    if len(given) > MOST_DIGESTS:
        raise invalid("Numbers of signatures is too high")
    digests = [_decode(each) for each in given]
    if any(len(digest) != SHA256_OCTETS for digest in digests):
        raise invalid("Invalid digest value length")
    return tuple(digest.hex() for digest in digests)


def _decode(value: object) -> bytes:
    try:
        return b64decode(value if isinstance(value, str) else "!", validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Invalid Base64 hash string parameter") from error


def _check_hash_algorithm(body: Mapping[str, Any], *, is_needed: bool) -> None:
    """signAlgo says the hash implicitly; where there is none, it must be told (section 7.6)."""
    given = body.get("hashAlgorithmOID")
    if given is None and not is_needed:
        return
    if not isinstance(given, str):
        raise invalid("Missing (or invalid type) string parameter hashAlgorithmOID")
    if given != SHA256:
        raise invalid("Invalid parameter hashAlgorithmOID")
