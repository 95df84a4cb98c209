"""Step 19: what a state's deviation list says of a document, and which failures that excuses: ICAO 9303-3, 7.3.

An excused failure is a known deviation, never passed. A list excuses how something is written, never that it is not
signed: whatever it says of signatures, of digests of data groups and of unnamed deviations is told and excuses nothing,
because then nobody vouches for what is read. Nor does it excuse that a certificate's country is not the document's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from eid.crypto.checks.profiles import EXTENSION_NAMES
from eid.crypto.deviations import (
    CHECK_DIGIT_WRONG,
    CHIP_KEY_COMPROMISED,
    COM_INCONSISTENT,
    CSCA_ENCODING,
    KINDS,
    SIGNER_ENCODING,
    ZONE_WRONG,
    Description,
    ListedDeviation,
    SignedDocument,
)
from eid.crypto.lds import data_group_file, parse_dg1
from eid.crypto.report import Report
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import BASIC_CONSTRAINTS, DOCUMENT_TYPES, KEY_USAGE, PRIVATE_KEY_USAGE_PERIOD, Certificate
from eid.errors import Malformed

Excuses = Mapping[str, frozenset[str]]
"""Code → what it must be about; empty where that does not matter."""

_ANY: frozenset[str] = frozenset()
_FORM = {"no_key_usage", "extra_key_usage", "criticality", "extra_extension", "no_key_id", "no_key_period"}
_OF_CSCA = {"no_basic_constraints", "not_ca", "boolean", "no_path_length", "path_length", "no_crl_sign", "key_usage"}
_BY_EXTENSION = {
    KEY_USAGE: {"no_key_usage", "extra_key_usage", "key_usage", "no_crl_sign"},
    BASIC_CONSTRAINTS: {"no_basic_constraints", "not_ca", "boolean", "no_path_length", "path_length"},
    PRIVATE_KEY_USAGE_PERIOD: {"no_key_period"},
    DOCUMENT_TYPES: {"no_document_types"},
    "2.5.29.14": {"no_key_id"},
    "2.5.29.35": {"no_key_id"},
}
_GENERIC, _SERIAL_NUMBER, _ISSUER, _SUBJECT = 0, 2, 4, 6
"""Numbers of certificates' fields (9303-12, 10.2)."""
_ZONE_DIGITS = {4: "document_number", 6: "birth_date", 8: "expiry", 9: "optional_data"}
_ZONE_FIELDS = {3: "name", 4: "document number", 6: "birth date", 7: "sex", 8: "expiry", 9: "PIN"}
_DOCUMENT_CODE = 1


def find_excuses(listed: Iterable[ListedDeviation], anchor: Certificate) -> Excuses:
    """The failures that the deviation list of the anchor's country excuses."""
    found: dict[str, frozenset[str]] = {}
    for deviation in _of_country(listed, anchor):
        for code, about in _excuses_of(deviation.description).items():
            found[code] = _ANY if not about or found.get(code) == _ANY else found.get(code, _ANY) | about
    return found


def _of_country(listed: Iterable[ListedDeviation], anchor: Certificate) -> list[ListedDeviation]:
    return [found for found in listed if found.country and found.country == anchor.country]


def _excuses_of(description: Description) -> Excuses:
    if description.kind == SIGNER_ENCODING:
        return _excuse_form("dsc", _FORM | {"no_document_types"}, description.field, "signer")
    if description.kind == CSCA_ENCODING:
        return _excuse_form("csca", _FORM | _OF_CSCA, description.field, "CSCA")
    if description.kind == COM_INCONSISTENT:
        return {"com_mismatch": _ANY}
    if description.kind == CHECK_DIGIT_WRONG:
        digit = _ZONE_DIGITS.get(description.field if isinstance(description.field, int) else _GENERIC)
        return {"mrz_check_digit": frozenset({digit, "composite"}) if digit else _ANY}
    if description.kind == ZONE_WRONG and description.field == _DOCUMENT_CODE:
        return {"profile_dsc_document_type": _ANY}
    if description.kind == ZONE_WRONG and description.field in _ZONE_FIELDS:
        return {"dg13_mismatch": frozenset({_ZONE_FIELDS[int(description.field)]})}
    return {}


def _excuse_form(kind: str, words: Iterable[str], field: int | str | None, role: str) -> Excuses:
    """What an error in this field of a certificate excuses: everything where none is named, its own codes otherwise."""
    if field in (None, _GENERIC):
        every = {f"profile_{kind}_{word}": _ANY for word in (*words, "serial_number", "country_case")}
        return every | {"country_absent": frozenset({role}), "issuer_name_mismatch": _ANY}
    if field == _SERIAL_NUMBER:
        return {f"profile_{kind}_serial_number": _ANY}
    if field in (_ISSUER, _SUBJECT):
        of_name = {"country_absent": frozenset({role}), f"profile_{kind}_country_case": _ANY}
        return of_name | ({"issuer_name_mismatch": _ANY} if field == _ISSUER else {})
    if field not in EXTENSION_NAMES:
        return {}
    named = frozenset({EXTENSION_NAMES[str(field)]})
    own = {f"profile_{kind}_{word}": _ANY for word in _BY_EXTENSION.get(str(field), ())}
    return own | {f"profile_{kind}_criticality": named, f"profile_{kind}_extra_extension": named}


def check_deviation_list(
    report: Report, listed: Sequence[ListedDeviation], anchor: Certificate, trust_store: TrustStore
) -> None:
    """Step 19: what the list of the anchor's country says of this document is told."""
    # (19)
    report.begin("deviation_list", malformed="dvl_malformed")
    lists = trust_store.deviation_lists
    if not lists or not any(found.country and found.country == anchor.country for found in lists):
        report.not_checked("dvl_absent", "There is no deviation list of this country.")
        return
    for kind in dict.fromkeys(found.description.kind for found in _of_country(listed, anchor)):
        about = KINDS.get(kind, "one that is unknown here")
        detail = f"The state lists a deviation of such documents: {about}."
        report.note("dvl_listed", detail, (("deviation", kind),))
    report.passed("The country's deviation list does not name this document.")


def check_chip_key(report: Report, listed: Iterable[ListedDeviation], anchor: Certificate) -> bool:
    """Before step 22: whether the state says that others may know the chip's key. Then an answer of the chip shows nothing,
    and that is told instead of passed."""
    is_known = any(found.description.kind == CHIP_KEY_COMPROMISED for found in _of_country(listed, anchor))
    if is_known:
        report.begin("active_authentication", malformed="aa_malformed")
        report.note("aa_key_compromised", "The state says that others may know the keys of such chips.")
    return is_known


def find_listed(
    files: Mapping[str, bytes], signer: Certificate, signed_at: datetime | None, trust_store: TrustStore
) -> Sequence[ListedDeviation]:
    """What deviation lists say of a document that is recognised by its signer, its time of signing and its zone. The zone
    is not yet known to be signed: should it be another's, step 20 refuses the document."""
    if not trust_store.deviation_lists:
        return ()
    try:
        zone = parse_dg1(files[data_group_file(1)]) if data_group_file(1) in files else None
    except Malformed:  # then it fits no condition on it, and a later step says what is wrong
        zone = None
    code, number = (zone.document_code, zone.document_number) if zone else (None, None)
    return trust_store.find_deviations(SignedDocument(signer, signed_at, code, number))
