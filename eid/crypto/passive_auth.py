"""Passive authentication, and what belongs to it: ICAO 9303-11, 5.1 and 6, 9303-12; BSI TR-03105 part 5.1 tests what
is checked here.

Bytes, a trust store, a policy and a time go in; a VerifiedDocument comes out, or a refusal with the step that failed.
Both carry the whole list of steps. Nothing here reads a clock: where no time is given, what depends on it is not
checked and says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import NamedTuple

from eid.crypto.checks import chain, chip, data_groups, deviations, precedents, revocation, validity
from eid.crypto.checks.chip import ChipAnswer
from eid.crypto.checks.security_object import SignedSod, check_sod
from eid.crypto.chip_access import AccessProtocol
from eid.crypto.chip_auth import ChipEvidence
from eid.crypto.deviations import ListedDeviation
from eid.crypto.dg13 import PersonalDetails
from eid.crypto.lds import SOD
from eid.crypto.mrz import Mrz
from eid.crypto.policy import ICAO, Policy
from eid.crypto.records import make
from eid.crypto.report import Report, Result, Step
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import Certificate
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.timing import Layer, spends

__all__ = [
    "STEPS",
    "ChipAnswer",
    "VerifiedDocument",
    "VerifiedSecurityObject",
    "verify_document",
    "verify_security_object",
]

STEPS = (
    "sod_structure",
    "sod_encoding",
    "cms",
    "content_type",
    "security_object",
    "digest_algorithms",
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
    "deviation_list",
    "data_groups",
    "consistency",
    "document_expiry",
    "active_authentication",
    "chip_authentication",
    "access_control",
    "clone_detection",
)
"""Every step, in the order in which they are taken."""
_SOD_STEPS = STEPS[: STEPS.index("data_groups")]


class VerifiedSecurityObject(NamedTuple):
    """What EF.SOD says of the data groups, signed by somebody whom a trust anchor stands behind."""

    hash_name: str
    digests: Mapping[int, bytes]
    """The digest that each data group's file must have, by data group."""
    signer: Certificate
    anchor: Certificate
    signed_at: datetime | None
    steps: tuple[Step, ...]


@frozen
class VerifiedDocument:
    """What a document says, all of it bound by a signature that a trust anchor stands behind."""

    mrz: Mrz
    details: PersonalDetails | None
    """DG13 of a Vietnamese card; None for documents of other states."""
    data_groups: Mapping[int, bytes]
    """The files that were read and whose digests hold, by data group."""
    sod_sha256: bytes
    signer: Certificate
    anchor: Certificate
    signed_at: datetime | None
    chip_proved: bool
    """The chip signed a challenge with the key of DG15, or agreed on keys with the one of DG14: it is no copy."""
    steps: tuple[Step, ...] = field(repr=False)

    @property
    def deviations(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.result is Result.KNOWN_DEVIATION)


