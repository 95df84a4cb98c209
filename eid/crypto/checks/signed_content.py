"""Content that travels under a signature of its own – master lists, deviation lists, EF.CardSecurity –: who signed it, and
whether they are believed, by the same checks as an EF.SOD."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from eid.crypto.algorithms import Algorithm
from eid.crypto.checks import chain, revocation, validity
from eid.crypto.checks.cms import check_attributes, check_signature, check_signed_data, check_signer_certificate
from eid.crypto.report import Report
from eid.crypto.sod import parse_signed_data
from eid.crypto.trust import MAX_BYTES, TrustStore
from eid.crypto.x509 import Certificate

STEPS = (
    "structure",
    "cms",
    "content_type",
    "signer_certificate",
    "signed_attributes",
    "signature_algorithm",
    "signer_key",
    "sod_signature",
    "csca",
    "signer_chain",
    "profiles",
    "link_certificates",
    "validity",
    "revocation",
)
"""Those that are taken here, in this order; what the content says is for its own module."""


class SignedContent(NamedTuple):
    content: bytes
    digest_algorithm: Algorithm
    """By which the signer digested it."""
    signer: Certificate
    anchor: Certificate
    signed_at: datetime | None


def check_signed_content(
    report: Report,
    data: bytes,
    trust_store: TrustStore,
    *,
    kind: tuple[str, str],
    malformed: str,
    at: datetime | None,
    role: str | None = None,
) -> SignedContent:
    """The content of CMS SignedData, of which all of this holds. `kind` is the type that it must have, by identifier and in
    words, `role` the extended key usage that its signer must have; None for a signer of documents.

    1. The data are one element, whole: CMS SignedData of one signer and of this kind.
    2. The signature over the content holds (as steps 7 to 11 of passive_auth).
    3. An anchor of the trust store stands behind the signer, for this role (as steps 12 to 15).
    4. All certificates were valid when it was signed, and none is on a revocation list (as steps 16 and 17).

    Raises VerificationFailed or Malformed in the step that `report` is at.
    """
    # (1)
    report.begin("structure", malformed=malformed)
    unverified = parse_signed_data(data, max_bytes=MAX_BYTES)
    report.passed("The data are one element, whole.")
    signer_info = check_signed_data(report, unverified, dict([kind]))
    # (2)
    signer = check_signer_certificate(report, unverified, signer_info)
    signed_at = check_attributes(report, unverified, signer_info)
    check_signature(report, unverified, signer_info, signer)
    # (3)
    found = chain.check_chain(report, signer, trust_store, role=role)
    # (4)
    validity.check_validity(report, signer, found, signed_at=signed_at, at=at)
    revocation.check_revocation(report, signer, found, trust_store, at=at)
    return SignedContent(unverified.content, signer_info.form.digest_algorithm, signer, found.anchor, signed_at)
