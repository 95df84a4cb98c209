"""Signers that are to be believed no more, whatever certificate they bring and whoever certified them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from eid.crypto.iaca import VerifiedIssuer
from eid.crypto.x509 import parse_certificate
from eid.errors import VerificationFailed


def digest_public_key(certificate: bytes) -> bytes:
    """SHA-256 of the public key (SubjectPublicKeyInfo) that this certificate, DER, is of."""
    return hashlib.sha256(parse_certificate(certificate).raw_public_key).digest()


def check_not_withdrawn(issuer: VerifiedIssuer | None, withdrawn: Collection[bytes]) -> None:
    """Raise VerificationFailed (step certificate) where the digest of this signer's public key is among those withdrawn."""
    if issuer is not None and hashlib.sha256(issuer.certificate.raw_public_key).digest() in withdrawn:
        raise VerificationFailed("certificate", "certificate_withdrawn", "The signer's certificate was withdrawn.")