@spends(Layer.CRYPTO)
def verify_document(
    files: Mapping[str, bytes],
    *,
    trust_store: TrustStore,
    policy: Policy = ICAO,
    at: datetime | None = None,
    chip_answer: ChipAnswer | None = None,
    chip_authentication: ChipEvidence | None = None,
    access: AccessProtocol | None = None,
) -> VerifiedDocument:
    """The document that these files of a chip (EF.SOD, EF.DG1, …) are, of which all of this holds.

     1. EF.SOD is one element under tag 77, whole, nothing after it, within the caps.
     2. It is written in DER.
     3. It holds CMS SignedData of version 3 with one signer.
     4. What is signed is an LDS security object, by its type,
     5. and by its form: versions, data groups once each, DG1 and DG2 among them, digests of the right length.
     6. The digest algorithms of the security object and of the signer are allowed.
     7. The signer's certificate is found, one and only one, by issuer and serial number or by key identifier.
     8. The signed attributes contentType and messageDigest occur once, and are those of what is signed.
     9. The signature's algorithm comes from the SignerInfo, complete, and goes with the digest
    10. and with the signer's key, which is readable, long enough, and on a known curve.
    11. The signature over the attributes, as they were sent, holds.
    12. The trust store has CSCAs that may have issued the signer's certificate, by key identifier or by name.
    13. One of their keys made the signature on it, by the algorithm that the certificate names inside and outside.
    14. Both certificates have the profile of their role.
    15. The CSCA is an anchor, or link certificates lead from it to one.
    16. Both were valid when EF.SOD was signed, and links when they were made; and, once 20 lets DG1 be believed, the
        document was not expired on `at`.
    17. The signer is on no revocation list of its CSCA, and no link is on one.
    18. (Master lists belong to the trust store.)
    19. What the state's deviation list says of such documents is told; it excused what it may in 14, 20 and 21.
    20. Every data group read has the digest that the security object says; EF.COM tells of the same ones.
    21. State, country, check digits, DG1 and DG13 agree.
    22. The chip answered a challenge with the key of a DG15 that is bound by 20.
    23. The chip authenticated itself to a reader with exactly a key that a DG14 bound by 20 publishes, or an
        EF.CardSecurity that holds by 3 to 17.
    24. EF.CardAccess says what DG14 says, and the reader opened the chip by PACE where DG14 offers it.
    25. The document can detect copies at all, and whether it was asked to.

    Raises VerificationFailed with the step; `evidence` holds all steps. `at` is aware.
    """
    report = Report(policy, STEPS)
    try:
        # (1) to (19)
        sod, anchor, listed = _check_security_object(report, files, trust_store, at)
        # (20)
        groups = data_groups.check_data_groups(report, files, sod.security_object)
        # (21)
        mrz, details = data_groups.check_consistency(report, groups, signer=sod.certificate, anchor=anchor)
        # (16)
        data_groups.check_expiry(report, mrz, at=at)
        # (22)
        chip_proved = chip_answer is not None and not deviations.check_chip_key(report, listed, anchor)
        chip.check_active_authentication(report, groups, chip_answer)
        # (23)
        chip.check_chip_authentication(
            report, groups, chip_authentication, trust_store=trust_store, country=anchor.country, at=at
        )
        chip_proved = chip_proved or chip_authentication is not None
        # (24)
        chip.check_access(report, files, groups, access)
        # (25)
        chip.check_clone_detection(report, groups, proved=chip_proved)
    except (VerificationFailed, Malformed) as refusal:
        raise report.close(refusal) from refusal
    return VerifiedDocument(
        mrz=mrz,
        details=details,
        data_groups=groups,
        sod_sha256=hashlib.sha256(files[SOD]).digest(),
        signer=sod.certificate,
        anchor=anchor,
        signed_at=sod.signed_at,
        chip_proved=chip_proved,
        steps=tuple(report.steps),
    )


def verify_security_object(
    unverified_sod: bytes, *, trust_store: TrustStore, policy: Policy = ICAO, at: datetime | None = None
) -> VerifiedSecurityObject:
    """What an EF.SOD says, of which steps 1 to 19 of verify_document hold: for who keeps data groups elsewhere, or is
    sent their digests alone. Raises as verify_document; `evidence` holds these steps."""
    report = Report(policy, _SOD_STEPS)
    try:
        # (1) to (19)
        sod, anchor, _listed = _check_security_object(report, {SOD: unverified_sod}, trust_store, at)
    except (VerificationFailed, Malformed) as refusal:
        raise report.close(refusal) from refusal
    found = (sod.hash_name, sod.security_object.digests, sod.certificate, anchor, sod.signed_at, tuple(report.steps))
    return make(VerifiedSecurityObject, found)


def _check_security_object(
    report: Report, files: Mapping[str, bytes], trust_store: TrustStore, at: datetime | None
) -> tuple[SignedSod, Certificate, Sequence[ListedDeviation]]:
    # (1) to (15)
    sod, found, listed = _check_signature_and_chain(report, files, trust_store)
    signer, signed_at = sod.certificate, sod.signed_at
    # (16)
    validity.check_validity(report, signer, found, signed_at=signed_at, at=at)
    # (17)
    revocation.check_revocation(report, signer, found, trust_store, at=at)
    # (19)
    deviations.check_deviation_list(report, listed, found.anchor, trust_store)
    return sod, found.anchor, listed


def _check_signature_and_chain(
    report: Report, files: Mapping[str, bytes], trust_store: TrustStore
) -> tuple[SignedSod, chain.Chain, Sequence[ListedDeviation]]:
    """By precedent where there is one, else the long way, which sets one."""
    unverified_sod = files.get(SOD)
    followed = precedents.follow_precedent(report, unverified_sod, trust_store)
    if followed is not None:
        return (*followed, ())
    # (1) to (11)
    sod = check_sod(report, unverified_sod, signers=trust_store.signers)
    listed = deviations.find_listed(files, sod.certificate, sod.signed_at, trust_store)
    # (12) to (15)
    found = chain.check_chain(report, sod.certificate, trust_store, listed=listed)
    precedents.set_precedent(report, sod, found, trust_store)
    return sod, found, listed
