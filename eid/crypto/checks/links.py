"""Step 15: link certificates, by which a CSCA's old key vouches for its new one: ICAO 9303-12, 4.1.4, 6.1.1 and 7.1.1.5.

A certificate that no anchor is leads to one over links that were each signed by the one above. A link is the same
authority going on under another key, so it is no intermediate of RFC 5280: the path length 0 of a CSCA does not forbid
it. That holds for certificates that an authority issues under its own name, and for those that say by extension that
they change it; any other is counted as an intermediate, where it is let pass at all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from eid.crypto.algorithms import parse_scheme, verify_signature
from eid.crypto.checks.cms import check_rsa_size
from eid.crypto.checks.profiles import judge_csca_profile, path_length_of
from eid.crypto.outlines import read_outline
from eid.crypto.policy import Tolerance
from eid.crypto.report import Report
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import NAME_CHANGE, Certificate
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen

MAX_LINKS = 5
"""A CSCA has a new key every three to five years, and its certificates outlive the fifteen years of what they signed."""
MAX_TRIED = 64
"""Signatures that are verified in search of one path: loops and fans of links cost no more."""

Path = tuple[Certificate, ...]
"""From the CSCA certificate that issued something up to the one that is believed by itself."""


@frozen
class Obstacle:
    """Why there is no path."""

    code: str
    detail: str


_NOWHERE = Obstacle("link_unanchored", "No link certificate leads from the signer's CSCA to an anchor.")
_FALSE = Obstacle("link_invalid", "The signature on a link certificate does not hold.")
_TOO_LONG = Obstacle("path_too_long", "Too many link certificates would be needed to reach an anchor.")
_TOO_MANY = Obstacle("path_too_long", "Too many certificates may have issued a link certificate.")


def find_paths(issuers: Sequence[Certificate], store: TrustStore) -> tuple[list[Path], Obstacle]:
    """The paths from these certificates, whose keys are one, to something that can be believed, the best first; each link
    in them is signed by the certificate after it. Where there is none, what is in the way."""
    pinned = [found for found in issuers if store.is_anchor(found)]
    if pinned:
        longest_first = sorted(pinned, key=lambda found: found.not_after, reverse=True)
        return [(found,) for found in longest_first], _NOWHERE
    search = _Search(store, issuers)
    while search.waiting and search.tried <= MAX_TRIED:
        search.go_on(search.waiting.popleft())
    return search.anchored or search.alone, search.obstacle


class _Search:
    """From certificates upward, generation by generation, each certificate once."""

    def __init__(self, store: TrustStore, issuers: Sequence[Certificate]) -> None:
        self.store, self.tried, self.obstacle = store, 0, _NOWHERE
        self.waiting: deque[Path] = deque((found,) for found in issuers)
        self.anchored: list[Path] = []
        self.alone: list[Path] = []
        """Paths to a link that whoever runs the verifier put there, and whose CSCA is not there."""
        self._seen = {found.raw for found in issuers}

    def go_on(self, path: Path) -> None:
        """Afterwards the paths that are one certificate longer wait, or led to an anchor."""
        link = path[-1]
        parents = [found for found in self.store.find_issuers(link) if self._is_new(found)]
        if parents and len(path) > MAX_LINKS:
            self.obstacle = _TOO_LONG
            return
        signed = [parent for parent in parents if self._has_signed(parent, link)]
        for parent in signed:
            if self.store.is_anchor(parent):
                self.anchored.append((*path, parent))
            else:
                self._seen.add(parent.raw)
                self.waiting.append((*path, parent))
        if signed:
            return
        if any(_is_claimed(link, parent) for parent in parents):
            self.obstacle = _FALSE if self.obstacle is _NOWHERE else self.obstacle
        elif self.store.is_vouched_for(link) and not read_outline(link.raw).is_self_signed:
            self.alone.append(path)

    def _is_new(self, found: Certificate) -> bool:
        return found.raw not in self._seen or self.store.is_anchor(found)

    def _has_signed(self, parent: Certificate, link: Certificate) -> bool:
        self.tried += 1
        if self.tried > MAX_TRIED:
            self.obstacle = _TOO_MANY
            return False
        try:
            verify_issued(parent, link, step="link_certificates", code="link_invalid")
        except (VerificationFailed, Malformed):  # then it is a namesake's, or false: go_on tells them apart
            return False
        return True


def _is_claimed(link: Certificate, parent: Certificate) -> bool:
    """Whether a link says that this certificate's key signed it, and not one of a namesake that is not there."""
    authority = link.authority_key_id
    return authority is None or read_outline(parent.raw).subject_key_id in (None, authority)


