"""Certificates as verification needs them: RFC 5280 and ICAO 9303-12, 7.1, read on raw spans.

`cryptography` refuses one real CSCA certificate in five (explicit curve parameters, odd serial numbers, odd
extensions), so it loads keys here and nothing else. Whether a certificate is to be trusted is decided in chain.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from eid.crypto.algorithms import Algorithm, parse_algorithm
from eid.crypto.layouts import Layouts, Read
from eid.crypto.public_keys import KeyPlaces, PublicKey, find_key_places, parse_public_key, take_key
from eid.crypto.report import Facts
from eid.crypto.tlv import (
    BIT_STRING,
    BOOLEAN,
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    UTC_TIME,
    Tlv,
    decode_bits,
    decode_integer,
    decode_time,
    parse_tlv,
)
from eid.errors import Malformed

SUBJECT_KEY_ID, AUTHORITY_KEY_ID = "2.5.29.14", "2.5.29.35"
KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.19", "2.5.29.37"
PRIVATE_KEY_USAGE_PERIOD = "2.5.29.16"
DOCUMENT_TYPES, NAME_CHANGE = "2.23.136.1.1.6.2", "2.23.136.1.1.6.1"
COUNTRY = "2.5.4.6"
MAX_CERTIFICATE_BYTES, MAX_NAME_BYTES = 16 * 1024, 4 * 1024
"""The largest of 734 real CSCA certificates has 2325; what is read is kept, so it must not be as large as a stranger likes."""
_NAME_TYPES = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x14: "latin-1", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}

NameKey = tuple[tuple[str, str], ...]
"""A distinguished name in a form in which two writings of the same name are equal: any order of parts, any case, any
string type."""


@dataclass(frozen=True, eq=False, slots=True)
class CertificatePlaces:
    """Where the values of a certificate lie, and those that its layout fixes."""

    tbs: slice
    serial: slice
    algorithm: Algorithm
    tbs_algorithm: Algorithm
    raw_issuer: bytes
    raw_subject: slice
    not_before: tuple[int, slice]
    """Its tag, and where its value lies."""
    not_after: tuple[int, slice]
    raw_public_key: slice
    public_key: KeyPlaces | None
    """None where it cannot be read, and is refused when somebody asks for it."""
    extensions: Mapping[str, tuple[bool, slice]]
    """Object identifier → critical, where its value lies."""
    usage_period: Sequence[tuple[int, slice]] | None
    """Where the times of the private key usage period lie; None where there is none, or none that can be read."""
    signature: slice
    facts: Facts
    """What was judged of which extensions there are, and which are critical (report.py)."""


@dataclass(eq=False, slots=True)
class Certificate:
    """An X.509 certificate, read but not verified. Whatever `raw_` bears is as it was sent. Nothing changes it; it is not
    frozen because that makes a new one cost twice as much, and a verifier makes one for every signer."""

    raw: bytes
    serial: int
    not_before: datetime
    not_after: datetime
    signature: bytes
    places: CertificatePlaces = field(repr=False)
    facts: Facts = field(default_factory=dict, repr=False)
    """What was judged of it alone (report.py)."""
    _public_key: PublicKey | None = field(default=None, init=False, repr=False)
    _usage_period: tuple[datetime | None, datetime | None] | None = field(default=None, init=False, repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def describe(self) -> dict[str, object]:
        """Whose it is, and which one: as evidence of a step."""
        return dict(_describe(self))

    @property
    def raw_tbs(self) -> bytes:
        return self.raw[self.places.tbs]

    @property
    def algorithm(self) -> Algorithm:
        return self.places.algorithm

    @property
    def tbs_algorithm(self) -> Algorithm:
        return self.places.tbs_algorithm

    @property
    def raw_issuer(self) -> bytes:
        return self.places.raw_issuer

    @property
    def raw_subject(self) -> bytes:
        return self.raw[self.places.raw_subject]

    @property
    def raw_public_key(self) -> bytes:
        return self.raw[self.places.raw_public_key]

    @property
    def critical_extensions(self) -> Sequence[str]:
        return [oid for oid, (critical, _value) in self.places.extensions.items() if critical]

    def find_extension(self, oid: str) -> bytes | None:
        """The value of an extension, without the OCTET STRING around it; None where the certificate has none of this kind."""
        found = self.places.extensions.get(oid)
        return self.raw[found[1]] if found else None

    @property
    def issuer(self) -> NameKey:
        return parse_name(self.raw_issuer)

    @property
    def subject(self) -> NameKey:
        return parse_name(self.raw_subject)

    @property
    def country(self) -> str:
        """The subject's country in capitals, empty where there is none."""
        return _country(self.subject)

    @property
    def issuer_country(self) -> str:
        return _country(self.issuer)

    @property
    def public_key(self) -> PublicKey:
        """Raises Malformed (`bad_public_key`, `ec_params_unknown`)."""
        if self._public_key is None:
            self._public_key = self._read_public_key()
        return self._public_key

    def _read_public_key(self) -> PublicKey:
        places = self.places.public_key
        if places is None:
            return parse_public_key(self.raw_public_key)
        return take_key(places, self.raw_public_key, data=self.raw)

    @property
    def subject_key_id(self) -> bytes | None:
        found = self.find_extension(SUBJECT_KEY_ID)
        return parse_tlv(found, OCTET_STRING).value if found is not None else None

    @property
    def authority_key_id(self) -> bytes | None:
        """The keyIdentifier of the authority key identifier, where it has one."""
        found = self.find_extension(AUTHORITY_KEY_ID)
        return _parse_authority_key_id(found) if found is not None else None

    @property
    def key_usage(self) -> frozenset[int] | None:
        """The numbers of the bits that are set (RFC 5280, 4.2.1.3): 0 digitalSignature, 5 keyCertSign, 6 cRLSign."""
        found = self.find_extension(KEY_USAGE)
        return _parse_key_usage(found) if found is not None else None

    @property
    def basic_constraints(self) -> tuple[bool, int | None] | None:
        """CA or not, and the path length where one is given."""
        found = self.find_extension(BASIC_CONSTRAINTS)
        return _parse_basic_constraints(found) if found is not None else None

    @property
    def extended_key_usage(self) -> tuple[str, ...] | None:
        found = self.find_extension(EXTENDED_KEY_USAGE)
        return tuple(part.oid() for part in parse_tlv(found, SEQUENCE).children()) if found is not None else None

    @property
    def private_key_usage_period(self) -> tuple[datetime | None, datetime | None]:
        """When its key may sign, from and until; None where that is not said."""
        if self._usage_period is None:
            self._usage_period = self._read_usage_period()
        return self._usage_period

    def _read_usage_period(self) -> tuple[datetime | None, datetime | None]:
        places, raw = self.places.usage_period, self.raw
        if places is None:
            found = self.find_extension(PRIVATE_KEY_USAGE_PERIOD)
            if found is None:
                return None, None
            raw, places = found, _places_of(_expect_usage_period(parse_tlv(found, SEQUENCE)))
        starts = ends = None
        for tag, place in places:
            if tag == 0x80:
                starts = decode_time(GENERALIZED_TIME, raw[place])
            else:
                ends = decode_time(GENERALIZED_TIME, raw[place])
        return starts, ends

    @property
    def document_types(self) -> tuple[str, ...] | None:
        """Which kinds of document a signer may sign, as the first characters of their MRZ (9303-12, 7.1.1.6)."""
        found = self.find_extension(DOCUMENT_TYPES)
        return _parse_document_types(found) if found is not None else None


