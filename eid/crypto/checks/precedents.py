"""Judging by precedent: an EF.SOD that is like one that passed in all but a few values is judged by those alone.

Like means: CMS and security object have the same form (layouts.py), the signer's certificate has the same layout, and with it
the same issuer, algorithms and extensions, and the policy and the trust store are the same. Then the steps whose
outcome hangs on nothing else turn out as they did. What differs from document to document is checked here, under the numbers
of passive_auth. Whatever is not like, or does not hold, goes the long way: nothing is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from eid.crypto.algorithms import Scheme, digest, parse_hash_algorithm, parse_scheme, verify_signature
from eid.crypto.checks.chain import Chain
from eid.crypto.checks.cms import Attributes, find_attributes
from eid.crypto.checks.profiles import has_proper_serial, is_capital_country
from eid.crypto.checks.security_object import SignedSod
from eid.crypto.lds import parse_security_object
from eid.crypto.public_keys import PublicKey
from eid.crypto.records import make
from eid.crypto.report import Report, Result, Step
from eid.crypto.sod import parse_sod
from eid.crypto.tlv import decode_time
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import Certificate
from eid.errors import Malformed, VerificationFailed


@dataclass(frozen=True, eq=False, slots=True)
class _Precedent:
    """What a document that passed leaves for those that are like it."""

    before: tuple[Step, ...]
    """Steps 1 to 6."""
    signer: Step
    """7, which tells the certificate."""
    after: tuple[Step, ...]
    """8 to 15."""
    hash_name: str
    attributes: Attributes
    scheme: Scheme
    issuer_key: PublicKey
    issuer_scheme: Scheme
    key_size: int
    """In bits; its kind and curve are the layout's."""
    chain: Chain


class _Followed(NamedTuple):
    """A precedent as it holds for the documents of one signer."""

    precedent: _Precedent
    key: PublicKey
    steps: tuple[Step, ...]


def set_precedent(report: Report, sod: SignedSod, chain: Chain, trust_store: TrustStore) -> None:
    """Afterwards documents that are like this one are judged by it, where steps 1 to 15, which are the report's so far, all
    passed and the document names its signer by serial number."""
    if any(step.result is not Result.PASSED for step in report.steps) or report.listed:
        return
    [signer] = sod.form.signers
    if signer.raw_issuer is None:
        return
    hash_name = parse_hash_algorithm(signer.digest_algorithm)
    at = [step.step for step in report.steps].index("signer_certificate")
    precedent = _Precedent(
        before=tuple(report.steps[:at]),
        signer=report.steps[at],
        after=tuple(report.steps[at + 1 :]),
        hash_name=sod.hash_name,
        attributes=find_attributes(report, sod.form),
        scheme=parse_scheme(signer.signature_algorithm, digest_name=hash_name),
        issuer_key=chain.issuer.public_key,
        issuer_scheme=parse_scheme(sod.certificate.algorithm),
        key_size=sod.certificate.public_key.key_size,
        chain=chain,
    )
    certificate = sod.certificate
    key = (sod.form, sod.security_object.form, report.policy.tolerates, certificate.places)
    trust_store.remember(key, precedent)


def follow_precedent(
    report: Report, unverified_sod: bytes | None, trust_store: TrustStore
) -> tuple[SignedSod, Chain] | None:
    """What steps 1 to 15 find, by precedent; None where there is no document like this one that passed, or where it does
    not hold what differs: then the long way says why."""
    if unverified_sod is None or trust_store.deviation_lists:
        return None
    try:
        return _follow(report, unverified_sod, trust_store)
    except (Malformed, VerificationFailed):
        return None


def _follow(report: Report, unverified_sod: bytes, trust_store: TrustStore) -> tuple[SignedSod, Chain] | None:
    # (1) and (2): only what is whole and in DER can be read so
    form, content, certificates, signers = parse_sod(unverified_sod)
    if len(certificates) != 1 or len(signers) != 1:
        return None
    certificate, signer = certificates[0], signers[0]
    security_object = parse_security_object(content)
    forms = (form, security_object.form, report.policy.tolerates)
    # (3) to (6), (9), (12), (14) and (15): as the precedent says
    followed = trust_store.recall((*forms, certificate.raw))
    if not isinstance(followed, _Followed):
        precedent = trust_store.recall((*forms, certificate.places))
        if not isinstance(precedent, _Precedent):
            return None
        followed = _follow_to_signer(precedent, certificate)
        if followed is None:
            return None
        trust_store.remember((*forms, certificate.raw), followed)
    precedent = followed.precedent
    # (7)
    if signer.serial != certificate.serial:
        return None
    # (8)
    attributes = precedent.attributes
    if signer.data[attributes.message_digest] != digest(attributes.hash_name, content):
        return None
    # (11)
    verify_signature(
        followed.key,
        precedent.scheme,
        signature=signer.signature,
        message=signer.raw_signed_attributes,
        step="sod_signature",
        code="sod_signature_invalid",
    )
    report.repeat(followed.steps)
    place = attributes.signing_time
    signed_at = decode_time(place.tag, signer.data[place.body_span]) if place else None
    sod = make(SignedSod, (form, security_object, precedent.hash_name, certificate, signed_at))
    return sod, precedent.chain


def _follow_to_signer(precedent: _Precedent, certificate: Certificate) -> _Followed | None:
    """The precedent for this signer's documents, where what differs between signers holds."""
    # (10)
    key = certificate.public_key
    if key.key_size != precedent.key_size:
        return None
    # (13)
    verify_signature(
        precedent.issuer_key,
        precedent.issuer_scheme,
        signature=certificate.signature,
        message=certificate.raw_tbs,
        step="signer_chain",
        code="dsc_signature_invalid",
    )
    # (14)
    if not has_proper_serial(certificate) or not is_capital_country(certificate.raw_subject):
        return None
    signer = precedent.signer.seen_in((("certificate", certificate),))
    return make(_Followed, (precedent, key, (*precedent.before, signer, *precedent.after)))
