"""Step 17: revocation, by lists that the signer's CSCA or its successor signed: RFC 5280, 6.3; ICAO 9303-12, 7.1.4 and
appendix D.3."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from eid.crypto.algorithms import parse_scheme, verify_signature
from eid.crypto.checks.chain import Chain
from eid.crypto.checks.links import MAX_TRIED, verify_issued
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
    """Step 17: on no whole list of its CSCA, and neither is any link; of each key's lists the newest counts. Lists that do
    not hold are passed over as long as one does."""
    # (17)
    report.begin("revocation", malformed="crl_invalid")
    if not trust_store.revocation_lists:
        _report_absent(report)
        return
    told: Evidence = ()
    asked = [signer, *chain.path[:-1]]
    for number, certificate in enumerate(asked):
        lists = _find_lists(report, certificate, chain.path[min(number, len(chain.path) - 1) :], trust_store, at)
        if not lists:
            _report_absent(report)
            continue
        if any(certificate.serial in crl.revoked for crl in lists):
            if certificate is signer:
                raise report.failure("dsc_revoked", "The signer's certificate is revoked.")
            raise report.failure("csca_revoked", "A link certificate is revoked.")
        if at is None:
            report.not_checked("crl_age_unknown", "The signer is not on the list; how old that is was not asked.")
            continue
        newest = lists[0]
        if newest.next_update is None or newest.next_update < at:
            report.deviate("crl_stale", Tolerance.STALE_CRL, "The revocation list is past its next update.")
        told = told or (("this_update", newest.this_update), ("next_update", newest.next_update))
    report.passed("The signer is not on the revocation list of its CSCA.", told)


def _report_absent(report: Report) -> None:
    detail = "There is no revocation list of this CSCA."
    if Demand.REVOCATION_LIST in report.policy.demands:
        raise report.failure("crl_absent", detail, hint="The policy demands one.")
    report.not_checked("crl_absent", detail)


def _find_lists(
    report: Report, certificate: Certificate, path: Sequence[Certificate], trust_store: TrustStore, at: datetime | None
) -> list[RevocationList]:
    """The lists that cover a certificate and hold, newest first, one of each key. A CSCA that goes on under another key may
    list what the old one issued or leave that to the old one's last list, so no key's list makes another's untrue."""
    authorities = _find_authorities(path, trust_store)
    refused: RevocationList | None = None
    found: dict[bytes, RevocationList] = {}
    for crl in _candidates(certificate, authorities, trust_store):
        try:
            signed_by = _check_list(report, crl, authorities, trust_store, at)
        except (VerificationFailed, Malformed):
            refused = refused or crl
            continue
        found.setdefault(signed_by, crl)
    if refused is not None and not found:
        _check_list(report, refused, authorities, trust_store, at)  # raises again, as the only one that there is
    return list(found.values())


def _candidates(
    certificate: Certificate, authorities: Sequence[_Authority], trust_store: TrustStore
) -> list[RevocationList]:
    """Lists of the CSCA by its names: the one that the certificate gives, those of its keys, and any that a list calls its
    issuer's former name while a link, however silently, leads to that issuer."""
    names = {certificate.issuer, *(found.certificate.subject for found in authorities if found.is_said)}
    silent = {found.certificate.subject for found in authorities if not found.is_said}
    lists = [
        crl
        for crl in trust_store.find_revocation_lists(names)
        if crl.issuer in names or (crl.issuer in silent and certificate.issuer in crl.former_names)
    ]
    return lists[:MAX_LISTS]


class _Authority(NamedTuple):
    """A certificate of a CSCA, and whether every link to it says that it is one."""

    certificate: Certificate
    is_said: bool


def _find_authorities(path: Sequence[Certificate], trust_store: TrustStore) -> Sequence[_Authority]:
    """The certificates of the CSCA that the first of a path is: those of its name in the path and among the anchors, and
    those to which links lead on from them. Others above it are not it: what they revoke is not what it issued."""
    key = ("authorities", *(found.raw for found in path))
    known = trust_store.recall(key)
    if isinstance(known, tuple):
        return known
    name = path[0].subject
    own = [*(found for found in path if found.subject == name), *trust_store.find_namesakes(name)]
    found = {certificate.raw: _Authority(certificate, is_said=True) for certificate in own}
    waiting, tried = deque(found.values()), 0
    while waiting and tried < MAX_TRIED:
        csca = waiting.popleft()
        for other in trust_store.find_successors(csca.certificate):
            if other.raw in found or not _may_succeed(other, csca.certificate):
                continue
            tried += 1
            try:
                verify_issued(csca.certificate, other, step="revocation", code="link_invalid")
            except (VerificationFailed, Malformed):
                continue
            is_said = csca.is_said and _says_so(other, csca.certificate)
            found[other.raw] = _Authority(other, is_said)
            if is_said:
                waiting.append(found[other.raw])
    trust_store.remember(key, tuple(found.values()))
    return tuple(found.values())


def _may_succeed(other: Certificate, csca: Certificate) -> bool:
    """A certificate of the same country, for a key that may certify."""
    return other.country == csca.country and KEY_CERT_SIGN in (other.key_usage or ())


def _says_so(other: Certificate, csca: Certificate) -> bool:
    """Whether it is a link by its name or its extension (9303-12, 7.1.1.5)."""
    return other.subject == csca.subject or other.find_extension(NAME_CHANGE) is not None


def _check_list(
    report: Report,
    crl: RevocationList,
    authorities: Sequence[_Authority],
    trust_store: TrustStore,
    at: datetime | None,
) -> bytes:
    """The key that signed a list, which is of everything, and not from after the time given."""
    if crl.scope is not Scope.WHOLE:
        raise report.failure(f"crl_{crl.scope}", "The revocation list is not one of everything that its CSCA issued.")
    if crl.unknown_critical:
        raise report.failure("crl_unknown_critical", "The revocation list has a critical extension that is unknown.")
    if at is not None and crl.this_update > at + CLOCKS_APART:
        raise report.failure("crl_invalid", "The revocation list is from after the time given.")
    if parse_scheme(crl.algorithm).hash_name == "sha1":
        report.deviate("weak_algorithm", Tolerance.SHA1, "The revocation list is signed by SHA-1.")
    key = ("crl", crl.signature, crl.raw_tbs, *(found.certificate.raw for found in authorities))
    known = trust_store.recall(key)
    if not isinstance(known, bytes):
        known = _check_list_signature(report, crl, authorities)
        trust_store.remember(key, known)
    return known


def _check_list_signature(report: Report, crl: RevocationList, authorities: Sequence[_Authority]) -> bytes:
    if crl.algorithm.raw != crl.tbs_algorithm.raw:
        raise report.failure("crl_invalid", "The revocation list is not written as it must be.")
    scheme = parse_scheme(crl.algorithm)
    for authority, _is_said in authorities:
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
        return authority.raw_public_key
    raise report.failure("crl_invalid", "The revocation list is not signed by its CSCA.")
