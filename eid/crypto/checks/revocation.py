"""Step 17: revocation, by lists that the signer's CSCA or its successor signed: RFC 5280, 6.3; ICAO 9303-12, 7.1.4 and
appendix D.3."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from eid.crypto.algorithms import parse_scheme, verify_signature
from eid.crypto.checks.chain import Chain
from eid.crypto.checks.links import MAX_LINKS, verify_issued
from eid.crypto.checks.profiles import CRL_SIGN, KEY_CERT_SIGN
from eid.crypto.checks.validity import CLOCKS_APART
from eid.crypto.evidence import Evidence
from eid.crypto.policy import Demand, Tolerance
from eid.crypto.report import Report
from eid.crypto.revocation_lists import RevocationList, Scope
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import NAME_CHANGE, Certificate
from eid.errors import Malformed, VerificationFailed

MAX_LISTS = 16
"""Lists of one CSCA that are tried, newest first."""


def check_revocation(
    report: Report, signer: Certificate, chain: Chain, trust_store: TrustStore, *, at: datetime | None
) -> None:
    """Step 17: not on the newest whole list of its CSCA, and neither is any link. Of several lists, those that do not hold
    are passed over as long as one does."""
    # (17)
    report.begin("revocation", malformed="crl_invalid")
    if not trust_store.revocation_lists:
        _report_absent(report)
        return
    told: Evidence = ()
    asked = [signer, *chain.path[:-1]]
    for number, certificate in enumerate(asked):
        authorities = chain.path[min(number, len(chain.path) - 1) :]
        newest = _find_list(report, certificate, authorities, trust_store, at)
        if newest is None:
            continue
        if certificate.serial in newest.revoked:
            if certificate is signer:
                raise report.failure("dsc_revoked", "The signer's certificate is revoked.")
            raise report.failure("csca_revoked", "A link certificate is revoked.")
        if at is None:
            report.not_checked("crl_age_unknown", "The signer is not on the list; how old that is was not asked.")
            continue
        if newest.next_update is None or newest.next_update < at:
            report.deviate("crl_stale", Tolerance.STALE_CRL, "The revocation list is past its next update.")
        told = told or (("this_update", newest.this_update), ("next_update", newest.next_update))
    report.passed("The signer is not on the revocation list of its CSCA.", told)


def _find_list(
    report: Report, certificate: Certificate, path: Sequence[Certificate], trust_store: TrustStore, at: datetime | None
) -> RevocationList | None:
    """The newest list that covers a certificate and holds; None where that may be missing. An anchor that was found by its
    key identifier may bear another name than the certificate says, so lists of both names count; a CSCA that was renamed
    signs its lists under its new name."""
    authorities = _find_authorities(path, trust_store)
    names = {certificate.issuer, *(authority.subject for authority in authorities)}
    others = [found for found in authorities if found.raw_public_key != certificate.raw_public_key]
    refusal: VerificationFailed | None = None
    # whether a link is revoked is first for others to say, and only where they say nothing for its own key
    for signing in (others, authorities) if len(others) < len(authorities) else (authorities,):
        for crl in trust_store.find_revocation_lists(names)[:MAX_LISTS]:
            try:
                _check_list(report, crl, signing, trust_store, at)
            except VerificationFailed as error:
                refusal = refusal or error
                continue
            return crl
    if refusal is not None:
        raise report.failure(refusal.code, refusal.detail)
    _report_absent(report)
    return None


def _report_absent(report: Report) -> None:
    detail = "There is no revocation list of this CSCA."
    if Demand.REVOCATION_LIST in report.policy.demands:
        raise report.failure("crl_absent", detail, hint="The policy demands one.")
    report.not_checked("crl_absent", detail)


def _find_authorities(path: Sequence[Certificate], trust_store: TrustStore) -> list[Certificate]:
    """The certificates of the CSCA that the first of a path is: those of its name in the path and among the anchors, and
    those to which links lead on from them. Others above it are not it: what they revoke is not what it issued."""
    key = ("authorities", *(found.raw for found in path))
    known = trust_store.recall(key)
    if isinstance(known, tuple):
        return list(known)
    name = path[0].subject
    generation = [*(found for found in path if found.subject == name), *trust_store.find_namesakes(name)]
    found = {certificate.raw: certificate for certificate in generation}
    for _ in range(MAX_LINKS):
        generation = [other for certificate in generation for other in _find_successors(certificate, trust_store)]
        generation = [other for other in generation if other.raw not in found]
        found |= {other.raw: other for other in generation}
    trust_store.remember(key, tuple(found.values()))
    return list(found.values())


def _find_successors(csca: Certificate, trust_store: TrustStore) -> list[Certificate]:
    """Certificates of the same country to which a CSCA handed on: under its own name, or saying that the name changes."""
    found = []
    for other in trust_store.find_successors(csca):
        goes_on = other.subject == csca.subject or other.find_extension(NAME_CHANGE) is not None
        if not goes_on or other.country != csca.country or KEY_CERT_SIGN not in (other.key_usage or ()):
            continue
        try:
            verify_issued(csca, other, step="revocation", code="link_invalid")
        except (VerificationFailed, Malformed):
            continue
        found.append(other)
    return found


def _check_list(
    report: Report,
    crl: RevocationList,
    authorities: Sequence[Certificate],
    trust_store: TrustStore,
    at: datetime | None,
) -> None:
    if crl.scope is not Scope.WHOLE:
        raise report.failure(f"crl_{crl.scope}", "The revocation list is not one of everything that its CSCA issued.")
    if crl.unknown_critical:
        raise report.failure("crl_unknown_critical", "The revocation list has a critical extension that is unknown.")
    if at is not None and crl.this_update > at + CLOCKS_APART:
        raise report.failure("crl_invalid", "The revocation list is from after the time given.")
    key = ("crl", crl.signature, crl.raw_tbs, *(authority.raw for authority in authorities))
    if trust_store.recall(key) is not crl:
        _check_list_signature(report, crl, authorities)
        trust_store.remember(key, crl)


def _check_list_signature(report: Report, crl: RevocationList, authorities: Sequence[Certificate]) -> None:
    if crl.algorithm.raw != crl.tbs_algorithm.raw:
        raise report.failure("crl_invalid", "The revocation list is not written as it must be.")
    scheme = parse_scheme(crl.algorithm)
    for authority in authorities:
        if authority.subject != crl.issuer:
            continue
        try:
            verify_signature(
                authority.public_key,
                scheme,
                signature=crl.signature,
                message=crl.raw_tbs,
                step="revocation",
                code="crl_invalid",
            )
        except (VerificationFailed, Malformed):
            continue
        if authority.key_usage is not None and CRL_SIGN not in authority.key_usage:
            raise report.failure("crl_signer_usage", "The revocation list is signed by a key that may not sign any.")
        return
    raise report.failure("crl_invalid", "The revocation list is not signed by its CSCA.")
