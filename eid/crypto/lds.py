"""The Logical Data Structure of a chip: ICAO 9303-10. Names of its files, EF.COM, DG1, DG15, and what EF.SOD says
about them all.

DG2 is in dg2.py, DG13 in dg13.py, DG14 and EF.CardAccess in security_infos.py. Whether any of it is true is not
decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from eid.crypto.algorithms import Algorithm, build_hash_algorithm, parse_algorithm
from eid.crypto.layouts import Layouts, Read
from eid.crypto.mrz import Mrz, parse_mrz
from eid.crypto.records import make
from eid.crypto.report import Facts
from eid.crypto.tlv import (
    INTEGER,
    OCTET_STRING,
    PRINTABLE_STRING,
    SEQUENCE,
    Tlv,
    build_integer,
    build_sequence,
    build_tlv,
    parse_tlv,
)
from eid.errors import Malformed
from eid.late_dataclasses import frozen

SOD, COM, CARD_ACCESS = "EF.SOD", "EF.COM", "EF.CardAccess"

DATA_GROUP_TAGS = {
    1: 0x61, 2: 0x75, 3: 0x63, 4: 0x76, 5: 0x65, 6: 0x66, 7: 0x67, 8: 0x68,
    9: 0x69, 10: 0x6A, 11: 0x6B, 12: 0x6C, 13: 0x6D, 14: 0x6E, 15: 0x6F, 16: 0x70,
}  # fmt: skip
"""Data group → tag of its file (9303-10, table 38)."""
_DATA_GROUPS = {tag: number for number, tag in DATA_GROUP_TAGS.items()}

LDS_VERSION, UNICODE_VERSION = "0108", "040000"
"""LDS 1.8, whose security object repeats both versions and so binds EF.COM's; Unicode 4.0."""

_SPELLING = re.compile(
    r"(?:EF[._ -]?)?(SOD|COM|CARD[._ -]?ACCESS|(?:DG|DATA[._ -]?GROUP)[._ -]?([0-9]{1,2})|01([0-9A-F]{2}))"
)
_BY_FILE_ID = {0x1C: CARD_ACCESS, 0x1D: SOD, 0x1E: COM}


def data_group_file(number: int) -> str:
    return f"EF.DG{number}"


DATA_GROUP_FILES = {number: data_group_file(number) for number in DATA_GROUP_TAGS}


@lru_cache(maxsize=64)
def list_data_groups(numbers: tuple[int, ...]) -> str:
    """For people: DG1, DG2, DG14."""
    return ", ".join(f"DG{number}" for number in numbers)


def parse_file_name(name: str) -> str | None:
    """The file of a chip that a name means, as EF.SOD, EF.COM, EF.CardAccess or EF.DG1 to EF.DG16; None where it
    means none.

    Knows EF_SOD.bin, EF.SOD, sod.bin, DG1.bin, Datagroup1.bin, and file identifiers like ef0101.bin.
    """
    return USUAL_NAMES.get(name) or _read_file_name(name)


def _read_file_name(name: str) -> str | None:
    found = _SPELLING.fullmatch(re.sub(r"\.(BIN|DAT|DER|TLV)$", "", name.upper()))
    if found is None:
        return None
    word, number, identifier = found.groups()
    if identifier:
        code = int(identifier, 16)
        return _BY_FILE_ID.get(code) or (data_group_file(code) if 1 <= code <= 16 else None)
    if number:
        return data_group_file(int(number)) if 1 <= int(number) <= 16 else None
    return CARD_ACCESS if word.startswith("CARD") else f"EF.{word}"


def disk_file_name(file: str) -> str:
    """How a card's folder names this file: EF.SOD as EF_SOD.bin."""
    return file.replace(".", "_") + ".bin"


_FILES = (SOD, COM, CARD_ACCESS, *DATA_GROUP_FILES.values())
USUAL_NAMES = {name: file for file in _FILES for name in (file, disk_file_name(file))}
"""What most people call the files of a chip → the file."""


@frozen
class Com:
    """EF.COM: versions, and which data groups the chip says it has. Signed by nobody."""

    lds_version: str
    unicode_version: str
    data_groups: tuple[int, ...]


def build_com(data_groups: Iterable[int]) -> bytes:
    tags = bytes(DATA_GROUP_TAGS[number] for number in data_groups)
    return build_tlv(
        0x60,
        build_tlv(0x5F01, LDS_VERSION.encode()),
        build_tlv(0x5F36, UNICODE_VERSION.encode()),
        build_tlv(0x5C, tags),
    )


