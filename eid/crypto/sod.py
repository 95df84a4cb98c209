"""EF.SOD, the document security object: ICAO 9303-10, 4.6.2, a CMS SignedData of RFC 5652.

Reading it keeps the exact spans that were hashed and signed. Nothing of it is true before passive_auth has verified
it, so what is read here is called unverified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from eid.crypto.algorithms import (
    Algorithm,
    PrivateKey,
    Scheme,
    build_hash_algorithm,
    build_signature_algorithm,
    digest,
    parse_algorithm,
    scheme_for,
    sign,
)
from eid.crypto.layouts import Layouts, Read
from eid.crypto.lds import build_security_object
from eid.crypto.records import make
from eid.crypto.report import Facts
from eid.crypto.tlv import (
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    Tlv,
    build_integer,
    build_oid,
    build_sequence,
    build_set,
    build_time,
    build_tlv,
    decode_integer,
    parse_tlv,
)
from eid.crypto.x509 import Certificate, parse_certificate
from eid.errors import Malformed

SOD_TAG = 0x77
SIGNED_DATA = "1.2.840.113549.1.7.2"
LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"


@dataclass(frozen=True, eq=False, slots=True)
class SignerForm:
    """What of a SignerInfo its layout fixes (RFC 5652, 5.3)."""

    version: int
    raw_issuer: bytes | None
    """With a serial number the signer's name; None where a key identifier names the signer."""
    subject_key_id: bytes | None
    digest_algorithm: Algorithm
    signature_algorithm: Algorithm
    signed_attributes: Sequence[tuple[str, Sequence[Tlv]]]
    """Their types, and the places of their values in the order in which they were sent."""
    attributes_are_sorted: bool

    def values_of(self, oid: str) -> list[Sequence[Tlv]]:
        """The values of each signed attribute of this type; a proper one occurs once with one value."""
        return [values for found, values in self.signed_attributes if found == oid]


@dataclass(frozen=True, eq=False, slots=True)
class Form:
    """What of a SignedData its layout fixes: whatever is judged of it alone holds for all documents of this form."""

    content_info_type: str
    version: int
    digest_algorithms: Sequence[Algorithm]
    content_type: str
    signers: Sequence[SignerForm]
    facts: Facts = field(default_factory=dict, repr=False)
    """What was judged of it (report.py)."""


class SignerInfo(NamedTuple):
    """One SignerInfo of RFC 5652, 5.3."""

    form: SignerForm
    data: bytes
    """The encoding in which the form's places are meant."""
    serial: int | None
    raw_signed_attributes: bytes
    """As they are signed: under the tag of a SET, not under [0] (5.4)."""
    signature: bytes


class SignedData(NamedTuple):
    """A CMS SignedData, read and not verified."""

    form: Form
    content: bytes
    """The octets that messageDigest is over."""
    certificates: Sequence[Certificate]
    signers: Sequence[SignerInfo]


class _SignerPlaces(NamedTuple):
    form: SignerForm
    serial: slice | None
    attributes: slice | None
    """All of them but for their tag."""
    signature: slice


class _Places(NamedTuple):
    form: Form
    content: slice
    certificates: Sequence[Tlv]
    signers: Sequence[_SignerPlaces]


def parse_sod(data: bytes) -> SignedData:
    """EF.SOD, read on raw spans and not verified.

    Raises Malformed; `tlv_trailing_data` where something follows it.
    """
    return _take(_LAYOUTS.find(data), data)


def parse_signed_data(data: bytes, *, max_bytes: int) -> SignedData:
    """CMS SignedData by itself, as master lists are. Raises Malformed."""
    return _take(_find_places(parse_tlv(data, SEQUENCE, max_bytes=max_bytes)), data)


def _read_sod(data: bytes) -> Read[_Places]:
    [content_info] = parse_tlv(data, SOD_TAG).children(SEQUENCE)
    places = _find_places(content_info)
    return Read(places, _variable(places))


