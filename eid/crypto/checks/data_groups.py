"""Steps 20, 21 and the last of 16: every file read is the one that was signed, and they tell of one document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from eid.crypto.algorithms import digest, parse_hash_algorithm
from eid.crypto.countries import COUNTRY_OF_STATE
from eid.crypto.dg13 import NO_EXPIRY, PersonalDetails, parse_dg13
from eid.crypto.lds import COM, DATA_GROUP_FILES, SecurityObject, list_data_groups, parse_com, parse_dg1
from eid.crypto.mrz import NO_EXPIRY as MRZ_NO_EXPIRY
from eid.crypto.mrz import Mrz, transliterate
from eid.crypto.policy import Tolerance
from eid.crypto.report import Report
from eid.crypto.x509 import Certificate

_SEXES = {"Nam": "M", "Nữ": "F"}


def check_data_groups(report: Report, files: Mapping[str, bytes], security_object: SecurityObject) -> dict[int, bytes]:
    """Step 20: the files whose digests hold, by data group. What was signed but not read is named and not believed."""
    # (20)
    report.begin("data_groups", malformed="dg_malformed")
    hash_name = parse_hash_algorithm(security_object.hash_algorithm)
    digests = security_object.digests
    for number, name in DATA_GROUP_FILES.items():
        if name in files and number not in digests:
            raise report.failure(
                "dg_not_in_sod", "A data group was read that EF.SOD does not list.", about=f"DG{number}"
            )
    if DATA_GROUP_FILES[1] not in files:
        raise report.failure("dg_missing", "DG1 was not read, so there is nothing to verify.")
    bound: dict[int, bytes] = {}
    for number, expected in digests.items():
        data = files.get(DATA_GROUP_FILES[number])
        if data is None:
            continue
        found = digest(hash_name, data)
        if found != expected:
            raise report.failure(
                "dg_hash_mismatch",
                "A data group is not the file that was signed.",
                about=f"DG{number}",
                evidence=(("signed", expected), ("found", found)),
            )
        bound[number] = data
    _check_com(report, files, security_object)
    report.passed(f"The digests hold of {list_data_groups(tuple(bound))}.", (("signed", digests),))
    if len(bound) < len(digests):
        unread = tuple(number for number in digests if number not in bound)
        report.not_checked("dg_not_read", f"EF.SOD lists, but nobody read: {list_data_groups(unread)}.")
    return bound


def _check_com(report: Report, files: Mapping[str, bytes], security_object: SecurityObject) -> None:
    """EF.COM is signed by nobody; what it says must be what EF.SOD says (9303-11, 5.1, on doctored EF.COMs)."""
    if COM not in files:
        return
    com = parse_com(files[COM])
    if set(com.data_groups) != set(security_object.digests) or len(set(com.data_groups)) != len(com.data_groups):
        report.deviate("com_mismatch", Tolerance.COM_DIFFERS, "EF.COM lists other data groups than EF.SOD.")
    elif security_object.version == 1 and (
        (com.lds_version, com.unicode_version) != (security_object.lds_version, security_object.unicode_version)
    ):
        report.deviate("com_mismatch", Tolerance.COM_DIFFERS, "EF.COM tells of other versions than EF.SOD.")


def check_consistency(
    report: Report, groups: Mapping[int, bytes], *, signer: Certificate, anchor: Certificate
) -> tuple[Mrz, PersonalDetails | None]:
    """Step 21: DG1's check digits, its state and the certificates' country, the signer's document types, DG13 and
    DG1."""
    # (21)
    report.begin("consistency", malformed="mrz_malformed")
    mrz = parse_dg1(groups[1])
    if mrz.wrong_check_digits:
        wrong = ", ".join(mrz.wrong_check_digits)
        report.deviate("mrz_check_digit", Tolerance.MRZ_CHECK_DIGITS, "Check digits of DG1 do not fit.", about=wrong)
    _check_country(report, mrz, signer, anchor)
    types = signer.document_types
    if types is not None and mrz.document_code not in types and mrz.document_code[:1] not in types:
        report.deviate("profile_dsc_document_type", None, "The signer may not sign documents of this type.")
    details = None
    if 13 in groups and mrz.issuing_state == "VNM":
        report.begin("consistency", malformed="dg13_malformed")
        details = parse_dg13(groups[13])
        _check_details(report, mrz, details)
    report.passed("State, country, check digits" + (", DG13" if details else "") + " and DG1 agree.")
    return mrz, details


def _check_country(report: Report, mrz: Mrz, signer: Certificate, anchor: Certificate) -> None:
    expected = COUNTRY_OF_STATE.get(mrz.issuing_state, "")
    for role, country in (("signer", signer.country), ("CSCA", anchor.country)):
        if not country:
            report.deviate(
                "country_absent", Tolerance.NO_COUNTRY, "The name of a certificate holds no country.", about=role
            )
        elif country != expected:
            raise report.failure(
                "country_mismatch", "The document's state is not the country of its certificates.", about=role
            )


def _check_details(report: Report, mrz: Mrz, details: PersonalDetails) -> None:
    pairs = (
        ("PIN", details.pin, mrz.optional_data),
        ("document number", details.pin and details.pin[3:], mrz.document_number),
        ("birth date", _short_date(details.birth_date), mrz.birth_date),
        ("sex", details.sex and _SEXES.get(details.sex, "?"), mrz.sex),
        ("expiry", _short_date(details.expires_on), mrz.expiry),
    )
    for name, in_dg13, in_dg1 in pairs:
        if in_dg13 is not None and in_dg13 != in_dg1:
            report.deviate("dg13_mismatch", None, "DG13 and DG1 differ.", about=name)
    if details.full_name is not None:
        written = transliterate(f"{mrz.surname} {mrz.given_names}")
        full = transliterate(details.full_name)
        if written != full and not (len(written) >= 27 and full.startswith(written)):  # long names are cut in DG1
            report.deviate("dg13_mismatch", None, "DG13 and DG1 differ.", about="name")


def _short_date(written: str | None) -> str | None:
    """dd/mm/yyyy as YYMMDD."""
    if written is None:
        return None
    if written == NO_EXPIRY:
        return f"{MRZ_NO_EXPIRY:%y%m%d}"
    day, _, rest = written.partition("/")
    month, _, year = rest.partition("/")
    return year[-2:] + month + day


def check_expiry(report: Report, mrz: Mrz, *, at: datetime | None) -> None:
    """Step 16, of the document itself: not past its last day at the caller's time."""
    # (16)
    report.begin("document_expiry", malformed="mrz_malformed")
    if at is None:
        report.not_checked("time_unknown", "No time was given at which to judge the document's last day.")
        return
    if mrz.expires_on() < at.date():
        report.deviate(
            "document_expired", Tolerance.EXPIRED_DOCUMENT, "The document has expired.", about=str(mrz.expires_on())
        )
    report.passed(f"The document is good until {mrz.expires_on()}.")
