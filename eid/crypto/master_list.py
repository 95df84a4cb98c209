"""Master lists: ICAO 9303-12, 9: the CSCA certificates that a state vouches for, in CMS SignedData under its own CSCA.

A list makes anchors of hundreds of certificates at once, so it is believed only when its own signature, its signer's
role and the chain to an anchor hold. The certificates in it are not checked one by one: which of them to believe is
the signing state's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import datetime

from eid.crypto.algorithms import PrivateKey, Scheme
from eid.crypto.checks import signed_content
from eid.crypto.checks.profiles import MASTER_LIST_SIGNER
from eid.crypto.outlines import Certificates
from eid.crypto.policy import ICAO, Policy
from eid.crypto.report import Report, Step
from eid.crypto.sod import build_signed_data, parse_signed_data
from eid.crypto.tlv import INTEGER, SEQUENCE, SET, build_integer, build_sequence, build_set, parse_tlv
from eid.crypto.trust import MAX_BYTES, TrustStore
from eid.crypto.x509 import Certificate
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

MASTER_LIST = "2.23.136.1.1.2"
MAX_CERTIFICATES = 4096

STEPS = (*signed_content.STEPS, "list")


@frozen
class VerifiedMasterList:
    certificates: Certificates
    """Each is read when it is asked for."""
    signer: Certificate
    anchor: Certificate
    signed_at: datetime | None
    steps: tuple[Step, ...] = field(repr=False)


def verify_master_list(
    data: bytes,
    *,
    trust_store: TrustStore,
    policy: Policy = ICAO,
    at: datetime | None = None,
    not_before_signed: datetime | None = None,
) -> VerifiedMasterList:
    """The master list of which all of this holds; `not_before_signed` is when the list was signed that is known already.

    1. It is CMS SignedData of one signer, whose content calls itself a master list.
    2. The signature over it holds (as steps 7 to 11 of passive_auth).
    3. An anchor of the trust store certified the signer, for signing master lists (9303-12, table 6).
    4. Both certificates were valid when it was signed, and its signer is on no revocation list.
    5. It is of version 0 and holds certificates that can be read, and it is no older than the one known.

    Raises VerificationFailed with the step; `evidence` holds all steps.
    """
    report = Report(policy, STEPS)
    try:
        # (1) to (4)
        found = signed_content.check_signed_content(
            report,
            data,
            trust_store,
            kind=(MASTER_LIST, "a master list"),
            malformed="ml_malformed",
            at=at,
            role=MASTER_LIST_SIGNER,
        )
        # (5)
        report.begin("list", malformed="ml_malformed")
        certificates = parse_master_list(found.content)
        _check_age(report, found.signed_at, not_before_signed)
        report.passed(f"{len(certificates)} certificates.")
    except (VerificationFailed, Malformed) as refusal:
        raise report.close(refusal) from refusal
    return VerifiedMasterList(certificates, found.signer, found.anchor, found.signed_at, tuple(report.steps))


def _check_age(report: Report, signed_at: datetime | None, not_before: datetime | None) -> None:
    """A list that somebody kept back and gives out again would bring back what was taken off since."""
    if not_before is None:
        return
    if signed_at is None:
        raise report.failure("ml_time_unknown", "The master list does not say when it was signed.")
    if signed_at < not_before:
        about = f"{signed_at:%Y-%m-%d}, known {not_before:%Y-%m-%d}"
        raise report.failure("ml_rolled_back", "The master list is older than the one that is known.", about=about)


@frozen
class ListChanges:
    """What a list has that the one before it did not have, and the other way about, each in its list's order."""

    added: Certificates
    removed: Certificates


def compare_master_lists(previous: VerifiedMasterList, current: VerifiedMasterList) -> ListChanges:
    """What changed from one list to another, certificate by certificate."""
    before, now = (dict.fromkeys(each.certificates.raws) for each in (previous, current))
    return ListChanges(
        added=Certificates(raw for raw in now if raw not in before),
        removed=Certificates(raw for raw in before if raw not in now),
    )


def parse_master_list(content: bytes) -> Certificates:
    """The certificates of a CscaMasterList, not verified, and read when they are asked for. Raises Malformed
    (`ml_malformed`)."""
    version, certificates = parse_tlv(content, SEQUENCE, max_bytes=MAX_BYTES).children(INTEGER, SET)
    if version.integer() != 0:
        raise Malformed("ml_malformed", "A master list is of an unknown version.")
    found = certificates.children(min_count=1, max_count=MAX_CERTIFICATES)
    return Certificates(each.expect(SEQUENCE).raw for each in found)


def build_master_list(
    certificates: Iterable[bytes],
    *,
    signer_certificate: bytes,
    signer_key: PrivateKey,
    signed_at: datetime,
    scheme: Scheme | None = None,
    issuers: Sequence[bytes] = (),
) -> bytes:
    """A master list of these CSCA certificates (DER), signed by a master-list signer; its issuers' go along."""
    content = build_sequence(build_integer(0), build_set(certificates))
    return build_signed_data(
        content,
        content_type=MASTER_LIST,
        signer_certificate=signer_certificate,
        signer_key=signer_key,
        signed_at=signed_at,
        scheme=scheme,
        issuers=issuers,
    )


def find_own_anchors(data: bytes) -> Certificates:
    """Certificates that come with a list and may be its signer's CSCA: for whoever vouches for the file itself."""
    unverified_list = parse_signed_data(data, max_bytes=MAX_BYTES)
    beside = [found.raw for found in unverified_list.certificates]
    return Certificates([*beside, *parse_master_list(unverified_list.content).raws])
