"""Steps 1 to 11: EF.SOD by itself, up to the signature over it. Who signed is not yet known to be anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from eid.crypto.algorithms import HASH_LENGTHS, Algorithm, parse_hash_algorithm
from eid.crypto.ber import build_definite
from eid.crypto.checks.cms import check_attributes, check_signature, check_signed_data, check_signer_certificate
from eid.crypto.lds import SecurityObject, list_data_groups, parse_security_object
from eid.crypto.policy import Tolerance
from eid.crypto.report import Report
from eid.crypto.sod import LDS_SECURITY_OBJECT, Form, SignedData, SignerInfo, parse_sod
from eid.crypto.tlv import read_tlv
from eid.crypto.x509 import Certificate
from eid.errors import Malformed

_CONTENT_TYPES = {
    LDS_SECURITY_OBJECT: "an LDS security object",
    "1.3.27.1.1.1": "an LDS security object by its first identifier",
    "1.2.528.1.1006.1.20.1": "an LDS security object by the Dutch identifier",
}


class SignedSod(NamedTuple):
    """A security object under a signature that holds, and the certificate of whoever made it, not yet trusted."""

    form: Form
    security_object: SecurityObject
    hash_name: str
    certificate: Certificate
    signed_at: datetime | None


def check_sod(report: Report, unverified_sod: bytes | None, *, signers: Sequence[Certificate] = ()) -> SignedSod:
    """Steps 1 to 11; None where EF.SOD was not read. `signers` are certificates that may be the signer's where EF.SOD does
    not bring it. Raises VerificationFailed or Malformed in the step that `report` is at."""
    sod = _read_sod(report, unverified_sod)
    signer = check_signed_data(report, sod, _CONTENT_TYPES)
    security_object, hash_name = _check_security_object(report, sod, signer)
    certificate = check_signer_certificate(report, sod, signer, others=signers)
    signed_at = check_attributes(report, sod, signer)
    check_signature(report, sod, signer, certificate)
    return SignedSod(sod.form, security_object, hash_name, certificate, signed_at)


def _read_sod(report: Report, unverified_sod: bytes | None) -> SignedData:
    # (1)
    report.begin("sod_structure", malformed="sod_malformed")
    if unverified_sod is None:
        raise report.failure("sod_missing", "There is no EF.SOD; without it nothing can be verified.")
    sod, is_ber, has_more = _parse(unverified_sod)
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


def _check_security_object(report: Report, sod: SignedData, signer: SignerInfo) -> tuple[SecurityObject, str]:
    # (5)
    report.begin("security_object", malformed="lds_malformed")
    security_object = parse_security_object(sod.content)
    facts = security_object.form.facts
    hash_name = report.once(facts, "security_object", _judge_security_object, security_object)
    # (6)
    oid = signer.form.digest_algorithm.oid
    report.once(facts, oid, _judge_digests, hash_name, signer.form.digest_algorithm)
    return security_object, hash_name


def _judge_security_object(report: Report, security_object: SecurityObject) -> str:
    digests = security_object.digests
    if 1 not in digests or 2 not in digests:
        raise report.failure("lds_malformed", "The security object does not list DG1 and DG2.")
    hash_name = parse_hash_algorithm(security_object.hash_algorithm)
    if {len(found) for found in digests.values()} != {HASH_LENGTHS[hash_name]}:
        raise report.failure("lds_hash_length", "A digest in the security object has a wrong length.")
    listed = list_data_groups(tuple(digests))
    report.passed(f"Security object of version {security_object.version} over {listed}.")
    return hash_name


def _judge_digests(report: Report, hash_name: str, algorithm: Algorithm) -> None:
    report.begin("digest_algorithms", malformed="unknown_algorithm")
    signer_hash = parse_hash_algorithm(algorithm)
    if "sha1" in (hash_name, signer_hash):
        report.deviate("weak_algorithm", Tolerance.SHA1, "Digests are by SHA-1.")
    report.passed(f"Data groups are digested by {hash_name}, the security object by {signer_hash}.")
