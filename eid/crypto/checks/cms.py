"""Steps 3, 4 and 7 to 11: CMS SignedData of one signer (RFC 5652), as security objects and master lists are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from eid.crypto.algorithms import (
    Scheme,
    digest,
    is_signed_without_null,
    parse_hash_algorithm,
    parse_scheme,
    verify_signature,
)
from eid.crypto.policy import Tolerance
from eid.crypto.public_keys import PublicKey, is_elliptic, name_key
from eid.crypto.report import Report
from eid.crypto.sod import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNED_DATA,
    SIGNING_TIME,
    Form,
    SignedData,
    SignerForm,
    SignerInfo,
)
from eid.crypto.tlv import OCTET_STRING, Tlv
from eid.crypto.x509 import Certificate, parse_name
from eid.errors import VerificationFailed

_ID_DATA = "1.2.840.113549.1.7.1"
MIN_RSA_BITS, LEAST_RSA_BITS = 2048, 1024


def check_signed_data(report: Report, sod: SignedData, content_types: Mapping[str, str]) -> SignerInfo:
    """Steps 3 and 4: the one signer of CMS SignedData whose content is of one of these types (by identifier: in words)."""
    form = sod.form
    # (3)
    report.once(form.facts, "cms", _judge_cms, form)
    # (4)
    report.begin("content_type", malformed="econtent_type")
    if form.content_type == _ID_DATA:
        report.deviate("econtent_type", Tolerance.ID_DATA_CONTENT, "What is signed calls itself plain data.")
    elif form.content_type not in content_types:
        raise report.failure(
            "econtent_type", "What is signed is not of the type that it must be.", about=form.content_type
        )
    else:
        report.passed(f"What is signed is {content_types[form.content_type]}.")
    return sod.signers[0]


def _judge_cms(report: Report, form: Form) -> None:
    report.begin("cms", malformed="cms_malformed")
    if form.content_info_type != SIGNED_DATA:
        raise report.failure("cms_wrong_type", "This holds no CMS SignedData.", about=form.content_info_type)
    if len(form.signers) != 1:
        raise report.failure(
            "cms_signer_count", "The signed data do not have exactly one signer.", about=str(len(form.signers))
        )
    signer = form.signers[0]
    if form.version not in (1, 3, 4) or signer.version not in (1, 3):
        raise report.failure("cms_version", "The signed data are of an unknown version.")
    if form.version != 3 or signer.version != (1 if signer.subject_key_id is None else 3):
        report.deviate("cms_version", Tolerance.CMS_VERSION, "The signed data are of an unusual version.")
    if signer.digest_algorithm.oid not in {algorithm.oid for algorithm in form.digest_algorithms}:
        raise report.failure("sig_alg_mismatch", "The signer's digest is not among those that SignedData lists.")
    for algorithm in form.digest_algorithms:
        parse_hash_algorithm(algorithm)
    report.passed("CMS SignedData of version 3 with one signer.")


def check_signer_certificate(
    report: Report, sod: SignedData, signer: SignerInfo, *, others: Sequence[Certificate] = ()
) -> Certificate:
    """Step 7: the one certificate that the signer names, among the signed data or, where it is not there, among others."""
    # (7)
    report.begin("signer_certificate", malformed="dsc_malformed")
    found = _find_signer(signer, sod.certificates) or _find_signer(signer, others)
    if not found:
        raise report.failure("dsc_not_found", "The signer's certificate is not among the signed data.")
    if len(found) > 1:
        raise report.failure("dsc_ambiguous", "More than one certificate fits the signer.")
    if signer.form.raw_issuer not in (None, found[0].raw_issuer):  # nobody signs how the issuer is named here
        detail = "The signer's issuer is named in another form than in its certificate."
        report.deviate("dsc_name_form", Tolerance.SIGNER_NAME_FORM, detail)
    report.passed("The signer's certificate is there, and it is the only one that fits.", (("certificate", found[0]),))
    return found[0]


def _find_signer(signer: SignerInfo, certificates: Sequence[Certificate]) -> list[Certificate]:
    raw, key_id = signer.form.raw_issuer, signer.form.subject_key_id
    if raw is None:
        return [c for c in certificates if c.subject_key_id == key_id]
    return [
        c for c in certificates if c.serial == signer.serial and (c.raw_issuer == raw or c.issuer == parse_name(raw))
    ]


class Attributes(NamedTuple):
    """Where the attributes' values lie, and by what the content is digested."""

    hash_name: str
    message_digest: slice
    signing_time: Tlv | None


def check_attributes(report: Report, sod: SignedData, signer: SignerInfo) -> datetime | None:
    """Step 8: when it was signed, where the signed attributes say so."""
    # (8)
    report.begin("signed_attributes", malformed="attr_malformed")
    form, data = sod.form, signer.data
    hash_name, message_digest, signing_time = find_attributes(report, form)
    if data[message_digest] != digest(hash_name, sod.content):
        raise report.failure(
            "message_digest_mismatch",
            "The signed digest is not that of what is signed.",
            evidence=(("signed", data[message_digest]), ("found", digest(hash_name, sod.content))),
        )
    report.once(form.facts, "attributes", _judge_attributes, form)
    return signing_time.on(data).time() if signing_time else None


