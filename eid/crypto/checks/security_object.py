"""Steps 1 to 11: EF.SOD by itself, up to the signature over it. Who signed is not yet known to be anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import rsa

from eid.crypto.algorithms import HASH_LENGTHS, digest, parse_hash_algorithm, parse_scheme, verify_signature
from eid.crypto.ber import build_definite
from eid.crypto.lds import SOD, SecurityObject, parse_security_object
from eid.crypto.policy import Tolerance
from eid.crypto.public_keys import is_elliptic, name_key
from eid.crypto.report import Report
from eid.crypto.sod import (
    CONTENT_TYPE,
    LDS_SECURITY_OBJECT,
    MESSAGE_DIGEST,
    SIGNED_DATA,
    SIGNING_TIME,
    SignedData,
    SignerInfo,
    parse_sod,
)
from eid.crypto.tlv import Tlv, read_tlv
from eid.crypto.x509 import Certificate, parse_name
from eid.errors import Malformed

_CONTENT_TYPES = {
    LDS_SECURITY_OBJECT: "an LDS security object",
    "1.3.27.1.1.1": "an LDS security object by its first identifier",
    "1.2.528.1.1006.1.20.1": "an LDS security object by the Dutch identifier",
}
_ID_DATA = "1.2.840.113549.1.7.1"
MIN_RSA_BITS, LEAST_RSA_BITS = 2048, 1024


@dataclass(frozen=True)
class SignedSod:
    """A security object under a signature that holds, and the certificate of whoever made it, not yet trusted."""

    security_object: SecurityObject
    hash_name: str
    certificate: Certificate
    signed_at: datetime | None


def check_sod(report: Report, files: Mapping[str, bytes]) -> SignedSod:
    """Steps 1 to 11. Raises VerificationFailed or Malformed in the step that `report` is at."""
    sod = _read_sod(report, files)
    signer = _check_cms(report, sod)
    security_object, hash_name = _check_security_object(report, sod, signer)
    certificate = _check_signer_certificate(report, sod, signer)
    signed_at = _check_attributes(report, sod, signer)
    _check_signature(report, signer, certificate)
    return SignedSod(security_object, hash_name, certificate, signed_at)


def _read_sod(report: Report, files: Mapping[str, bytes]) -> SignedData:
    # (1)
    report.begin("sod_structure", malformed="sod_malformed")
    if SOD not in files:
        raise report.failure("sod_missing", "There is no EF.SOD; without it nothing can be verified.")
    sod, is_ber, has_more = _parse(files[SOD])
    if has_more:
        report.deviate("sod_trailing_data", Tolerance.TRAILING_DATA, "Something follows EF.SOD.")
    report.passed("EF.SOD is one element under tag 77, whole, with nothing after it.")
    # (2)
    report.begin("sod_encoding", malformed="sod_not_der")
    if is_ber:
        detail = "EF.SOD is written with indefinite lengths, not in DER."
        report.deviate("sod_not_der", Tolerance.INDEFINITE_LENGTHS, detail)
    report.passed("EF.SOD is written in DER.")
    return sod


def _parse(data: bytes) -> tuple[SignedData, bool, bool]:
    """EF.SOD, whether it was rewritten from BER, and whether something followed it."""
    is_ber = False
    try:
        return parse_sod(data), False, False
    except Malformed as error:
        if error.code == "tlv_indefinite":
            data, is_ber = build_definite(data), True
        elif error.code != "tlv_trailing_data":
            raise
    whole = read_tlv(data).raw
    return parse_sod(whole), is_ber, len(whole) < len(data)


def _check_cms(report: Report, sod: SignedData) -> SignerInfo:
    # (3)
    report.begin("cms", malformed="cms_malformed")
    if sod.content_info_type != SIGNED_DATA:
        raise report.failure("cms_wrong_type", "EF.SOD holds no CMS SignedData.", about=sod.content_info_type)
    if len(sod.signers) != 1:
        raise report.failure(
            "cms_signer_count", "EF.SOD does not have exactly one signer.", about=str(len(sod.signers))
        )
    signer = sod.signers[0]
    if sod.version not in (1, 3, 4) or signer.version not in (1, 3):
        raise report.failure("cms_version", "EF.SOD's SignedData is of an unknown version.")
    if sod.version != 3 or signer.version != (1 if signer.subject_key_id is None else 3):
        report.deviate("cms_version", Tolerance.CMS_VERSION, "EF.SOD's SignedData is of an unusual version.")
    if signer.digest_algorithm.oid not in {algorithm.oid for algorithm in sod.digest_algorithms}:
        raise report.failure("sig_alg_mismatch", "The signer's digest is not among those that SignedData lists.")
    for algorithm in sod.digest_algorithms:
        parse_hash_algorithm(algorithm)
    report.passed("CMS SignedData of version 3 with one signer.")
    # (4)
    report.begin("content_type", malformed="econtent_type")
    if sod.content_type == _ID_DATA:
        report.deviate("econtent_type", Tolerance.ID_DATA_CONTENT, "What is signed calls itself plain data.")
    elif sod.content_type not in _CONTENT_TYPES:
        raise report.failure("econtent_type", "What is signed is no LDS security object.", about=sod.content_type)
    else:
        report.passed(f"What is signed is {_CONTENT_TYPES[sod.content_type]}.")
    return signer


def _check_security_object(report: Report, sod: SignedData, signer: SignerInfo) -> tuple[SecurityObject, str]:
    # (5)
    report.begin("security_object", malformed="lds_malformed")
    security_object = parse_security_object(sod.content)
    if not {1, 2} <= set(security_object.digests):
        raise report.failure("lds_malformed", "The security object does not list DG1 and DG2.")
    hash_name = parse_hash_algorithm(security_object.hash_algorithm)
    if {len(found) for found in security_object.digests.values()} != {HASH_LENGTHS[hash_name]}:
        raise report.failure("lds_hash_length", "A digest in the security object has a wrong length.")
    listed = ", ".join(f"DG{number}" for number in security_object.digests)
    report.passed(f"Security object of version {security_object.version} over {listed}.")
    # (6)
    report.begin("digest_algorithms", malformed="unknown_algorithm")
    signer_hash = parse_hash_algorithm(signer.digest_algorithm)
    if "sha1" in (hash_name, signer_hash):
        report.deviate("weak_algorithm", Tolerance.SHA1, "Digests are by SHA-1.")
    report.passed(f"Data groups are digested by {hash_name}, the security object by {signer_hash}.")
    return security_object, hash_name


def _check_signer_certificate(report: Report, sod: SignedData, signer: SignerInfo) -> Certificate:
    # (7)
    report.begin("signer_certificate", malformed="dsc_malformed")
    if signer.raw_issuer is not None:
        issuer = parse_name(signer.raw_issuer)
        found = [c for c in sod.certificates if c.serial == signer.serial and c.issuer == issuer]
    else:
        found = [c for c in sod.certificates if c.subject_key_id == signer.subject_key_id]
    if not found:
        raise report.failure("dsc_not_found", "The signer's certificate is not in EF.SOD.")
    if len(found) > 1:
        raise report.failure("dsc_ambiguous", "More than one certificate in EF.SOD fits the signer.")
    report.passed("The signer's certificate is in EF.SOD, and it is the only one that fits.")
    return found[0]


def _check_attributes(report: Report, sod: SignedData, signer: SignerInfo) -> datetime | None:
    # (8)
    report.begin("signed_attributes", malformed="attr_malformed")
    if _only_value(report, signer, CONTENT_TYPE, "contentType").oid() != sod.content_type:
        raise report.failure("content_type_mismatch", "The signed content type is not that of what is signed.")
    signed_digest = _only_value(report, signer, MESSAGE_DIGEST, "messageDigest").octets()
    if signed_digest != digest(parse_hash_algorithm(signer.digest_algorithm), sod.content):
        raise report.failure("message_digest_mismatch", "The signed digest is not that of the security object.")
    if not signer.attributes_are_sorted:
        report.deviate("attrs_not_der", Tolerance.UNSORTED_ATTRIBUTES, "The signed attributes are not in DER's order.")
    signed_at = None
    if signer.values_of(SIGNING_TIME):
        signed_at = _only_value(report, signer, SIGNING_TIME, "signingTime").time()
    report.passed("contentType and messageDigest occur once and are those of the security object.")
    return signed_at


def _only_value(report: Report, signer: SignerInfo, oid: str, name: str) -> Tlv:
    found = signer.values_of(oid)
    if not found:
        raise report.failure("attr_missing", "A signed attribute is missing.", about=name)
    if len(found) > 1 or len(found[0]) != 1:
        raise report.failure("attr_duplicate", "A signed attribute occurs more than once.", about=name)
    return found[0][0]


def _check_signature(report: Report, signer: SignerInfo, certificate: Certificate) -> None:
    # (9)
    report.begin("signature_algorithm", malformed="unknown_algorithm")
    signer_hash = parse_hash_algorithm(signer.digest_algorithm)
    scheme = parse_scheme(signer.signature_algorithm, digest_name=signer_hash)
    if scheme.hash_name != signer_hash:
        raise report.failure("sig_alg_mismatch", "The signature's digest is not the signer's digest.")
    if scheme.kind == "ecdsa" and signer.signature_algorithm.parameters is not None:
        report.deviate("sig_alg_params", Tolerance.ECDSA_NULL_PARAMETERS, "ECDSA is named with NULL parameters.")
    report.passed(f"The signature is by {scheme.kind} with {scheme.hash_name}.")
    # (10)
    report.begin("signer_key", malformed="bad_public_key")
    key = certificate.public_key
    if is_elliptic(key) != (scheme.kind == "ecdsa"):
        raise report.failure("sig_alg_mismatch", "The signature's algorithm is not one for the signer's key.")
    if isinstance(key, rsa.RSAPublicKey):
        check_rsa_size(report, key)
    report.passed(f"The signer's key is {name_key(key)}.")
    # (11)
    report.begin("sod_signature", malformed="sod_signature_invalid")
    verify_signature(
        key,
        scheme,
        signature=signer.signature,
        message=signer.raw_signed_attributes,
        step="sod_signature",
        code="sod_signature_invalid",
    )
    report.passed("The signature over EF.SOD holds.")


def check_rsa_size(report: Report, key: rsa.RSAPublicKey) -> None:
    if key.key_size < LEAST_RSA_BITS:
        raise report.failure("key_too_small", "An RSA key is shorter than 1024 bits.")
    if key.key_size < MIN_RSA_BITS:
        report.deviate("key_too_small", Tolerance.SMALL_RSA, "An RSA key is shorter than 2048 bits.")
