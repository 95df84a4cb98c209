"""Who stands behind a signer of credentials: its certificate and that of its issuing authority (ISO/IEC 18013-5, annex B).

There is one certificate between the credential and an anchor: an IACA signs document signers itself. Revocation lists are not
read here, and fetching is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.algorithms import parse_scheme, verify_signature
from eid.crypto.x509 import (
    AUTHORITY_KEY_ID,
    BASIC_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    SUBJECT_KEY_ID,
    Certificate,
    parse_certificate,
)
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

MDOC_SIGNER = "1.0.18013.5.1.2"
"""Extended key usage of whoever signs mdocs (table B.3)."""
ISSUER_ALTERNATIVE_NAME, CRL_DISTRIBUTION_POINTS = "2.5.29.18", "2.5.29.31"
MAX_SIGNER_LIFE = timedelta(days=457)
"""Table B.3; an IACA lasts 20 years at most (table B.1)."""
MAX_ROOT_LIFE = timedelta(days=20 * 366)
MAX_CHAIN = 3

_DIGITAL_SIGNATURE, _CERTIFY, _SIGN_LISTS = 0, 5, 6
_CURVES = {"secp256r1", "secp384r1", "secp521r1"}
_KNOWN = {BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE, SUBJECT_KEY_ID, AUTHORITY_KEY_ID}
"""Extensions that may be critical: they are understood here."""


@frozen
class VerifiedIssuer:
    """Whose key signed, and on whose word that is believed."""

    certificate: Certificate
    root: Certificate
    key: ec.EllipticCurvePublicKey


def verify_issuer(
    x5chain: Sequence[bytes], *, anchors: Sequence[Certificate], at: datetime, usage: str | None
) -> VerifiedIssuer:
    """The signer of this chain, of which all of this holds; else VerificationFailed (step certificate).

    1. There is a certificate, it can be read, and no root came along with it (B.1.1: the verifier has its own).
    2. An anchor has the issuer's name, octet by octet, and the key identifier that the certificate names.
    3. That anchor's key signed it.
    4. Both have the profile of their role (tables B.1 and B.3); `usage` is the extended key usage that the signer must have.
    5. Both are valid at `at`.
    """
    # (1)
    if not x5chain or len(x5chain) > MAX_CHAIN:
        raise _failure("x5chain_missing", "The credential does not bring its signer's certificate.")
    try:
        signer, *others = [parse_certificate(each) for each in x5chain]
        if others or signer.raw_issuer == signer.raw_subject:
            raise _failure("x5chain_root", "The credential brings certificates that only a verifier may have.")
        # (2)
        root = _find_root(signer, anchors)
        # (3)
        _check_signature(signer, root)
        # (4)
        key = _check_profiles(signer, root, usage)
    except Malformed as refusal:
        raise _failure("certificate_malformed", "A certificate cannot be read.", refusal.code) from refusal
    # (5)
    if any(not each.not_before <= at <= each.not_after for each in (signer, root)):
        raise _failure("certificate_time", "A certificate is not valid at this time.")
    return VerifiedIssuer(signer, root, key)


def _find_root(signer: Certificate, anchors: Sequence[Certificate]) -> Certificate:
    for anchor in anchors:
        if anchor.raw_subject == signer.raw_issuer and anchor.subject_key_id == signer.authority_key_id:
            return anchor
    raise _failure("issuer_unknown", "The signer's certificate comes from nobody who is trusted.")


def _check_signature(signer: Certificate, root: Certificate) -> None:
    if signer.algorithm.raw != signer.tbs_algorithm.raw:
        raise _failure("certificate_signature", "The signer's certificate names two signature algorithms.")
    scheme = parse_scheme(signer.algorithm)
    if scheme.kind != "ecdsa" or scheme.hash_name not in ("sha256", "sha384", "sha512"):
        raise _failure(
            "certificate_signature", "The signer's certificate is signed by an algorithm that is not allowed."
        )
    verify_signature(
        root.public_key,
        scheme,
        signature=signer.signature,
        message=signer.raw_tbs,
        step="certificate",
        code="certificate_signature",
    )


def _check_profiles(signer: Certificate, root: Certificate, usage: str | None) -> ec.EllipticCurvePublicKey:
    """Tables B.1 and B.3: what each must have and what it must not be."""
    common = {SUBJECT_KEY_ID, ISSUER_ALTERNATIVE_NAME}
    _expect(root.basic_constraints == (True, 0), "root", "is no authority with path length 0")
    _expect(
        root.key_usage == frozenset({_CERTIFY, _SIGN_LISTS}),
        "root",
        "may not sign certificates and revocation lists alone",
    )
    _expect(not signer.basic_constraints or not signer.basic_constraints[0], "signer", "is an authority")
    _expect(signer.key_usage == frozenset({_DIGITAL_SIGNATURE}), "signer", "may do something else than sign")
    _expect(usage is None or signer.extended_key_usage == (usage,), "signer", "is not for credentials of this kind")
    _expect(len(signer.country) == 2 and signer.country == root.country, "signer", "has not the country of its root")
    for role, certificate, needed, longest in (
        ("root", root, common, MAX_ROOT_LIFE),
        ("signer", signer, {*common, AUTHORITY_KEY_ID, CRL_DISTRIBUTION_POINTS}, MAX_SIGNER_LIFE),
    ):
        missing = [oid for oid in sorted(needed) if certificate.find_extension(oid) is None]
        critical = set(certificate.critical_extensions)
        _expect(not missing, role, f"lacks {' '.join(missing)}")
        _expect(KEY_USAGE in critical and critical <= _KNOWN, role, "has critical extensions that are not understood")
        _expect(certificate.not_after - certificate.not_before <= longest, role, "is valid for too long")
        _expect(0 < certificate.serial < 1 << 160, role, "has an impossible serial number")
    key = signer.public_key
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _CURVES:
        raise _failure("signer_profile", "The signer's key is not on a curve that is allowed.")
    return key


def _expect(holds: bool, role: str, otherwise: str) -> None:
    if not holds:
        raise _failure(f"{role}_profile", "A certificate has not the profile of its role.", f"the {role} {otherwise}")


def _failure(code: str, detail: str, reason: str = "") -> VerificationFailed:
    return VerificationFailed("certificate", code, detail, reason=reason)