def _variable(places: _Places) -> list[slice] | None:
    """What differs between one signer's documents: digests, the time, serial numbers, signatures and certificates.

    None for attributes that occur twice: their order would be a matter of their values.
    """
    found = [places.content, *(part.body_span for part in places.certificates)]
    for form, serial, _attributes, signature in places.signers:
        kinds = [kind for kind, _values in form.signed_attributes]
        if len(set(kinds)) != len(kinds):
            return None
        found += [value.body_span for kind, values in form.signed_attributes if kind in _FREE for value in values]
        found += [signature, *([serial] if serial else [])]
    return found


_FREE = {MESSAGE_DIGEST, SIGNING_TIME}
_LAYOUTS = Layouts(_read_sod)


def _find_places(element: Tlv) -> _Places:
    """The ContentInfo at this element, which must hold SignedData (the type is reported, and refused by whoever
    verifies)."""
    kind, wrapped = element.children(OID, 0xA0)
    [body] = wrapped.children(SEQUENCE)
    version, algorithms, content_info, *rest = body.children(min_count=4, max_count=6)
    content_type, content_wrapper = content_info.expect(SEQUENCE).children(OID, 0xA0)
    [content] = content_wrapper.children(OCTET_STRING)
    signer_infos = rest.pop().expect(SET)
    if [part.tag for part in rest] not in ([], [0xA0], [0xA1], [0xA0, 0xA1]):
        raise Malformed("cms_malformed", "The signed data are not written as they must be.")
    certificates = rest[0].children(max_count=16) if rest and rest[0].tag == 0xA0 else []
    signers = [_find_signer_places(part) for part in signer_infos.children(max_count=16)]
    form = Form(
        content_info_type=kind.oid(),
        version=version.integer(),
        digest_algorithms=[parse_algorithm(part) for part in algorithms.expect(SET).children(max_count=16)],
        content_type=content_type.oid(),
        signers=[signer.form for signer in signers],
    )
    return _Places(form, content.body_span, [part.expect(SEQUENCE) for part in certificates], signers)


def _find_signer_places(element: Tlv) -> _SignerPlaces:
    version, name, digest_algorithm, *rest = element.expect(SEQUENCE).children(min_count=5, max_count=7)
    attributes = rest.pop(0) if rest[0].tag == 0xA0 else None
    if len(rest) < 2:
        raise Malformed("cms_malformed", "The signed data are not written as they must be.")
    raw_issuer, serial, key_id = _find_signer_name(name)
    parts = attributes.children(max_count=32) if attributes else []
    encodings = [part.raw for part in parts]
    form = SignerForm(
        version=version.integer(),
        raw_issuer=raw_issuer,
        subject_key_id=key_id,
        digest_algorithm=parse_algorithm(digest_algorithm),
        signature_algorithm=parse_algorithm(rest[0]),
        signed_attributes=[_read_attribute(part) for part in parts],
        attributes_are_sorted=encodings == sorted(encodings),
    )
    signed = slice(attributes.start + 1, attributes.end) if attributes else None
    return _SignerPlaces(form, serial.body_span if serial else None, signed, rest[1].expect(OCTET_STRING).body_span)


def _find_signer_name(name: Tlv) -> tuple[bytes | None, Tlv | None, bytes | None]:
    if name.tag == 0x80:
        return None, None, name.value
    issuer, serial = name.expect(SEQUENCE).children(SEQUENCE, INTEGER)
    return issuer.raw, serial, None


def _read_attribute(element: Tlv) -> tuple[str, Sequence[Tlv]]:
    kind, values = element.expect(SEQUENCE).children(OID, SET)
    return kind.oid(), values.children(max_count=16)


