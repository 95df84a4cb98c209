"""Steps 12 to 15: whether the signer's certificate may be believed, and through which CSCA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from eid.crypto.algorithms import Scheme, parse_scheme, verify_signature
from eid.crypto.checks.cms import check_rsa_size
from eid.crypto.checks.deviations import find_excuses
from eid.crypto.checks.links import Path, check_issuer_name, check_links, find_paths
from eid.crypto.checks.profiles import check_signer_profile, judge_csca_profile
from eid.crypto.deviations import ListedDeviation
from eid.crypto.policy import Tolerance
from eid.crypto.report import Facts, Report, Step
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import Certificate
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen


@frozen
class Chain:
    """Who stands behind a signer: the CSCA certificate that issued it, and over links the one that is believed by
    itself. They are the same where there is no link."""

    path: Path
    facts: Facts = field(default_factory=dict, repr=False, compare=False)
    """What was judged of it alone."""

    @property
    def issuer(self) -> Certificate:
        return self.path[0]

    @property
    def anchor(self) -> Certificate:
        return self.path[-1]


@frozen
class _Remembered:
    """What is remembered of a signer whose chain held."""

    chain: Chain
    steps: tuple[Step, ...]


def check_chain(
    report: Report,
    signer: Certificate,
    trust_store: TrustStore,
    *,
    role: str | None = None,
    listed: Sequence[ListedDeviation] = (),
) -> Chain:
    """Steps 12 to 15: who stands behind the signer. `role` is the extended key usage that the signer must have; one of
    documents must have none of the others. `listed` is what deviation lists say of the document."""
    key = ("chain", signer.raw, report.policy.tolerates, role, tuple(listed))
    known = trust_store.recall(key)
    if isinstance(known, _Remembered):
        report.repeat(known.steps)
        report.listed = find_excuses(listed, known.chain.anchor) if listed else {}
        return known.chain
    first = len(report.steps)
    chain = _check_new_chain(report, signer, trust_store, role, listed)
    trust_store.remember(key, _Remembered(chain, tuple(report.steps[first:])))
    return chain


def _check_new_chain(
    report: Report,
    signer: Certificate,
    trust_store: TrustStore,
    role: str | None,
    listed: Sequence[ListedDeviation],
) -> Chain:
    # (12)
    report.begin("csca", malformed="csca_malformed")
    candidates = trust_store.find_issuers(signer)
    if not candidates:
        raise report.failure("csca_not_found", "No CSCA of the trust store can have issued the signer's certificate.")
    report.passed(
        f"{len(candidates)} CSCA of the trust store may have issued the signer's certificate.",
        (("candidates", len(candidates)),),
    )
    # (13)
    report.begin("signer_chain", malformed="dsc_malformed")
    scheme = _check_certificate_algorithm(report, signer)
    issuers = _find_signing_issuers(report, signer, scheme, candidates, trust_store)
    check_issuer_name(report, signer, issuers[0])
    report.passed("The signer's certificate is signed by a CSCA of the trust store.", (("issuer", issuers[0]),))
    paths, obstacle = find_paths(issuers, trust_store)
    for number, path in enumerate(paths or [(issuers[0],)], 1):
        taken = len(report.steps)
        report.listed = find_excuses(listed, path[-1]) if listed else {}
        try:
            # (14)
            report.begin("profiles", malformed="profile_malformed")
            judge_csca_profile(report, path[0])
            check_signer_profile(report, signer, role)
            report.passed("Both certificates have the profile of their role.")
            # (15)
            if not paths:
                report.begin("link_certificates", malformed="link_invalid")
                raise report.failure(obstacle.code, obstacle.detail)
            check_links(report, path, trust_store)
        except (VerificationFailed, Malformed):
            if number >= len(paths):
                raise
            del report.steps[taken:]
        else:
            return Chain(path)
    raise AssertionError("every path holds or raises")


def _check_certificate_algorithm(report: Report, signer: Certificate) -> Scheme:
    if signer.algorithm.raw != signer.tbs_algorithm.raw:
        raise report.failure("cert_alg_mismatch", "The signer's certificate names two signature algorithms.")
    scheme = parse_scheme(signer.algorithm)
    if scheme.hash_name == "sha1":
        report.deviate("weak_algorithm", Tolerance.SHA1, "The signer's certificate is signed by SHA-1.")
    if scheme.kind == "ecdsa" and signer.algorithm.parameters is not None:
        report.deviate("sig_alg_params", Tolerance.ECDSA_NULL_PARAMETERS, "ECDSA is named with NULL parameters.")
    return scheme


def _find_signing_issuers(
    report: Report, signer: Certificate, scheme: Scheme, candidates: list[Certificate], trust_store: TrustStore
) -> list[Certificate]:
    """Those of the candidates whose key made the signature: the anchors of that key where there are any, else all others.
    Anchors come first, and all are tried."""
    refusal: VerificationFailed | Malformed | None = None
    found: list[Certificate] = []
    for candidate in candidates:
        try:
            verify_signature(
                candidate.public_key,
                scheme,
                signature=signer.signature,
                message=signer.raw_tbs,
                step="signer_chain",
                code="dsc_signature_invalid",
            )
        except (VerificationFailed, Malformed) as error:
            refusal = refusal or error
            continue
        check_rsa_size(report, candidate.public_key)
        if trust_store.is_anchor(candidate):
            key = candidate.raw_public_key
            return [other for other in candidates if other.raw_public_key == key and trust_store.is_anchor(other)]
        found.append(candidate)
    if found:
        return found
    assert refusal is not None
    if isinstance(refusal, Malformed):
        raise refusal
    count = trust_store.count_issuers(signer)
    raise report.failure(refusal.code, refusal.detail, about=f"{len(candidates)} of {count} CSCAs tried")