def verify_issued(issuer: Certificate, certificate: Certificate, *, step: str, code: str) -> None:
    """Returns where this key made the signature on that certificate, by one algorithm named inside and outside. Raises
    VerificationFailed(step, …) or Malformed."""
    if certificate.algorithm.raw != certificate.tbs_algorithm.raw:
        raise VerificationFailed(step, "cert_alg_mismatch", "A certificate names two signature algorithms.")
    verify_signature(
        issuer.public_key,
        parse_scheme(certificate.algorithm),
        signature=certificate.signature,
        message=certificate.raw_tbs,
        step=step,
        code=code,
    )


def check_links(report: Report, path: Path, store: TrustStore) -> None:
    """Step 15, of a path that was found: every certificate above the first has a CSCA's profile, and every link changes
    name and country only as it may. The signatures were verified when it was found."""
    # (15)
    report.begin("link_certificates", malformed="link_invalid")
    if len(path) == 1 and store.is_anchor(path[0]):
        report.passed("The CSCA is itself an anchor; no link certificate is needed.", (("anchor", path[0]),))
        return
    for link, parent in pairwise(path):
        _check_link(report, link, parent)
        judge_csca_profile(report, parent)
    if not store.is_anchor(path[-1]):
        detail = "A link certificate leads to no anchor: the CSCA that issued it is not in the trust store."
        report.deviate("link_unanchored", Tolerance.LINK_UNANCHORED, detail)
    _check_path_length(report, path)
    told = f"{len(path) - 1} link certificates lead" if len(path) > 2 else "A link certificate leads"
    report.passed(f"{told} to an anchor.", (("anchor", path[-1]), ("links", len(path) - 1)))


def _check_link(report: Report, link: Certificate, parent: Certificate) -> None:
    scheme = parse_scheme(link.algorithm)
    if scheme.hash_name == "sha1":
        report.deviate("weak_algorithm", Tolerance.SHA1, "A link certificate is signed by SHA-1.")
    if scheme.kind == "ecdsa" and link.algorithm.parameters is not None:
        report.deviate("sig_alg_params", Tolerance.ECDSA_NULL_PARAMETERS, "ECDSA is named with NULL parameters.")
    check_rsa_size(report, parent.public_key)
    if link.authority_key_id is None:
        detail = "A link certificate has no authority key identifier."
        report.deviate("profile_csca_no_key_id", Tolerance.NO_KEY_ID, detail)
    check_issuer_name(report, link, parent)
    if link.subject != parent.subject and link.find_extension(NAME_CHANGE) is None:
        detail = "A link certificate changes the CSCA's name and does not say so."
        report.deviate("link_name_change", Tolerance.LINK_NAME_CHANGE, detail)
    if link.country != parent.country:
        detail = "A link certificate leads from one country to another."
        report.deviate("link_country", Tolerance.LINK_COUNTRY, detail, about=f"{parent.country} to {link.country}")


def check_issuer_name(report: Report, certificate: Certificate, issuer: Certificate) -> None:
    """RFC 5280, 6.1.3 (a) (4): a certificate names its issuer as that names itself, in any order, case and spacing."""
    if certificate.issuer != issuer.subject:
        detail = "A certificate names another issuer than the CSCA whose key signed it."
        report.deviate("issuer_name_mismatch", Tolerance.ISSUER_NAME, detail)


def _check_path_length(report: Report, path: Path) -> None:
    """RFC 5280, 6.1.4 (l) to (n), for those that are no links."""
    intermediates = 0
    for link, parent in pairwise(path):
        intermediates += link.subject != parent.subject and link.find_extension(NAME_CHANGE) is None
        allowed = path_length_of(parent)
        if allowed is not None and intermediates > allowed:
            detail = "The path length of a CSCA forbids what it certified, which does not call itself a link."
            report.deviate("path_too_long", Tolerance.LINK_PATH_LENGTH, detail, about=str(allowed))
