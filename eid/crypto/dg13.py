"""DG13 of the Vietnamese card: the holder's details in full letters, as numbered fields. Read by number, never by
place.

ICAO leaves DG13 to each state; the layout is the one that readers of the card have observed (version 1, one
identifier, a set of fields). Fields may be missing, and unknown ones are skipped.
"""

from __future__ import annotations

from dataclasses import fields

from eid.crypto.tlv import (
    INTEGER,
    OID,
    SEQUENCE,
    SET,
    Tlv,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_text,
    build_tlv,
    parse_tlv,
)
from eid.errors import Malformed
from eid.late_dataclasses import frozen

UTF8_ENCODING = "1.0.10646.1.0.8"
NO_EXPIRY = "Không thời hạn"

_FATHER_AND_MOTHER, _SPOUSE = 13, 14


@frozen
class PersonalDetails:
    """What DG13 says, as written there; dates are dd/mm/yyyy. None where the field is missing."""

    pin: str | None = None
    full_name: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    """Nam or Nữ."""
    nationality: str | None = None
    ethnicity: str | None = None
    religion: str | None = None
    place_of_origin: str | None = None
    place_of_residence: str | None = None
    features: str | None = None
    issued_on: str | None = None
    expires_on: str | None = None
    """A date, or Không thời hạn."""
    father: str | None = None
    mother: str | None = None
    spouse: str | None = None
    old_id_number: str | None = None
    chip_code: str | None = None


_FLAT = {
    1: "pin", 2: "full_name", 3: "birth_date", 4: "sex", 5: "nationality", 6: "ethnicity", 7: "religion",
    8: "place_of_origin", 9: "place_of_residence", 10: "features", 11: "issued_on", 12: "expires_on",
    15: "old_id_number", 16: "chip_code",
}  # fmt: skip


def build_dg13(details: PersonalDetails) -> bytes:
    """DG13 with a field for each detail that is not None."""
    found = [_field(n, build_text(text)) for n, name in _FLAT.items() if (text := getattr(details, name)) is not None]
    if details.father is not None or details.mother is not None:
        parents = build_sequence(build_text(details.father or ""), build_text(details.mother or ""))
        found.append(_field(_FATHER_AND_MOTHER, parents))
    if details.spouse is not None:
        found.append(_field(_SPOUSE, build_sequence(build_text(details.spouse))))
    body = build_sequence(build_integer(1), build_oid(UTF8_ENCODING), build_set(found))
    return build_tlv(0x6D, body)


def _field(number: int, value: bytes) -> bytes:
    return build_sequence(build_integer(number), value)


def parse_dg13(data: bytes) -> PersonalDetails:
    """The details of DG13. Raises Malformed where it is not built like one, or has a field twice
    (`dg13_duplicate_field`)."""
    [body] = parse_tlv(data, 0x6D).children(SEQUENCE)
    version, encoding, details = body.children(INTEGER, OID, SET)
    if version.integer() != 1 or encoding.oid() != UTF8_ENCODING:
        raise Malformed("dg13_version", "DG13 is of an unknown version.")
    seen: set[int] = set()
    texts: dict[str, str] = {}
    for field in details.children(max_count=64):
        element, value = field.expect(SEQUENCE).pair()
        number = element.integer()
        if number in seen:
            raise Malformed("dg13_duplicate_field", "DG13 has a field twice.")
        seen.add(number)
        if number in _FLAT:
            texts[_FLAT[number]] = value.text()
        else:
            texts |= _read_nested_field(number, value)
    return PersonalDetails(**texts)


def _read_nested_field(number: int, value: Tlv) -> dict[str, str]:
    if number == _FATHER_AND_MOTHER:
        father, mother = value.expect(SEQUENCE).pair()
        return {"father": father.text(), "mother": mother.text()}
    if number == _SPOUSE:
        [spouse] = value.expect(SEQUENCE).children(min_count=1, max_count=1)
        return {"spouse": spouse.text()}
    return {}


assert {field.name for field in fields(PersonalDetails)} == {*_FLAT.values(), "father", "mother", "spouse"}
