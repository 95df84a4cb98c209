"""Certificates as verification needs them: RFC 5280 and ICAO 9303-12, 7.1, read on raw spans.

`cryptography` refuses one real CSCA certificate in five (explicit curve parameters, odd serial numbers, odd
extensions), so it loads keys here and nothing else. Whether a certificate is to be trusted is decided in chain.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from eid.crypto.algorithms import Algorithm, parse_algorithm
from eid.crypto.layouts import Layouts, Read
from eid.crypto.public_keys import PublicKey, parse_public_key
from eid.crypto.tlv import BIT_STRING, BOOLEAN, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, Tlv, parse_tlv
from eid.errors import Malformed

SUBJECT_KEY_ID, AUTHORITY_KEY_ID = "2.5.29.14", "2.5.29.35"
KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE = "2.5.29.15", "2.5.29.19", "2.5.29.37"
PRIVATE_KEY_USAGE_PERIOD = "2.5.29.16"
DOCUMENT_TYPES, NAME_CHANGE = "2.23.136.1.1.6.2", "2.23.136.1.1.6.1"
COUNTRY = "2.5.4.6"
_NAME_TYPES = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii", 0x14: "latin-1", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}

NameKey = tuple[tuple[str, str], ...]
"""A distinguished name in a form in which two writings of the same name are equal: any order of parts, any case, any
string type."""


@dataclass(frozen=True)
class Certificate:
    """An X.509 certificate, read but not verified. Whatever `raw_` bears is as it was sent."""

    raw: bytes
    raw_tbs: bytes
    serial: int
    algorithm: Algorithm
    tbs_algorithm: Algorithm
    raw_issuer: bytes
    raw_subject: bytes
    not_before: datetime
    not_after: datetime
    raw_public_key: bytes
    extensions: Mapping[str, tuple[bool, bytes]]
    """Object identifier → critical, value."""
    signature: bytes

    @cached_property
    def issuer(self) -> NameKey:
        return parse_name(self.raw_issuer)

    @cached_property
    def subject(self) -> NameKey:
        return parse_name(self.raw_subject)

    @property
    def country(self) -> str:
        """The subject's country in capitals, empty where there is none."""
        return _country(self.subject)

    @property
    def issuer_country(self) -> str:
        return _country(self.issuer)

    @cached_property
    def public_key(self) -> PublicKey:
        """Raises Malformed (`bad_public_key`, `ec_params_unknown`)."""
        return parse_public_key(self.raw_public_key)

    @cached_property
    def subject_key_id(self) -> bytes | None:
        found = self.extensions.get(SUBJECT_KEY_ID)
        return parse_tlv(found[1], OCTET_STRING).value if found else None

    @cached_property
    def authority_key_id(self) -> bytes | None:
        """The keyIdentifier of the authority key identifier, where it has one."""
        found = self.extensions.get(AUTHORITY_KEY_ID)
        parts = parse_tlv(found[1], SEQUENCE).children(max_count=3) if found else []
        return next((part.value for part in parts if part.tag == 0x80), None)

    @cached_property
    def key_usage(self) -> frozenset[int] | None:
        """The numbers of the bits that are set (RFC 5280, 4.2.1.3): 0 digitalSignature, 5 keyCertSign, 6 cRLSign."""
        found = self.extensions.get(KEY_USAGE)
        if found is None:
            return None
        value = parse_tlv(found[1], BIT_STRING).value
        return frozenset(at for at in range(8 * (len(value) - 1)) if value[1 + at // 8] & 0x80 >> at % 8)

    @cached_property
    def basic_constraints(self) -> tuple[bool, int | None] | None:
        """CA or not, and the path length where one is given."""
        found = self.extensions.get(BASIC_CONSTRAINTS)
        if found is None:
            return None
        parts = parse_tlv(found[1], SEQUENCE).children(max_count=2)
        is_ca = bool(parts) and parts[0].tag == BOOLEAN and parts[0].boolean()
        lengths = [part.integer() for part in parts if part.tag == INTEGER]
        return is_ca, lengths[0] if lengths else None

    @cached_property
    def extended_key_usage(self) -> tuple[str, ...] | None:
        found = self.extensions.get(EXTENDED_KEY_USAGE)
        return tuple(part.oid() for part in parse_tlv(found[1], SEQUENCE).children()) if found else None

    @cached_property
    def private_key_usage_period(self) -> tuple[datetime | None, datetime | None]:
        """When its key may sign, from and until; None where that is not said."""
        found = self.extensions.get(PRIVATE_KEY_USAGE_PERIOD)
        parts = parse_tlv(found[1], SEQUENCE).children(max_count=2) if found else []
        times = {part.tag: Tlv(part.data, 0x18, part.start, part.body, part.end, part.depth).time() for part in parts}
        return times.get(0x80), times.get(0x81)

    @cached_property
    def document_types(self) -> tuple[str, ...] | None:
        """Which kinds of document a signer may sign, as the first characters of their MRZ (9303-12, 7.1.1.6)."""
        found = self.extensions.get(DOCUMENT_TYPES)
        if found is None:
            return None
        version, types = parse_tlv(found[1], SEQUENCE).children(INTEGER, SET)
        if version.integer() != 0:
            raise Malformed("certificate_malformed", "A certificate's list of document types is of an unknown version.")
        return tuple(part.text() for part in types.children(max_count=64))


def read_certificate(element: Tlv) -> Certificate:
    """A certificate inside something else, at this element. Raises Malformed."""
    return parse_certificate(element.expect(SEQUENCE).raw)


class _Places(NamedTuple):
    """Where the values of a certificate lie, and those that its layout fixes."""

    tbs: Tlv
    serial: Tlv
    algorithm: Algorithm
    tbs_algorithm: Algorithm
    raw_issuer: bytes
    raw_subject: Tlv
    not_before: Tlv
    not_after: Tlv
    raw_public_key: Tlv
    extensions: Mapping[str, tuple[bool, Tlv]]
    signature: Tlv


@lru_cache(maxsize=1024)
def parse_certificate(data: bytes) -> Certificate:
    """A certificate in DER. Raises Malformed. The same bytes give the same certificate, and a signer's comes with ten
    thousands of documents, so it is kept."""
    places = _LAYOUTS.find(data)
    return Certificate(
        raw=data,
        raw_tbs=places.tbs.on(data).raw,
        serial=places.serial.on(data).integer(),
        algorithm=places.algorithm,
        tbs_algorithm=places.tbs_algorithm,
        raw_issuer=places.raw_issuer,
        raw_subject=places.raw_subject.on(data).raw,
        not_before=places.not_before.on(data).time(),
        not_after=places.not_after.on(data).time(),
        raw_public_key=places.raw_public_key.on(data).raw,
        extensions={
            oid: (critical, data[value.body : value.end]) for oid, (critical, value) in places.extensions.items()
        },
        signature=places.signature.on(data).bits(),
    )


def _read_places(data: bytes) -> Read[_Places]:
    tbs, algorithm, signature = parse_tlv(data, SEQUENCE).children(SEQUENCE, SEQUENCE, BIT_STRING)
    fields = tbs.children(min_count=6, max_count=10)
    if fields[0].tag == 0xA0:
        if fields[0].value != b"\x02\x01\x02":
            raise Malformed("certificate_malformed", "A certificate is of an unknown version.")
        del fields[0]
    if len(fields) < 6:
        raise Malformed("certificate_malformed", "A certificate is not written as it must be.")
    serial, tbs_algorithm, issuer, validity, subject, public_key, *rest = fields
    not_before, not_after = validity.expect(SEQUENCE).children(min_count=2, max_count=2)
    extensions = next((part for part in rest if part.tag == 0xA3), None)
    places = _Places(
        tbs=tbs,
        serial=serial.expect(INTEGER),
        algorithm=parse_algorithm(algorithm),
        tbs_algorithm=parse_algorithm(tbs_algorithm),
        raw_issuer=issuer.expect(SEQUENCE).raw,
        raw_subject=subject.expect(SEQUENCE),
        not_before=not_before,
        not_after=not_after,
        raw_public_key=public_key.expect(SEQUENCE),
        extensions=_read_extensions(extensions) if extensions else {},
        signature=signature,
    )
    return Read(places, _variable(places))


def _variable(places: _Places) -> list[Tlv]:
    """What differs between the certificates of one CSCA: serial numbers, names, times, keys, extensions, signatures."""
    values = [value for _critical, value in places.extensions.values()]
    times = [places.not_before, places.not_after]
    return [places.serial, places.raw_subject, *times, places.raw_public_key, *values, places.signature]


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
    parts: list[tuple[str, str]] = []
    for relative in parse_tlv(raw, SEQUENCE).children(max_count=64):
        for attribute in relative.expect(SET).children(max_count=8):
            oid, value = attribute.expect(SEQUENCE).children(min_count=2, max_count=2)
            encoding = _NAME_TYPES.get(value.tag)
            try:
                text = value.value.decode(encoding) if encoding else value.raw.hex()
            except UnicodeDecodeError as error:
                raise Malformed("certificate_malformed", "A name is not written as it must be.") from error
            parts.append((oid.oid(), " ".join(text.casefold().split())))
    return tuple(sorted(parts))


def _country(name: NameKey) -> str:
    return next((value.upper() for oid, value in name if oid == COUNTRY), "")
