"""EF.CardSecurity: ICAO 9303-11, 9.2.11. SecurityInfos under the signature of a document signer, which a chip that speaks
PACE with chip authentication mapping has beside EF.SOD: they publish the key of that mapping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime

from eid.crypto.algorithms import PrivateKey
from eid.crypto.checks import signed_content
from eid.crypto.policy import ICAO, Policy
from eid.crypto.report import Report, Step
from eid.crypto.security_infos import SecurityInfo, parse_card_access
from eid.crypto.sod import build_signed_data
from eid.crypto.tlv import build_set
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import Certificate
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

SECURITY_OBJECT = "0.4.0.127.0.7.3.2.1"
"""id-SecurityObject, the type of what is signed."""

STEPS = (*signed_content.STEPS, "security_infos")


@frozen
class VerifiedCardSecurity:
    infos: tuple[SecurityInfo, ...]
    signer: Certificate
    anchor: Certificate
    signed_at: datetime | None
    steps: tuple[Step, ...] = field(repr=False)


def verify_card_security(
    data: bytes, *, trust_store: TrustStore, policy: Policy = ICAO, at: datetime | None = None
) -> VerifiedCardSecurity:
    """The EF.CardSecurity of which all of this holds.

    1. It is CMS SignedData of one signer, whose content calls itself a security object.
    2. The signature over it holds (as steps 7 to 11 of passive_auth).
    3. A CSCA of the trust store certified the signer, a document signer (as steps 12 to 17).
    4. It holds SecurityInfos.

    Raises VerificationFailed with the step; `evidence` holds all steps.
    """
    report = Report(policy, STEPS)
    try:
        # (1) to (3)
        found = signed_content.check_signed_content(
            report,
            data,
            trust_store,
            kind=(SECURITY_OBJECT, "a security object"),
            malformed="card_security_malformed",
            at=at,
        )
        # (4)
        report.begin("security_infos", malformed="card_security_malformed")
        infos = parse_card_access(found.content)
        report.passed(f"{len(infos)} entries.")
    except (VerificationFailed, Malformed) as refusal:
        raise report.close(refusal) from refusal
    return VerifiedCardSecurity(infos, found.signer, found.anchor, found.signed_at, tuple(report.steps))


def build_card_security(
    infos: Iterable[bytes], *, signer_certificate: bytes, signer_key: PrivateKey, signed_at: datetime
) -> bytes:
    """An EF.CardSecurity of these entries, signed by a document signer."""
    return build_signed_data(
        build_set(infos),
        content_type=SECURITY_OBJECT,
        signer_certificate=signer_certificate,
        signer_key=signer_key,
        signed_at=signed_at,
    )
