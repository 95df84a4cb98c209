"""Deviation lists: ICAO 9303-12, 10, and 9303-3, 7.3: what a state says is wrong with documents that it issued, in CMS
SignedData under its own CSCA.

A list speaks for the documents of its own country alone. Which failures it may excuse is in checks/deviations.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime

from eid.crypto.algorithms import PrivateKey, parse_hash_algorithm
from eid.crypto.checks import signed_content
from eid.crypto.checks.profiles import DEVIATION_LIST_SIGNER
from eid.crypto.deviations import Deviation, DeviationList, build_deviations, parse_deviations
from eid.crypto.policy import ICAO, Policy
from eid.crypto.report import Report, Step
from eid.crypto.sod import build_signed_data
from eid.crypto.trust import MAX_BYTES, TrustStore
from eid.crypto.x509 import Certificate
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

DEVIATION_LIST = "2.23.136.1.1.7"

STEPS = (*signed_content.STEPS, "list")


@frozen
class VerifiedDeviationList:
    list: DeviationList
    signer: Certificate
    anchor: Certificate
    steps: tuple[Step, ...] = field(repr=False)


def verify_deviation_list(
    data: bytes,
    *,
    trust_store: TrustStore,
    policy: Policy = ICAO,
    at: datetime | None = None,
    not_before_signed: datetime | None = None,
) -> VerifiedDeviationList:
    """The deviation list of which all of this holds; `not_before_signed` is when the list was signed that is known already.

    1. It is CMS SignedData of one signer, whose content calls itself a deviation list.
    2. The signature over it holds (as steps 7 to 11 of passive_auth).
    3. An anchor of the trust store certified the signer, for signing deviation lists (9303-12, table 6).
    4. Both certificates were valid when it was signed, and its signer is on no revocation list.
    5. It is of version 0, can be read, says when it was signed, and is no older than the one known; its CSCA is one of a
       country, for which it speaks.

    Raises VerificationFailed with the step; `evidence` holds all steps.
    """
    report = Report(policy, STEPS)
    try:
        # (1) to (4)
        found = signed_content.check_signed_content(
            report,
            data,
            trust_store,
            kind=(DEVIATION_LIST, "a deviation list"),
            malformed="dvl_malformed",
            at=at,
            role=DEVIATION_LIST_SIGNER,
        )
        signed_at = found.signed_at
        # (5)
        report.begin("list", malformed="dvl_malformed")
        hash_name, deviations = parse_deviations(found.content, max_bytes=MAX_BYTES)
        if signed_at is None:
            raise report.failure("dvl_time_unknown", "The deviation list does not say when it was signed.")
        if not_before_signed is not None and signed_at < not_before_signed:
            raise report.failure("dvl_rolled_back", "The deviation list is older than the one that is known.")
        if not found.anchor.country:
            raise report.failure("dvl_country_absent", "The deviation list is of no country.")
        hash_name = hash_name or parse_hash_algorithm(found.digest_algorithm)
        report.passed(f"{len(deviations)} entries for {found.anchor.country}.")
    except (VerificationFailed, Malformed) as refusal:
        raise report.close(refusal) from refusal
    listed = DeviationList(found.anchor.country, signed_at, hash_name, deviations)
    return VerifiedDeviationList(listed, found.signer, found.anchor, tuple(report.steps))


def build_deviation_list(
    deviations: Iterable[Deviation], *, signer_certificate: bytes, signer_key: PrivateKey, signed_at: datetime
) -> bytes:
    """A deviation list of these entries, signed by a deviation-list signer."""
    return build_signed_data(
        build_deviations(deviations),
        content_type=DEVIATION_LIST,
        signer_certificate=signer_certificate,
        signer_key=signer_key,
        signed_at=signed_at,
    )
