"""What an mdoc of a paper says, element by element: ISO/IEC 18013-5, table 5, of a licence; the elements of a PID of an identity
card; its attributes of any other paper. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from eid.agencies.values import LicenceRecord
from eid.credentials.catalogue import DRIVING_LICENCE, AttributeKind, Paper
from eid.credentials.configurations import Configuration
from eid.credentials.identity import AGES, IDENTITY, IdentityRecord
from eid.crypto.cbor import Cbor, Tag
from eid.crypto.countries import COUNTRY_OF_STATE
from eid.crypto.mdoc import Elements
from eid.late_dataclasses import frozen
from eid.population.numbers import age_on

FULL_DATE = 1004
"""The tag of a day (RFC 8943)."""
COUNTRY, SIGN = "VN", "VN"
"""ISO 3166-1, and the distinguishing sign of road traffic (Vienna Convention, annex 3)."""
NEVER = date(9999, 12, 31)
"""A licence says when it ends (table 5, mandatory), and some classes do not."""
POLICE, TRAFFIC_POLICE = "eid synthetic police", "eid synthetic traffic police"
_AGES = tuple(f"age_over_{age}" for age in AGES)
LICENCE_ELEMENTS = (
    *("family_name", "given_name", "family_name_national_character", "given_name_national_character", "birth_date"),
    *("issue_date", "expiry_date", "issuing_country", "issuing_authority", "document_number"),
    *("portrait", "driving_privileges", "un_distinguishing_sign", "sex", "nationality", *_AGES, "age_in_years"),
)
IDENTITY_ELEMENTS = (
    *("family_name", "given_name", "birth_date", "place_of_birth", "nationality", "sex", "resident_address"),
    *("personal_administrative_number", "document_number", "portrait", "issuance_date", "expiry_date"),
    *("issuing_authority", "issuing_country", *_AGES),
)
LABELS = {
    "family_name": "Family name",
    "given_name": "Middle and given name",
    "birth_date": "Date of birth",
    "sex": "Sex",
    "nationality": "Nationality",
    "portrait": "Portrait",
    "issue_date": "Issued on",
    "issuance_date": "Issued on",
    "expiry_date": "Valid to",
    "driving_privileges": "Classes",
    "place_of_birth": "Place of birth",
    "resident_address": "Place of residence",
    "personal_administrative_number": "Personal identification number",
    **dict(zip(_AGES, AGES.values(), strict=True)),
}
_SEXES = {"M": 1, "F": 2}
"""ISO/IEC 5218."""
_WITHOUT_MARKS = {"đ": "d", "Đ": "D"}


@frozen
class Bearer:
    """Whom a document is of."""

    surname: str
    given_names: str
    birth_date: date
    sex: str
    nationality: str
    portrait: bytes
    """JPEG; empty where no document of this kind shows one."""


def build_elements(
    configuration: Configuration, record: Any, content: Mapping[str, Any], bearer: Bearer, *, today: date
) -> Elements:
    """The elements of the mdoc under their name space. `record` is the agency's, `content` what the paper says."""
    paper = configuration.paper
    if paper is DRIVING_LICENCE:
        found = _build_licence(record, bearer, today)
    elif paper is IDENTITY:
        found = _build_identity(record, bearer)
    else:
        found = _build_paper(paper, content)
    return {configuration.name_space: found}


def list_elements(configuration: Configuration) -> list[tuple[str, str]]:
    """The identifiers of the elements that the mdoc can have, with a label, a message of the translations, where there is one."""
    if configuration.paper is DRIVING_LICENCE:
        return [(name, LABELS.get(name, "")) for name in LICENCE_ELEMENTS]
    if configuration.paper is IDENTITY:
        return [(name, LABELS.get(name, "")) for name in IDENTITY_ELEMENTS]
    return [(one.name, one.label) for one in configuration.paper.attributes if not one.is_only_by_name]


def write_latin1(name: str) -> str:
    """A name in the letters that an mDL may use for it (table 5: latin1b): what is not among them loses its marks."""
    return "".join(letter if ord(letter) < 256 else _strip(letter) for letter in unicodedata.normalize("NFC", name))


def _strip(letter: str) -> str:
    return unicodedata.normalize("NFD", _WITHOUT_MARKS.get(letter, letter))[0]


def _build_licence(record: LicenceRecord, bearer: Bearer, today: date) -> dict[str, Cbor]:
    """Table 5. Classes are those of Vietnam's law, of which ISO/IEC 18013-1 knows all but D2 and D2E. There is no
    issuing_jurisdiction: readers want it to be that of the signer's certificate, and one signer signs for all provinces."""
    classes = record.classes
    ends = max(held.expires_on or NEVER for held in classes)
    return {
        **_name(bearer),
        "birth_date": _day(bearer.birth_date),
        "issue_date": _day(max(held.issued_on for held in classes)),
        "expiry_date": _day(ends),
        "issuing_country": COUNTRY,
        "issuing_authority": TRAFFIC_POLICE,
        "document_number": record.number,
        "portrait": bearer.portrait,
        "driving_privileges": [
            {
                "vehicle_category_code": str(held.licence_class),
                "issue_date": _day(held.issued_on),
                **({} if held.expires_on is None else {"expiry_date": _day(held.expires_on)}),
            }
            for held in classes
        ],
        "un_distinguishing_sign": SIGN,
        "sex": _SEXES[bearer.sex],
        **_nationality(bearer.nationality),
        **{f"age_over_{age}": age_on(bearer.birth_date, today) >= age for age in AGES},
        "age_in_years": age_on(bearer.birth_date, today),
    }


def _build_identity(record: IdentityRecord, bearer: Bearer) -> dict[str, Cbor]:
    """The elements of a person identification data set, as the European rulebook names them."""
    return {
        "family_name": bearer.surname,
        "given_name": bearer.given_names,
        "birth_date": _day(bearer.birth_date),
        "place_of_birth": {"locality": record.place_of_birth},
        **_nationality(bearer.nationality),
        "sex": _SEXES[bearer.sex],
        "resident_address": record.address,
        "personal_administrative_number": record.pin,
        "document_number": record.document_number,
        "portrait": record.portrait,
        "issuance_date": _day(record.issued_on),
        "expiry_date": _day(record.expires_on or NEVER),
        "issuing_authority": POLICE,
        "issuing_country": COUNTRY,
        **{f"age_over_{age}": reached for age, reached in zip(AGES, record.ages, strict=True)},
    }


def _build_paper(paper: Paper, content: Mapping[str, Any]) -> dict[str, Cbor]:
    days = {attribute.name for attribute in paper.attributes if attribute.kind is AttributeKind.DAY}
    return {name: Tag(FULL_DATE, value) if name in days else _write(value) for name, value in content.items()}


def _write(value: Any) -> Cbor:
    """What has no value is left out, within a list's members too."""
    if isinstance(value, Mapping):
        return {name: _write(one) for name, one in value.items() if one is not None}
    return [_write(one) for one in value] if isinstance(value, list | tuple) else value


def _name(bearer: Bearer) -> dict[str, Cbor]:
    return {
        "family_name": write_latin1(bearer.surname),
        "given_name": write_latin1(bearer.given_names),
        "family_name_national_character": bearer.surname,
        "given_name_national_character": bearer.given_names,
    }


def _nationality(state: str) -> dict[str, Cbor]:
    return {"nationality": COUNTRY_OF_STATE[state]} if state in COUNTRY_OF_STATE else {}


def _day(day: date) -> Tag:
    return Tag(FULL_DATE, day.isoformat())
