"""Certificates of which only as much is read as it takes to find them: names and key identifiers.

A trust store holds the certificates of the whole world, and a document needs one of them. So what is looked up is read
at once, and the rest of a certificate when it is used; reading nine hundred in full takes longer than verifying a
hundred documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, overload

from eid.crypto.tlv import BIT_STRING, SEQUENCE, parse_tlv
from eid.crypto.x509 import MAX_CERTIFICATE_BYTES, Certificate, NameKey, parse_certificate, parse_name
from eid.errors import Malformed

_SUBJECT_KEY_ID = b"\x06\x03\x55\x1d\x0e"
_AUTHORITY_KEY_ID = b"\x06\x03\x55\x1d\x23"
_OCTETS, _SEQUENCE, _KEY_ID = 0x04, 0x30, 0x80
_LONG = 0x80


class Outline(NamedTuple):
    """What a certificate is found by. Which of those found did sign, the signature says."""

    issuer: NameKey
    subject: NameKey
    subject_key_id: bytes | None
    authority_key_id: bytes | None

    @property
    def is_self_signed(self) -> bool:
        """Whether it says that its own key signed it: the same name twice, and the same key identifier where it has both.
        That it did is not verified: it would show nothing."""
        if self.issuer != self.subject:
            return False
        own, authority = self.subject_key_id, self.authority_key_id
        return own is None or authority is None or own == authority


@lru_cache(maxsize=2048)
def read_outline(data: bytes) -> Outline:
    """The outline of a certificate in DER. Raises Malformed. It is kept: a certificate is sorted by it and then found."""
    tbs = parse_tlv(data, SEQUENCE, max_bytes=MAX_CERTIFICATE_BYTES).children(SEQUENCE, SEQUENCE, BIT_STRING)[0]
    fields = tbs.children(min_count=6, max_count=10)
    first = 1 if fields[0].tag == 0xA0 else 0
    if len(fields) < 6 + first:
        raise Malformed("certificate_malformed", "A certificate is not written as it must be.")
    extensions = fields[-1]
    start, end = (extensions.body, extensions.end) if extensions.tag == 0xA3 else (0, 0)
    return Outline(
        parse_name(fields[first + 2].expect(SEQUENCE).raw),
        parse_name(fields[first + 4].expect(SEQUENCE).raw),
        _find_subject_key_id(data, start, end),
        _find_authority_key_id(data, start, end),
    )


def _find_subject_key_id(data: bytes, start: int, end: int) -> bytes | None:
    """Written as nearly all are, it is 06 03 55 1D 0E 04 nn 04 mm and mm octets, nn being mm and two; any other is read in
    full."""
    at = data.find(_SUBJECT_KEY_ID, start, end) + 5
    if at < 5:
        return None
    if at + 4 <= end:
        wrapper, outer, tag, inner = data[at : at + 4]
        if wrapper == tag == _OCTETS and inner < _LONG and outer == inner + 2 and at + 4 + inner <= end:
            return data[at + 4 : at + 4 + inner]
    return _readable_key_id(parse_certificate(data))


def _find_authority_key_id(data: bytes, start: int, end: int) -> bytes | None:
    """The same, alone in a sequence: 06 03 55 1D 23 04 nn 30 mm 80 kk and kk octets."""
    at = data.find(_AUTHORITY_KEY_ID, start, end) + 5
    if at < 5:
        return None
    if at + 6 <= end:
        wrapper, outer, tag, middle, kind, inner = data[at : at + 6]
        is_usual = (wrapper, tag, kind) == (_OCTETS, _SEQUENCE, _KEY_ID)
        if is_usual and inner < _LONG and middle == inner + 2 and outer == middle + 2 and at + 6 + inner <= end:
            return data[at + 6 : at + 6 + inner]
    return parse_certificate(data).authority_key_id


def _readable_key_id(certificate: Certificate) -> bytes | None:
    """The subject key identifier; None where there is none, or one that cannot be read, as in three real CSCAs, which are
    then found by their names."""
    try:
        return certificate.subject_key_id
    except Malformed:
        return None


class Certificates(Sequence[Certificate]):
    """Certificates in DER, each read when it is asked for, which raises Malformed where it cannot be."""

    def __init__(self, raws: Iterable[bytes]) -> None:
        self.raws = tuple(raws)

    def __len__(self) -> int:
        return len(self.raws)

    @overload
    def __getitem__(self, index: int) -> Certificate: ...

    @overload
    def __getitem__(self, index: slice) -> Certificates: ...

    def __getitem__(self, index: int | slice) -> Certificate | Certificates:
        if isinstance(index, slice):
            return Certificates(self.raws[index])
        return parse_certificate(self.raws[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificates) and self.raws == other.raws

    def __hash__(self) -> int:
        return hash(self.raws)