@lru_cache(maxsize=1024)
def _describe(certificate: Certificate) -> Mapping[str, object]:
    return {
        "subject": _tell_name(certificate.raw_subject),
        "issuer": _tell_name(certificate.raw_issuer),
        "serial": f"{certificate.serial:x}",
        "sha256": hashlib.sha256(certificate.raw).hexdigest(),
    }


@lru_cache(maxsize=1024)
def _parse_authority_key_id(value: bytes) -> bytes | None:
    parts = parse_tlv(value, SEQUENCE).children(max_count=3)
    return next((part.value for part in parts if part.tag == 0x80), None)


@lru_cache(maxsize=64)
def _parse_key_usage(value: bytes) -> frozenset[int]:
    bits = parse_tlv(value, BIT_STRING).value
    if not 1 <= len(bits) <= 3 or bits[0] > 7:
        raise Malformed("certificate_malformed", "A certificate is not written as it must be.", reason="key usage")
    return frozenset(at for at in range(8 * (len(bits) - 1)) if bits[1 + at // 8] & 0x80 >> at % 8)


@lru_cache(maxsize=64)
def _parse_basic_constraints(value: bytes) -> tuple[bool, int | None]:
    parts = parse_tlv(value, SEQUENCE).children(max_count=2)
    is_ca = bool(parts) and parts[0].tag == BOOLEAN and parts[0].boolean()
    lengths = [part.integer() for part in parts if part.tag == INTEGER]
    return is_ca, lengths[0] if lengths else None


@lru_cache(maxsize=64)
def _parse_document_types(value: bytes) -> tuple[str, ...]:
    version, types = parse_tlv(value, SEQUENCE).children(INTEGER, SET)
    if version.integer() != 0:
        raise Malformed("certificate_malformed", "A certificate's list of document types is of an unknown version.")
    return tuple(part.text() for part in types.children(max_count=64))


def read_certificate(element: Tlv) -> Certificate:
    """A certificate inside something else, at this element. Raises Malformed."""
    return parse_certificate(element.expect(SEQUENCE).raw)


@lru_cache(maxsize=1024)
def parse_certificate(data: bytes) -> Certificate:
    """A certificate in DER. Raises Malformed. The same bytes give the same certificate, and a signer's comes with ten
    thousands of documents, so it is kept."""
    places = _LAYOUTS.find(data)
    (starts_as, starts), (ends_as, ends) = places.not_before, places.not_after
    return Certificate(
        data,
        decode_integer(data[places.serial]),
        decode_time(starts_as, data[starts]),
        decode_time(ends_as, data[ends]),
        decode_bits(data[places.signature]),
        places,
    )


def _read_places(data: bytes) -> Read[CertificatePlaces]:
    element = parse_tlv(data, SEQUENCE, max_bytes=MAX_CERTIFICATE_BYTES)
    tbs, algorithm, signature = element.children(SEQUENCE, SEQUENCE, BIT_STRING)
    fields = tbs.children(min_count=6, max_count=10)
    if fields[0].tag == 0xA0:
        if fields[0].value != b"\x02\x01\x02":
            raise Malformed("certificate_malformed", "A certificate is of an unknown version.")
        del fields[0]
    if len(fields) < 6:
        raise Malformed("certificate_malformed", "A certificate is not written as it must be.")
    serial, tbs_algorithm, issuer, validity, subject, public_key, *rest = fields
    not_before, not_after = validity.expect(SEQUENCE).children(min_count=2, max_count=2)
    wrapped = next((part for part in rest if part.tag == 0xA3), None)
    extensions = _read_extensions(wrapped) if wrapped else {}
    key, usage_period = _find_key(public_key), _find_usage_period(extensions)
    places = CertificatePlaces(
        tbs=tbs.span,
        serial=serial.expect(INTEGER).body_span,
        algorithm=parse_algorithm(algorithm),
        tbs_algorithm=parse_algorithm(tbs_algorithm),
        raw_issuer=issuer.expect(SEQUENCE).raw,
        raw_subject=subject.expect(SEQUENCE).span,
        not_before=_find_time(not_before),
        not_after=_find_time(not_after),
        raw_public_key=public_key.expect(SEQUENCE).span,
        public_key=key,
        extensions={oid: (critical, value.body_span) for oid, (critical, value) in extensions.items()},
        usage_period=_places_of(usage_period) if usage_period else None,
        signature=signature.body_span,
        facts={},
    )
    if key is None:
        return Read(places, None)
    # what differs between the certificates of one CSCA
    key_id = [extensions[SUBJECT_KEY_ID][1]] if SUBJECT_KEY_ID in extensions else []
    values = (serial, not_before, not_after, subject, *key_id, *(usage_period or ()), signature)
    return Read(places, [key.bits, *(value.body_span for value in values)])


def _find_key(public_key: Tlv) -> KeyPlaces | None:
    try:
        return find_key_places(public_key)
    except Malformed:
        return None


def _find_time(element: Tlv) -> tuple[int, slice]:
    return (element if element.tag == GENERALIZED_TIME else element.expect(UTC_TIME)).tag, element.body_span


def _find_usage_period(extensions: Mapping[str, tuple[bool, Tlv]]) -> Sequence[Tlv] | None:
    if PRIVATE_KEY_USAGE_PERIOD not in extensions:
        return None
    try:
        [period] = extensions[PRIVATE_KEY_USAGE_PERIOD][1].children(SEQUENCE)
        return _expect_usage_period(period)
    except Malformed:  # refused when somebody asks for it
        return None


def _places_of(parts: Sequence[Tlv]) -> Sequence[tuple[int, slice]]:
    return [(part.tag, part.body_span) for part in parts]


def _expect_usage_period(period: Tlv) -> Sequence[Tlv]:
    parts = period.children(max_count=2)
    if [part.tag for part in parts] not in ([], [0x80], [0x81], [0x80, 0x81]):
        raise Malformed("certificate_malformed", "A certificate is not written as it must be.", reason="usage period")
    return parts


def _read_extensions(element: Tlv) -> dict[str, tuple[bool, Tlv]]:
    [sequence] = element.children(SEQUENCE)
    found: dict[str, tuple[bool, Tlv]] = {}
    for extension in sequence.children(max_count=64):
        oid, *rest = extension.expect(SEQUENCE).children(min_count=2, max_count=3)
        critical = rest[0].boolean() if len(rest) == 2 else False
        name = oid.expect(OID).oid()
        if name in found:
            raise Malformed("certificate_malformed", "A certificate has an extension twice.", reason=name)
        found[name] = (critical, rest[-1].expect(OCTET_STRING))
    return found


_LAYOUTS = Layouts(_read_places)


@lru_cache(maxsize=1024)
def parse_name(raw: bytes) -> NameKey:
    """A distinguished name made comparable: parts in sorted order, case and spaces folded. Real issuers write the
    same name in two orders and in two string types, so neither counts; every part and its value does."""
    return tuple(sorted((oid, " ".join(text.casefold().split())) for oid, text in _read_name(raw)))


def _read_name(raw: bytes) -> list[tuple[str, str]]:
    """The parts of a name as they stand: types and values."""
    parts: list[tuple[str, str]] = []
    for relative in parse_tlv(raw, SEQUENCE, max_bytes=MAX_NAME_BYTES).children(max_count=64):
        for attribute in relative.expect(SET).children(max_count=8):
            oid, value = attribute.expect(SEQUENCE).children(min_count=2, max_count=2)
            encoding = _NAME_TYPES.get(value.tag)
            try:
                text = value.value.decode(encoding) if encoding else value.raw.hex()
            except UnicodeDecodeError as error:
                raise Malformed("certificate_malformed", "A name is not written as it must be.") from error
            parts.append((oid.oid(), text))
    return parts


@lru_cache(maxsize=1024)
def write_name(raw: bytes) -> str:
    """A distinguished name for people, in its own order and letters. Raises Malformed where it cannot be read."""
    return ", ".join(f"{_SHORT.get(oid, oid)}={value}" for oid, value in _read_name(raw))


_SHORT = {COUNTRY: "C", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.3": "CN", "2.5.4.5": "serialNumber"}


def _tell_name(raw: bytes) -> str:
    """The name, or its octets where it cannot be read: what is told of a certificate must not hang on its being right."""
    try:
        return write_name(raw)
    except Malformed:
        return raw.hex()


def _country(name: NameKey) -> str:
    return next((value.upper() for oid, value in name if oid == COUNTRY), "")
