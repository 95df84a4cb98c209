"""What a deviation list holds: ICAO 9303-12, 10.2, and what its parts mean: 9303-3, 7.3.

Read and written here, and compared with a document. Whether a list is to be believed is decided in deviation_list.py;
what an entry can excuse, in checks/deviations.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from eid.crypto.algorithms import digest, parse_algorithm, parse_hash_algorithm
from eid.crypto.tlv import (
    GENERALIZED_TIME,
    INTEGER,
    OCTET_STRING,
    OID,
    PRINTABLE_STRING,
    SEQUENCE,
    SET,
    Tlv,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_tlv,
    parse_tlv,
)
from eid.crypto.x509 import SUBJECT_KEY_ID, Certificate, parse_name
from eid.errors import Malformed
from eid.late_dataclasses import frozen

_LISTS = "2.23.136.1.1.7"
SIGNATURE_OF_SIGNER_WRONG = f"{_LISTS}.1.1"
SIGNER_ENCODING, CSCA_ENCODING = f"{_LISTS}.1.2", f"{_LISTS}.1.3"
CHIP_KEY_COMPROMISED = f"{_LISTS}.1.4"
GROUP_MALFORMED, GROUP_DIGEST_WRONG = f"{_LISTS}.2.1", f"{_LISTS}.2.2"
SOD_SIGNATURE_WRONG, COM_INCONSISTENT = f"{_LISTS}.2.3", f"{_LISTS}.2.4"
ZONE_WRONG, CHECK_DIGIT_WRONG = f"{_LISTS}.3.1", f"{_LISTS}.3.2"
KINDS = {
    f"{_LISTS}.1": "something about certificates or keys",
    SIGNATURE_OF_SIGNER_WRONG: "the signature on the signer's certificate",
    SIGNER_ENCODING: "how the signer's certificate is written",
    CSCA_ENCODING: "how the CSCA's certificate is written",
    CHIP_KEY_COMPROMISED: "the key of active authentication, which may be known to others",
    f"{_LISTS}.2": "something about data groups",
    GROUP_MALFORMED: "the form of a data group",
    GROUP_DIGEST_WRONG: "the digest of a data group",
    SOD_SIGNATURE_WRONG: "the signature over EF.SOD",
    COM_INCONSISTENT: "EF.COM",
    f"{_LISTS}.3": "something about the machine-readable zone",
    ZONE_WRONG: "a field of the machine-readable zone",
    CHECK_DIGIT_WRONG: "a check digit of the machine-readable zone",
    f"{_LISTS}.4": "the chip itself",
    f"{_LISTS}.5": "something of the state's own",
}
"""Kind of deviation (9303-3, 7.3.5) → what it is about."""
_SIGNER_TAGS = (0xA1, 0x82, 0x83)
_MAX_DEVIATIONS, _MAX_NUMBERS = 1024, 4096


@frozen
class SignedDocument:
    """What a document is recognised by. Its zone is not yet known to be signed; a later step binds it or refuses."""

    signer: Certificate
    signed_at: datetime | None
    document_code: str | None
    document_number: str | None


@frozen
class Documents:
    """Which documents an entry is about: those that fulfil every condition that it has. The signer is named in one of three
    ways at most."""

    document_type: str | None = None
    issuer_and_serial: tuple[bytes, int] | None = None
    """The signer's issuer in DER, and its serial number."""
    subject_key_id: bytes | None = None
    certificate_digest: bytes | None = None
    issued: tuple[datetime, datetime] | None = None
    document_numbers: frozenset[str] | None = None


@frozen
class Description:
    kind: str
    """Object identifier."""
    field: int | str | None = None
    """The number or the extension that it is about, where it says so."""
    text: str = ""


@frozen
class Deviation:
    documents: Documents
    descriptions: tuple[Description, ...]


@frozen
class ListedDeviation:
    """One description that fits a document, and the country whose list has it."""

    country: str
    description: Description


@frozen
class DeviationList:
    """A list that was verified: which country's, when it was signed, and what it says."""

    country: str
    signed_at: datetime
    hash_name: str
    """The digest by which it names signers' certificates."""
    deviations: tuple[Deviation, ...]

    def find(self, document: SignedDocument) -> Sequence[ListedDeviation]:
        """What it says of this document. An entry without any condition is about no document."""
        return [
            ListedDeviation(self.country, description)
            for deviation in self.deviations
            if _fits(deviation.documents, document, self.hash_name)
            for description in deviation.descriptions
        ]


def _fits(wanted: Documents, document: SignedDocument, hash_name: str) -> bool:
    """9303-3, 7.3.6: the conditions of an entry must hold all at once. The day of issue is not on the chip; the time of
    signing is what comes nearest."""
    signer, found = document.signer, []
    if wanted.document_type is not None:
        code = document.document_code
        found.append(code is not None and code.rstrip("< ") == wanted.document_type.rstrip("< "))
    if wanted.issuer_and_serial is not None:
        raw_issuer, serial = wanted.issuer_and_serial
        found.append(serial == signer.serial and parse_name(raw_issuer) == signer.issuer)
    if wanted.subject_key_id is not None:
        found.append(signer.find_extension(SUBJECT_KEY_ID) == build_tlv(OCTET_STRING, wanted.subject_key_id))
    if wanted.certificate_digest is not None:
        found.append(wanted.certificate_digest == digest(hash_name, signer.raw))
    if wanted.issued is not None:
        first, last = wanted.issued
        found.append(document.signed_at is not None and first <= document.signed_at <= last)
    if wanted.document_numbers is not None:
        found.append(document.document_number in wanted.document_numbers)
    return bool(found) and all(found)


