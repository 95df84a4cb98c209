"""Steps 12 to 17: whether the signer's certificate may be believed: its CSCA, both profiles, validity, revocation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from eid.crypto.algorithms import Scheme, parse_scheme, verify_signature
from eid.crypto.checks.cms import check_rsa_size
from eid.crypto.policy import Tolerance
from eid.crypto.report import Report, Step
from eid.crypto.trust import RevocationList, TrustStore
from eid.crypto.x509 import (
    AUTHORITY_KEY_ID,
    BASIC_CONSTRAINTS,
    DOCUMENT_TYPES,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    NAME_CHANGE,
    PRIVATE_KEY_USAGE_PERIOD,
    SUBJECT_KEY_ID,
    Certificate,
)
from eid.errors import Malformed, VerificationFailed

_UNDERSTOOD = {
    SUBJECT_KEY_ID,
    AUTHORITY_KEY_ID,
    KEY_USAGE,
    BASIC_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    PRIVATE_KEY_USAGE_PERIOD,
    DOCUMENT_TYPES,
    NAME_CHANGE,
    "2.5.29.17",
    "2.5.29.18",
    "2.5.29.31",
    "2.5.29.32",
}
"""Extensions of 9303-12, table 6: those that are judged here, and those that say nothing a verifier must act on."""
MASTER_LIST_SIGNER = "2.23.136.1.1.3"
_ROLES = {MASTER_LIST_SIGNER: "master lists", "2.23.136.1.1.8": "deviation lists"}
_DIGITAL_SIGNATURE, _KEY_CERT_SIGN = 0, 5
CLOCKS_APART = timedelta(minutes=5)
"""How far a verifier's clock may be behind a signer's."""


def check_chain(
    report: Report, signer: Certificate, trust_store: TrustStore, *, role: str | None = None
) -> Certificate:
    """Steps 12 to 15: the anchor that certified the signer. `role` is the extended key usage that the signer must have;
    one of documents must have none of the others."""
    key = ("chain", signer.raw, report.policy.tolerates, role)
    known = trust_store.recall(key)
    if isinstance(known, _Chain):
        report.repeat(known.steps)
        return known.anchor
    first = len(report.steps)
    anchor = _check_new_chain(report, signer, trust_store, role)
    trust_store.remember(key, _Chain(anchor, tuple(report.steps[first:])))
    return anchor


@dataclass(frozen=True)
class _Chain:
    """What is remembered of a signer whose chain held."""

    anchor: Certificate
    steps: tuple[Step, ...]


def _check_new_chain(report: Report, signer: Certificate, trust_store: TrustStore, role: str | None) -> Certificate:
    # (12)
    report.begin("csca", malformed="csca_malformed")
    candidates = trust_store.find_issuers(signer)
    if not candidates:
        raise report.failure("csca_not_found", "No CSCA of the trust store can have issued the signer's certificate.")
    report.passed(f"{len(candidates)} CSCA of the trust store may have issued the signer's certificate.")
    # (13)
    report.begin("signer_chain", malformed="dsc_malformed")
    scheme = _check_certificate_algorithm(report, signer)
    anchor = _find_signing_anchor(report, signer, scheme, candidates)
    report.passed("The signer's certificate is signed by a CSCA of the trust store.")
    # (14)
    report.begin("profiles", malformed="profile_malformed")
    _check_anchor_profile(report, anchor)
    _check_signer_profile(report, signer, role)
    report.passed("Both certificates have the profile of their role.")
    # (15)
    report.begin("link_certificates", malformed="link_invalid")
    report.passed("The CSCA is itself an anchor; no link certificate is needed.")
    return anchor


def _check_certificate_algorithm(report: Report, signer: Certificate) -> Scheme:
    if signer.algorithm.raw != signer.tbs_algorithm.raw:
        raise report.failure("cert_alg_mismatch", "The signer's certificate names two signature algorithms.")
    scheme = parse_scheme(signer.algorithm)
    if scheme.hash_name == "sha1":
        report.deviate("weak_algorithm", Tolerance.SHA1, "The signer's certificate is signed by SHA-1.")
    if scheme.kind == "ecdsa" and signer.algorithm.parameters is not None:
        report.deviate("sig_alg_params", Tolerance.ECDSA_NULL_PARAMETERS, "ECDSA is named with NULL parameters.")
    return scheme


def _find_signing_anchor(
    report: Report, signer: Certificate, scheme: Scheme, candidates: list[Certificate]
) -> Certificate:
    refusal: VerificationFailed | Malformed | None = None
    for anchor in candidates:
        try:
            verify_signature(
                anchor.public_key,
                scheme,
                signature=signer.signature,
                message=signer.raw_tbs,
                step="signer_chain",
                code="dsc_signature_invalid",
            )
        except (VerificationFailed, Malformed) as error:
            refusal = refusal or error
            continue
        check_rsa_size(report, anchor.public_key)
        return anchor
    assert refusal is not None
    raise refusal


def _check_anchor_profile(report: Report, anchor: Certificate) -> None:
    constraints = anchor.basic_constraints
    if constraints is None:
        report.deviate(
            "profile_csca_no_basic_constraints", Tolerance.LEGACY_PROFILE, "The CSCA does not say it is a CA."
        )
    elif not constraints[0]:
        report.deviate("profile_csca_not_ca", Tolerance.LEGACY_PROFILE, "The CSCA says that it is no CA.")
    elif constraints[1] is None:
        report.deviate("profile_csca_no_path_length", Tolerance.NO_PATH_LENGTH, "The CSCA does not limit its path.")
    usage = anchor.key_usage
    if usage is None:
        report.deviate(
            "profile_csca_no_key_usage", Tolerance.LEGACY_PROFILE, "The CSCA does not say what its key may do."
        )
    elif _KEY_CERT_SIGN not in usage:
        report.deviate("profile_csca_key_usage", Tolerance.LEGACY_PROFILE, "The CSCA's key may not sign certificates.")
    _check_critical(report, anchor)


def _check_signer_profile(report: Report, signer: Certificate, role: str | None) -> None:
    if signer.basic_constraints is not None and signer.basic_constraints[0]:
        raise report.failure("profile_dsc_is_ca", "The signer's certificate is one of a CA.")
    usage = signer.key_usage
    if usage is None:
        report.deviate(
            "profile_dsc_no_key_usage", Tolerance.LEGACY_PROFILE, "The signer does not say what its key may do."
        )
    elif _DIGITAL_SIGNATURE not in usage:
        raise report.failure("profile_dsc_key_usage", "The signer's key may not sign documents.")
    for oid in signer.extended_key_usage or ():
        if oid in _ROLES and oid != role:
            raise report.failure(
                "profile_dsc_other_role", "The signer signs other things than this.", about=_ROLES[oid]
            )
    if role is not None and role not in (signer.extended_key_usage or ()):
        raise report.failure("profile_role", "The signer's certificate does not say that it may sign this.")
    if role is None and signer.document_types is None:
        report.deviate(
            "profile_dsc_no_document_types", Tolerance.NO_DOCUMENT_TYPES, "The signer does not say what it may sign."
        )
    _check_critical(report, signer)


def _check_critical(report: Report, certificate: Certificate) -> None:
    for oid in certificate.critical_extensions:
        if oid not in _UNDERSTOOD:
            raise report.failure("profile_unknown_critical", "A certificate has a critical extension that is unknown.")


def check_validity(
    report: Report, signer: Certificate, anchor: Certificate, *, signed_at: datetime | None, at: datetime | None
) -> None:
    """Step 16: valid when EF.SOD was signed, as it says itself; where it does not say, at the caller's time; never
    now."""
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
            about=f"{time:%Y-%m-%d}",
        )
    if not (anchor.not_before <= signer.not_before and time <= anchor.not_after):
        raise report.failure("csca_not_valid", "The CSCA was not valid when it certified the signer, or at signing.")
    if signed_at is not None:
        _check_usage_period(report, "profile_dsc_key_usage_period", signer, signed_at)
    _check_usage_period(report, "profile_csca_key_usage_period", anchor, signer.not_before)
    report.passed(f"Both certificates were valid on {time:%Y-%m-%d}, {'when signed' if signed_at else 'as asked'}.")


def _check_usage_period(report: Report, code: str, certificate: Certificate, time: datetime) -> None:
    starts, ends = certificate.private_key_usage_period
    if (starts is not None and time < starts) or (ends is not None and time > ends):
        raise report.failure(code, "A key signed outside the time in which it may.", about=f"{time:%Y-%m-%d}")


def check_revocation(
    report: Report, signer: Certificate, anchor: Certificate, trust_store: TrustStore, *, at: datetime | None
) -> None:
    """Step 17: not on the newest list of its issuer, which a CSCA of that name signed. An anchor that was found by its key
    identifier may bear another name than the signer's certificate says, so lists of both names count."""
    # (17)
    report.begin("revocation", malformed="crl_invalid")
    lists = trust_store.find_revocation_lists({signer.issuer, anchor.subject})
    if not lists:
        report.not_checked("crl_absent", "There is no revocation list of this CSCA.")
        return
    newest = lists[0]
    _check_revocation_list(report, newest, trust_store)
    if signer.serial in newest.revoked:
        raise report.failure("dsc_revoked", "The signer's certificate is revoked.")
    if at is None:
        report.not_checked("crl_age_unknown", "The signer is not on the list; how old that is was not asked.")
        return
    if newest.this_update > at + CLOCKS_APART:
        raise report.failure("crl_invalid", "The revocation list is from after the time given.")
    if newest.next_update is None or newest.next_update < at:
        report.deviate("crl_stale", Tolerance.STALE_CRL, "The revocation list is past its next update.")
    report.passed("The signer is not on the revocation list of its CSCA.")


def _check_revocation_list(report: Report, crl: RevocationList, trust_store: TrustStore) -> None:
    if trust_store.recall(("crl", crl.signature)) is crl:
        return
    if crl.algorithm.raw != crl.tbs_algorithm.raw or crl.unknown_critical:
        raise report.failure("crl_invalid", "The revocation list is not written as it must be.")
    scheme = parse_scheme(crl.algorithm)
    for issuer in trust_store.find_namesakes(crl.issuer):
        try:
            verify_signature(
                issuer.public_key,
                scheme,
                signature=crl.signature,
                message=crl.raw_tbs,
                step="revocation",
                code="crl_invalid",
            )
        except (VerificationFailed, Malformed):
            continue
        trust_store.remember(("crl", crl.signature), crl)
        return
    raise report.failure("crl_invalid", "The revocation list is not signed by its CSCA.")