def _take(places: _Places, data: bytes) -> SignedData:
    """The SignedData of these data, whose values lie at these places."""
    form, content, certificates, signers = places
    read = [parse_certificate(data[part.start : part.end]) for part in certificates]
    return make(SignedData, (form, data[content], read, [_take_signer(signer, data) for signer in signers]))


def _take_signer(places: _SignerPlaces, data: bytes) -> SignerInfo:
    form, serial, attributes, signature = places
    number = decode_integer(data[serial]) if serial else None
    signed = _SET_TAG + data[attributes] if attributes else b""
    return make(SignerInfo, (form, data, number, signed, data[signature]))


_SET_TAG = bytes([SET])


def build_sod(
    files: Mapping[int, bytes],
    *,
    signer_certificate: bytes,
    signer_key: PrivateKey,
    signed_at: datetime,
    scheme: Scheme | None = None,
) -> bytes:
    """EF.SOD over these data groups' files, signed by a document signer whose certificate (DER) goes along.

    The files are digested as the signature's scheme digests; without one, by SHA-256.
    """
    scheme = scheme or scheme_for(signer_key, hash_name="sha256")
    digests = {number: digest(scheme.hash_name, file) for number, file in files.items()}
    signed_data = build_signed_data(
        build_security_object(digests, hash_name=scheme.hash_name),
        content_type=LDS_SECURITY_OBJECT,
        signer_certificate=signer_certificate,
        signer_key=signer_key,
        signed_at=signed_at,
        scheme=scheme,
    )
    return build_tlv(SOD_TAG, signed_data)


def build_signed_attributes(
    content: bytes, *, content_type: str = LDS_SECURITY_OBJECT, signed_at: datetime | None, hash_name: str
) -> list[bytes]:
    """contentType, messageDigest and signingTime (RFC 5652, 11) for this content."""
    attributes = [
        _attribute(CONTENT_TYPE, build_oid(content_type)),
        _attribute(MESSAGE_DIGEST, build_tlv(OCTET_STRING, digest(hash_name, content))),
    ]
    if signed_at is not None:
        attributes.append(_attribute(SIGNING_TIME, build_time(signed_at)))
    return attributes


def _attribute(kind: str, value: bytes) -> bytes:
    return build_sequence(build_oid(kind), build_tlv(SET, value))


def build_signed_data(
    content: bytes,
    *,
    content_type: str,
    signer_certificate: bytes,
    signer_key: PrivateKey,
    signed_at: datetime,
    scheme: Scheme | None = None,
    issuers: Sequence[bytes] = (),
    more_attributes: Sequence[bytes] = (),
    is_certificate_sent: bool = True,
) -> bytes:
    """CMS SignedData of one signer, named by issuer and serial number, whose certificate goes along, with those of
    its `issuers`: a set, in the order of their encodings (X.690, 11.6). `more_attributes` are signed too."""
    certificate = parse_certificate(signer_certificate)
    scheme = scheme or scheme_for(signer_key, hash_name="sha256")
    hash_name = scheme.hash_name
    attributes = build_signed_attributes(content, content_type=content_type, signed_at=signed_at, hash_name=hash_name)
    signed = build_set([*attributes, *more_attributes])
    signer_info = build_sequence(
        build_integer(1),
        build_sequence(certificate.raw_issuer, build_integer(certificate.serial)),
        build_hash_algorithm(hash_name),
        bytes([0xA0]) + signed[1:],
        build_signature_algorithm(scheme),
        build_tlv(OCTET_STRING, sign(signer_key, scheme, signed)),
    )
    signed_data = build_sequence(
        build_integer(3),
        build_set([build_hash_algorithm(hash_name)]),
        build_sequence(build_oid(content_type), build_tlv(0xA0, build_tlv(OCTET_STRING, content))),
        build_tlv(0xA0, *sorted((signer_certificate, *issuers))) if is_certificate_sent else b"",
        build_set([signer_info]),
    )
    return build_sequence(build_oid(SIGNED_DATA), build_tlv(0xA0, signed_data))