def parse_deviations(content: bytes, *, max_bytes: int) -> tuple[str | None, tuple[Deviation, ...]]:
    """The digest that a list names, if it does, and its entries. Raises Malformed (`dvl_malformed` where the version is
    unknown)."""
    version, *rest = parse_tlv(content, SEQUENCE, max_bytes=max_bytes).children(min_count=2, max_count=3)
    if version.integer() != 0:
        raise Malformed("dvl_malformed", "A deviation list is of an unknown version.")
    hash_name = parse_hash_algorithm(parse_algorithm(rest[0].expect(SEQUENCE))) if len(rest) == 2 else None
    entries = rest[-1].expect(SET).children(max_count=_MAX_DEVIATIONS)
    return hash_name, tuple(_read_deviation(entry) for entry in entries)


def _read_deviation(entry: Tlv) -> Deviation:
    documents, descriptions = entry.expect(SEQUENCE).children(SEQUENCE, SET)
    return Deviation(_read_documents(documents), tuple(_read_description(found) for found in descriptions.children()))


def _read_documents(element: Tlv) -> Documents:
    parts = element.children(max_count=4)
    tags = [part.tag for part in parts]
    order = [0x80, *(tag for tag in tags if tag in _SIGNER_TAGS), 0xA4, 0xA5]
    if len(order) > 4 or tags != [tag for tag in order if tag in tags]:
        raise Malformed("dvl_malformed", "A deviation list is not written as it must be.")
    found = {part.tag: part for part in parts}
    numbers = found[0xA5].children(max_count=_MAX_NUMBERS) if 0xA5 in found else None
    return Documents(
        document_type=_ascii(found[0x80].value) if 0x80 in found else None,
        issuer_and_serial=_read_issuer_and_serial(found[0xA1]) if 0xA1 in found else None,
        subject_key_id=found[0x82].value if 0x82 in found else None,
        certificate_digest=found[0x83].value if 0x83 in found else None,
        issued=_read_period(found[0xA4]) if 0xA4 in found else None,
        document_numbers=frozenset(number.text() for number in numbers) if numbers is not None else None,
    )


def _read_issuer_and_serial(element: Tlv) -> tuple[bytes, int]:
    issuer, serial = element.children(SEQUENCE, INTEGER)
    return issuer.raw, serial.integer()


def _read_period(element: Tlv) -> tuple[datetime, datetime]:
    first, last = element.children(GENERALIZED_TIME, GENERALIZED_TIME)
    return first.time(), last.time()


def _read_description(element: Tlv) -> Description:
    parts = element.expect(SEQUENCE).children(min_count=1, max_count=4)
    text = parts.pop(0).text() if parts[0].tag == PRINTABLE_STRING else ""
    if not parts or [part.tag for part in parts[1:]] not in ([], [0xA0], [0xA1], [0xA0, 0xA1]):
        raise Malformed("dvl_malformed", "A deviation list is not written as it must be.")
    kind = parts[0].oid()
    field: int | str | None = None
    if len(parts) > 1 and parts[1].tag == 0xA0:
        [parameter] = parts[1].children(min_count=1, max_count=1)
        field = parameter.integer() if parameter.tag == INTEGER else parameter.expect(OID).oid()
    return Description(kind, field, text)


def _ascii(value: bytes) -> str:
    if not value.isascii():
        raise Malformed("dvl_malformed", "A deviation list is not written as it must be.")
    return value.decode("ascii")


def build_deviations(deviations: Iterable[Deviation]) -> bytes:
    """A DeviationList of version 0, which names no digest of its own."""
    return build_sequence(build_integer(0), build_set([_build_deviation(found) for found in deviations]))


def _build_deviation(deviation: Deviation) -> bytes:
    wanted, parts = deviation.documents, []
    if wanted.document_type is not None:
        parts.append(build_tlv(0x80, wanted.document_type.encode("ascii")))
    if wanted.issuer_and_serial is not None:
        raw_issuer, serial = wanted.issuer_and_serial
        parts.append(build_tlv(0xA1, raw_issuer, build_integer(serial)))
    for tag, value in ((0x82, wanted.subject_key_id), (0x83, wanted.certificate_digest)):
        if value is not None:
            parts.append(build_tlv(tag, value))
    if wanted.issued is not None:
        parts.append(build_tlv(0xA4, *(_build_generalized_time(time) for time in wanted.issued)))
    if wanted.document_numbers is not None:
        parts.append(build_tlv(0xA5, *sorted(_build_printable(number) for number in wanted.document_numbers)))
    return build_sequence(build_sequence(*parts), build_set([_build_description(d) for d in deviation.descriptions]))


def _build_description(description: Description) -> bytes:
    parts = [_build_printable(description.text)] if description.text else []
    parts.append(build_oid(description.kind))
    if description.field is not None:
        field = description.field
        parts.append(build_tlv(0xA0, build_integer(field) if isinstance(field, int) else build_oid(field)))
    return build_sequence(*parts)


def _build_printable(text: str) -> bytes:
    return build_tlv(PRINTABLE_STRING, text.encode("ascii"))


def _build_generalized_time(time: datetime) -> bytes:
    return build_tlv(GENERALIZED_TIME, f"{time.astimezone(UTC):%Y%m%d%H%M%S}Z".encode())
