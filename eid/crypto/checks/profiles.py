"""Step 14: whether certificates are made for their role: ICAO 9303-12, 7.1, tables 5 and 6.

Each departure has a code of its own, and those that real certificates have can be tolerated by name. Alternative names
and distribution points are not judged: they say nothing that a verifier acts on, and sixth-edition certificates lack
them.
"""

from __future__ import annotations

from collections.abc import Mapping

from eid.crypto.policy import Tolerance
from eid.crypto.report import Report
from eid.crypto.tlv import BOOLEAN, INTEGER, SEQUENCE, parse_tlv
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
from eid.errors import Malformed

MASTER_LIST_SIGNER, DEVIATION_LIST_SIGNER = "2.23.136.1.1.3", "2.23.136.1.1.8"
_ROLES = {MASTER_LIST_SIGNER: "master lists", DEVIATION_LIST_SIGNER: "deviation lists"}
DIGITAL_SIGNATURE, KEY_CERT_SIGN, CRL_SIGN = 0, 5, 6
_SERIALS_END = 1 << 8 * 20 - 1
_COUNTRY = b"\x06\x03\x55\x04\x06"

_CRITICAL = {KEY_USAGE: "key usage", BASIC_CONSTRAINTS: "basic constraints", EXTENDED_KEY_USAGE: "extended key usage"}
_UNCRITICAL = {
    SUBJECT_KEY_ID: "subject key identifier",
    AUTHORITY_KEY_ID: "authority key identifier",
    PRIVATE_KEY_USAGE_PERIOD: "private key usage period",
    DOCUMENT_TYPES: "document types",
    NAME_CHANGE: "name change",
    "2.5.29.17": "subject alternative name",
    "2.5.29.18": "issuer alternative name",
    "2.5.29.31": "distribution points",
    "2.5.29.32": "policies",
}
_PROHIBITED = {
    "2.5.29.9": "directory attributes",
    "2.5.29.30": "name constraints",
    "2.5.29.33": "policy mappings",
    "2.5.29.36": "policy constraints",
    "2.5.29.46": "freshest list",
    "2.5.29.54": "inhibit any policy",
    "2.16.840.1.113730.1.1": "Netscape type",
}
"""Known, so that they are refused by name; where they are critical, they are refused as unknown: nothing acts on them."""
EXTENSION_NAMES: Mapping[str, str] = _CRITICAL | _UNCRITICAL | _PROHIBITED
"""Extension → what `about` calls it."""
_NOT_OF_CSCAS = {EXTENDED_KEY_USAGE, DOCUMENT_TYPES}
_NOT_OF_SIGNERS = {BASIC_CONSTRAINTS, NAME_CHANGE}


def judge_csca_profile(report: Report, csca: Certificate) -> None:
    """check_csca_profile, once for each certificate and policy; a deviation list makes it depend on the document."""
    if report.listed:
        check_csca_profile(report, csca)
    else:
        report.once(csca.facts, report.step, check_csca_profile, csca)


def check_csca_profile(report: Report, csca: Certificate) -> None:
    """That a CSCA's certificate, self-signed or link, is one (table 6, first two columns)."""
    _check_constraints(report, csca)
    usage = csca.key_usage
    if usage is None:
        report.deviate(
            "profile_csca_no_key_usage", Tolerance.LEGACY_PROFILE, "The CSCA does not say what its key may do."
        )
    else:
        if KEY_CERT_SIGN not in usage:
            report.deviate(
                "profile_csca_key_usage", Tolerance.LEGACY_PROFILE, "The CSCA's key may not sign certificates."
            )
        elif CRL_SIGN not in usage:
            report.deviate(
                "profile_csca_no_crl_sign", Tolerance.LEGACY_PROFILE, "The CSCA's key may not sign revocation lists."
            )
        if usage - {KEY_CERT_SIGN, CRL_SIGN}:
            detail = "The CSCA's key may do more than certify and sign revocation lists."
            report.deviate("profile_csca_extra_key_usage", Tolerance.EXTRA_KEY_USAGE, detail)
    if not _has_readable_key_id(csca):
        detail = "The CSCA has no subject key identifier that can be read."
        report.deviate("profile_csca_no_key_id", Tolerance.NO_KEY_ID, detail)
    _check_both(report, csca, "csca", _NOT_OF_CSCAS)


def _check_constraints(report: Report, csca: Certificate) -> None:
    constraints = _read_constraints(report, csca)
    if constraints is None:
        report.deviate(
            "profile_csca_no_basic_constraints", Tolerance.LEGACY_PROFILE, "The CSCA does not say it is a CA."
        )
    elif not constraints[0]:
        report.deviate("profile_csca_not_ca", Tolerance.LEGACY_PROFILE, "The CSCA says that it is no CA.")
    elif constraints[1] is None:
        report.deviate("profile_csca_no_path_length", Tolerance.NO_PATH_LENGTH, "The CSCA does not limit its path.")
    elif constraints[1] != 0:
        detail = "The CSCA's path length is not 0."
        report.deviate("profile_csca_path_length", Tolerance.PATH_LENGTH, detail, about=str(constraints[1]))


def _read_constraints(report: Report, csca: Certificate) -> tuple[bool, int | None] | None:
    try:
        return csca.basic_constraints
    except Malformed as error:
        if error.code != "tlv_boolean":
            raise
    detail = "The CSCA writes TRUE in another way than DER."
    report.deviate("profile_csca_boolean", Tolerance.BOOLEAN_ENCODING, detail)
    return _read_loosely(csca)


