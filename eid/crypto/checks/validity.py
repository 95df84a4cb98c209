"""Step 16: whether certificates were valid when they were used: at signing, never now."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from eid.crypto.checks.chain import Chain
from eid.crypto.policy import Tolerance
from eid.crypto.report import Report
from eid.crypto.x509 import Certificate

CLOCKS_APART = timedelta(minutes=5)
"""How far a verifier's clock may be behind a signer's."""


def check_validity(
    report: Report, signer: Certificate, chain: Chain, *, signed_at: datetime | None, at: datetime | None
) -> None:
    """Step 16: valid when EF.SOD was signed, as it says itself; where it does not say, at the caller's time; never
    now. A CSCA that only certified a link need not be valid any longer than that."""
    # (16)
    report.begin("validity", malformed="time_unknown")
    time = signed_at or at
    if time is None:
        report.not_checked("time_unknown", "EF.SOD does not say when it was signed, and no time was given.")
        return
    if at is not None and signed_at is not None and signed_at > at + CLOCKS_APART:
        raise report.failure("signed_in_future", "EF.SOD says that it was signed later than the time given.")
    if not signer.not_before <= time <= signer.not_after:
        raise report.failure(
            "dsc_not_valid_at_signing",
            "The signer's certificate was not valid when it signed.",
            about=time.date().isoformat(),
        )
    issuer = chain.issuer
    if not issuer.not_before <= time <= issuer.not_after:
        raise report.failure("csca_not_valid", "The CSCA was not valid when it certified the signer, or at signing.")
    if signed_at is not None:
        _check_usage_period(report, "profile_dsc_key_usage_period", signer, signed_at)
    _check_certifying(report, issuer, signer)
    if len(chain.path) > 1:
        report.once(chain.facts, "links in time", _judge_links, chain)
    if signed_at is not None:
        report.passed("Both certificates were valid when the signature was made.", (("signed_at", signed_at),))
    else:
        report.passed("Both certificates were valid at the time given.", (("time", time),))


def _judge_links(report: Report, chain: Chain) -> None:
    for link, parent in pairwise(chain.path):
        if link.not_before > parent.not_after:
            raise report.failure("csca_not_valid", "A CSCA was not valid when it certified a link.")
        _check_certifying(report, parent, link)


def _check_certifying(report: Report, issuer: Certificate, certificate: Certificate) -> None:
    """That the issuer was valid, and its key might sign, when the certificate begins."""
    if certificate.not_before > issuer.not_after:
        raise report.failure("csca_not_valid", "The CSCA was not valid when it certified the signer, or at signing.")
    if issuer.not_before > certificate.not_before:
        detail = "The CSCA was not valid when it certified the signer, or at signing."
        report.deviate("csca_not_valid", Tolerance.VALIDITY_NOT_NESTED, detail)
    _check_usage_period(report, "profile_csca_key_usage_period", issuer, certificate.not_before)


def _check_usage_period(report: Report, code: str, certificate: Certificate, time: datetime) -> None:
    starts, ends = certificate.private_key_usage_period
    if (starts is not None and time < starts) or (ends is not None and time > ends):
        raise report.failure(code, "A key signed outside the time in which it may.", about=time.date().isoformat())
