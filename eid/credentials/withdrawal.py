"""Signers that a trust list says are to be believed no more, whatever certificate they bring. Pure."""

from __future__ import annotations

import hashlib

from eid.credentials.verifier_trust import Trust
from eid.crypto.iaca import VerifiedIssuer
from eid.errors import VerificationFailed


def check_not_withdrawn(issuer: VerifiedIssuer | None, trust: Trust) -> None:
    """Raise VerificationFailed (step certificate) where what this signer's certificate is of was withdrawn."""
    if issuer is not None and hashlib.sha256(issuer.certificate.raw_public_key).digest() in trust.withdrawn:
        raise VerificationFailed("certificate", "certificate_withdrawn", "The signer's certificate was withdrawn.")