def _read_loosely(csca: Certificate) -> tuple[bool, int | None]:
    """Basic constraints whose TRUE is any octet but 0, as in BER."""
    parts = parse_tlv(csca.find_extension(BASIC_CONSTRAINTS) or b"", SEQUENCE).children(max_count=2)
    is_ca = parts[0].tag == BOOLEAN and parts[0].value not in (b"", b"\x00")
    return is_ca, next((part.integer() for part in parts if part.tag == INTEGER), None)


def path_length_of(csca: Certificate) -> int | None:
    """How many certificates of authorities may follow, besides links; None where that is not limited."""
    try:
        constraints = csca.basic_constraints
    except Malformed as error:
        if error.code != "tlv_boolean":
            raise
        constraints = _read_loosely(csca)
    return constraints[1] if constraints is not None else None


def _has_readable_key_id(csca: Certificate) -> bool:
    try:
        return bool(csca.subject_key_id)
    except Malformed:
        return False


def check_signer_profile(report: Report, signer: Certificate, role: str | None) -> None:
    """That a signer's certificate is one, of documents or, with the extended key usage that `role` is, of lists (table 6,
    third and fourth column)."""
    if signer.basic_constraints is not None and signer.basic_constraints[0]:
        raise report.failure("profile_dsc_is_ca", "The signer's certificate is one of a CA.")
    usage = signer.key_usage
    if usage is None:
        report.deviate(
            "profile_dsc_no_key_usage", Tolerance.LEGACY_PROFILE, "The signer does not say what its key may do."
        )
    elif DIGITAL_SIGNATURE not in usage or KEY_CERT_SIGN in usage:
        raise report.failure("profile_dsc_key_usage", "The signer's key may not sign documents, or may certify.")
    elif usage != {DIGITAL_SIGNATURE}:
        detail = "The signer's key may do more than sign."
        report.deviate("profile_dsc_extra_key_usage", Tolerance.EXTRA_KEY_USAGE, detail)
    _check_role(report, signer, role)
    if signer.authority_key_id is None:
        detail = "The signer has no authority key identifier."
        report.deviate("profile_dsc_no_key_id", Tolerance.NO_KEY_ID, detail)
    unwanted = {EXTENDED_KEY_USAGE if role is None else DOCUMENT_TYPES}
    _check_both(report, signer, "dsc", _NOT_OF_SIGNERS | unwanted, needs_period=role is None)


def _check_role(report: Report, signer: Certificate, role: str | None) -> None:
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


def _check_both(
    report: Report, found: Certificate, kind: str, unwanted: set[str], *, needs_period: bool = True
) -> None:
    """What both kinds of certificate share; `kind` is csca or dsc, as in the codes."""
    if report.listed:
        _check_extensions(report, found, kind, unwanted, needs_period=needs_period)
    else:  # certificates of one layout have the same extensions
        name = f"extensions of {kind} {needs_period} in {report.step}"
        report.once(found.places.facts, name, _check_extensions, found, kind, unwanted, needs_period=needs_period)
    if not has_proper_serial(found):
        detail = "A certificate has a serial number that is not positive, or longer than twenty octets."
        report.deviate(f"profile_{kind}_serial_number", Tolerance.SERIAL_NUMBER, detail)
    if not (is_capital_country(found.raw_subject) and is_capital_country(found.raw_issuer)):
        detail = "A certificate writes a country in small letters."
        report.deviate(f"profile_{kind}_country_case", Tolerance.COUNTRY_CASE, detail)


def is_capital_country(raw_name: bytes) -> bool:
    """The two letters after a country's identifier, tag and length, where a name has one, are capitals (table 5)."""
    at = raw_name.find(_COUNTRY)
    letters = raw_name[at + 7 : at + 9]
    return at < 0 or letters == letters.upper()


def has_proper_serial(found: Certificate) -> bool:
    """Positive, and at most twenty octets (RFC 5280, 4.1.2.2)."""
    return 0 < found.serial < _SERIALS_END


def _check_extensions(report: Report, found: Certificate, kind: str, unwanted: set[str], *, needs_period: bool) -> None:
    """Which there are, and which of them are critical; not what they say."""
    extensions = found.places.extensions
    for oid in found.critical_extensions:
        if oid not in _CRITICAL and oid not in _UNCRITICAL:
            raise report.failure("profile_unknown_critical", "A certificate has a critical extension that is unknown.")
    if needs_period and PRIVATE_KEY_USAGE_PERIOD not in extensions:
        detail = "A certificate does not say how long its key may sign."
        report.deviate(f"profile_{kind}_no_key_period", Tolerance.NO_KEY_PERIOD, detail)
    wrong = [
        EXTENSION_NAMES[oid] for oid, (critical, _value) in extensions.items() if _is_miscast(oid, critical=critical)
    ]
    if wrong:
        detail = "A certificate has an extension that is critical and must not be, or the other way about."
        report.deviate(f"profile_{kind}_criticality", Tolerance.EXTENSION_CRITICALITY, detail, about=", ".join(wrong))
    extra = [EXTENSION_NAMES[oid] for oid in extensions if oid in unwanted or oid in _PROHIBITED]
    if extra:
        detail = "A certificate has an extension that such certificates do not have."
        report.deviate(f"profile_{kind}_extra_extension", Tolerance.EXTRA_EXTENSION, detail, about=", ".join(extra))


def _is_miscast(oid: str, *, critical: bool) -> bool:
    return oid in EXTENSION_NAMES and critical is not (oid in _CRITICAL)