def find_attributes(report: Report, form: Form) -> Attributes:
    """Where the values of the one signer's attributes lie, which are there once each. Raises VerificationFailed."""
    return report.once(form.facts, "attribute places", _judge_places, form)


def _judge_places(report: Report, form: Form) -> Attributes:
    signer = form.signers[0]
    if _only_value(report, signer, CONTENT_TYPE, "contentType").oid() != form.content_type:
        raise report.failure("content_type_mismatch", "The signed content type is not that of what is signed.")
    message_digest = _only_value(report, signer, MESSAGE_DIGEST, "messageDigest")
    has_time = bool(signer.values_of(SIGNING_TIME))
    signing_time = _only_value(report, signer, SIGNING_TIME, "signingTime") if has_time else None
    hash_name = parse_hash_algorithm(signer.digest_algorithm)
    return Attributes(hash_name, message_digest.expect(OCTET_STRING).body_span, signing_time)


def _judge_attributes(report: Report, form: Form) -> None:
    if not form.signers[0].attributes_are_sorted:
        report.deviate("attrs_not_der", Tolerance.UNSORTED_ATTRIBUTES, "The signed attributes are not in DER's order.")
    report.passed("contentType and messageDigest occur once and are those of what is signed.")


def _only_value(report: Report, signer: SignerForm, oid: str, name: str) -> Tlv:
    found = signer.values_of(oid)
    if not found:
        raise report.failure("attr_missing", "A signed attribute is missing.", about=name)
    if len(found) > 1 or len(found[0]) != 1:
        raise report.failure("attr_duplicate", "A signed attribute occurs more than once.", about=name)
    return found[0][0]


def check_signature(report: Report, sod: SignedData, signer: SignerInfo, certificate: Certificate) -> None:
    """Steps 9 to 11: the signature over the attributes holds, by the algorithm that the SignerInfo names."""
    # (9)
    scheme = report.once(sod.form.facts, "signature_algorithm", _judge_algorithm, signer.form)
    # (10)
    key = report.once(certificate.facts, _KEY_FACTS[scheme.kind], _judge_key, certificate, scheme)
    # (11)
    report.begin("sod_signature", malformed="sod_signature_invalid")
    signature, message = signer.signature, signer.raw_signed_attributes
    try:
        verify_signature(
            key, scheme, signature=signature, message=message, step="sod_signature", code="sod_signature_invalid"
        )
    except VerificationFailed:
        if not is_signed_without_null(key, scheme, signature=signature, message=message):
            raise
        detail = "The signature's DigestInfo lacks its NULL parameters."
        report.deviate("digest_info_no_null", Tolerance.DIGEST_INFO_WITHOUT_NULL, detail)
    report.passed("The signature holds.")


_KEY_FACTS = {kind: f"signer_key for {kind}" for kind in ("rsa", "pss", "ecdsa")}


def _judge_key(report: Report, certificate: Certificate, scheme: Scheme) -> PublicKey:
    report.begin("signer_key", malformed="bad_public_key")
    key = certificate.public_key
    if is_elliptic(key) != (scheme.kind == "ecdsa"):
        raise report.failure("sig_alg_mismatch", "The signature's algorithm is not one for the signer's key.")
    check_rsa_size(report, key)
    report.passed(f"The signer's key is {name_key(key)}.")
    return key


def _judge_algorithm(report: Report, signer: SignerForm) -> Scheme:
    report.begin("signature_algorithm", malformed="unknown_algorithm")
    signer_hash = parse_hash_algorithm(signer.digest_algorithm)
    scheme = parse_scheme(signer.signature_algorithm, digest_name=signer_hash)
    if scheme.hash_name != signer_hash:
        raise report.failure("sig_alg_mismatch", "The signature's digest is not the signer's digest.")
    if scheme.kind == "ecdsa" and signer.signature_algorithm.parameters is not None:
        report.deviate("sig_alg_params", Tolerance.ECDSA_NULL_PARAMETERS, "ECDSA is named with NULL parameters.")
    report.passed(f"The signature is by {scheme.kind} with {scheme.hash_name}.")
    return scheme


def check_rsa_size(report: Report, key: PublicKey) -> None:
    """An RSA key is long enough; others are by their curves."""
    if is_elliptic(key) or key.key_size >= MIN_RSA_BITS:
        return
    if key.key_size < LEAST_RSA_BITS:
        raise report.failure("key_too_small", "An RSA key is shorter than 1024 bits.")
    report.deviate("key_too_small", Tolerance.SMALL_RSA, "An RSA key is shorter than 2048 bits.")