@lru_cache(maxsize=64)
def parse_com(data: bytes) -> Com:
    """EF.COM (9303-10, 4.6.1). Raises Malformed. A whole state's cards have the same, so it is kept."""
    lds_version, unicode_version, tags = parse_tlv(data, 0x60).children(0x5F01, 0x5F36, 0x5C)
    if not set(tags.value) <= set(_DATA_GROUPS):
        raise Malformed("com_malformed", "EF.COM lists a data group that does not exist.")
    if not (lds_version.value + unicode_version.value).isdigit():
        raise Malformed("com_malformed", "EF.COM does not say its version.")
    groups = tuple(_DATA_GROUPS[tag] for tag in tags.value)
    return Com(lds_version.value.decode(), unicode_version.value.decode(), groups)


def build_dg1(mrz: str) -> bytes:
    return build_tlv(0x61, build_tlv(0x5F1F, mrz.encode()))


def parse_dg1(data: bytes) -> Mrz:
    """DG1 (9303-10, 4.7.1). Raises Malformed; check digits that do not fit are named in the result."""
    [zone] = parse_tlv(data, 0x61).children(0x5F1F)
    try:
        return parse_mrz(zone.value.decode("ascii"))
    except UnicodeDecodeError as error:
        raise Malformed("mrz_malformed", "The machine-readable zone holds characters that it may not.") from error


def build_dg15(public_key_info: bytes) -> bytes:
    """DG15 around a SubjectPublicKeyInfo in DER."""
    return build_tlv(0x6F, public_key_info)


def parse_dg15(data: bytes) -> bytes:
    """The SubjectPublicKeyInfo of the chip's active-authentication key (9303-10, 4.7.15), not yet read itself."""
    [info] = parse_tlv(data, 0x6F).children(SEQUENCE)
    return info.raw


@dataclass(frozen=True, eq=False, slots=True)
class SecurityObjectForm:
    """All of a security object but its digests' values, which its layout fixes."""

    facts: Facts = field(default_factory=dict, repr=False)
    """What was judged of it (report.py)."""


class SecurityObject(NamedTuple):
    """LDSSecurityObject (9303-10, 4.6.2.2): the digest of every data group's file."""

    version: int
    hash_algorithm: Algorithm
    digests: Mapping[int, bytes]
    lds_version: str | None
    unicode_version: str | None
    form: SecurityObjectForm


def build_security_object(digests: Mapping[int, bytes], *, hash_name: str) -> bytes:
    """An LDSSecurityObject of version 1 over these digests by data group."""
    values = [build_sequence(build_integer(number), build_tlv(0x04, digests[number])) for number in sorted(digests)]
    versions = (build_tlv(PRINTABLE_STRING, text.encode()) for text in (LDS_VERSION, UNICODE_VERSION))
    return build_sequence(
        build_integer(1), build_hash_algorithm(hash_name), build_sequence(*values), build_sequence(*versions)
    )


class _Places(NamedTuple):
    version: int
    hash_algorithm: Algorithm
    digests: Sequence[tuple[int, slice]]
    lds_version: str | None
    unicode_version: str | None
    form: SecurityObjectForm


def parse_security_object(data: bytes) -> SecurityObject:
    """An LDSSecurityObject of any version. Raises Malformed (`lds_version`, `lds_duplicate_dg`) and where it has no
    such form."""
    version, algorithm, places, lds_version, unicode_version, form = _LAYOUTS.find(data)
    digests = {group: data[place] for group, place in places}
    return make(SecurityObject, (version, algorithm, digests, lds_version, unicode_version, form))


def _read_security_object(data: bytes) -> Read[_Places]:
    version, algorithm, values, *versions = parse_tlv(data, SEQUENCE).children(min_count=3, max_count=4)
    digests: dict[int, Tlv] = {}
    for pair in values.expect(SEQUENCE).children(max_count=16):
        number, digest = pair.expect(SEQUENCE).children(INTEGER, OCTET_STRING)
        group = number.integer()
        if group in digests:
            raise Malformed("lds_duplicate_dg", "The security object lists a data group twice.")
        if group not in DATA_GROUP_TAGS:
            raise Malformed("lds_malformed", "The security object lists a data group that does not exist.")
        digests[group] = digest
    if len(versions) != (version.integer() == 1) or version.integer() not in (0, 1):
        raise Malformed("lds_version", "The security object's version does not fit what it holds.")
    texts = [text.text() for text in versions[0].expect(SEQUENCE).children()] if versions else [None, None]
    if len(texts) != 2:
        raise Malformed("lds_version", "The security object does not say its versions.")
    slices = [(group, digest.body_span) for group, digest in digests.items()]
    places = _Places(version.integer(), parse_algorithm(algorithm), slices, texts[0], texts[1], SecurityObjectForm())
    return Read(places, [place for _group, place in slices])


_LAYOUTS = Layouts(_read_security_object)
