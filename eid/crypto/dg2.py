"""DG2, the portrait: ICAO 9303-10, 4.7.2, one biometric template with a facial record of ISO/IEC 19794-5:2005 around
a JPEG."""

from __future__ import annotations

import struct

from eid.crypto.tlv import build_integer, build_tlv, parse_tlv
from eid.errors import Malformed
from eid.late_dataclasses import frozen

_RECORD = struct.Struct(">4s4sIH")
_FACE = struct.Struct(">IH3B3sH3s3s")
_IMAGE = struct.Struct(">BBHHBBHH")
_HEADERS = _RECORD.size + _FACE.size + _IMAGE.size
_MEDIA_TYPES = {0: "image/jpeg", 1: "image/jp2"}
_FULL_FRONTAL, _JPEG, _RGB = 1, 0, 1


@frozen
class Portrait:
    media_type: str
    """image/jpeg or image/jp2"""
    width: int
    height: int
    image: bytes


def build_dg2(jpeg: bytes, *, width: int, height: int) -> bytes:
    """DG2 around one JPEG of these dimensions in pixels."""
    block = _FACE.size + _IMAGE.size + len(jpeg)
    record = (
        _RECORD.pack(b"FAC\0", b"010\0", _RECORD.size + block, 1)
        + _FACE.pack(block, 0, 0, 0, 0, bytes(3), 0, bytes(3), bytes(3))
        + _IMAGE.pack(_FULL_FRONTAL, _JPEG, width, height, _RGB, 0, 0, 0)
        + jpeg
    )
    header = build_tlv(
        0xA1,
        build_tlv(0x80, b"\x01\x01"),  # version of the patron header
        build_tlv(0x81, b"\x02"),  # facial features
        build_tlv(0x82, b"\x00"),
        build_tlv(0x87, b"\x01\x01"),  # format owner ISO/IEC JTC 1/SC 37
        build_tlv(0x88, b"\x00\x08"),  # format 19794-5
    )
    template = build_tlv(0x7F60, header, build_tlv(0x5F2E, record))
    return build_tlv(0x75, build_tlv(0x7F61, build_integer(1), template))


def parse_dg2(data: bytes) -> Portrait:
    """The first portrait of DG2. Raises Malformed (`dg2_malformed`) where its wrapping does not fit what it wraps."""
    [group] = parse_tlv(data, 0x75).children(0x7F61)
    count, *templates = group.children(min_count=2, max_count=16)
    if count.integer() != len(templates):
        raise Malformed("dg2_malformed", "DG2 does not hold as many portraits as it says.")
    _header, block = templates[0].expect(0x7F60).children(min_count=2, max_count=2)
    if block.tag not in (0x5F2E, 0x7F2E):
        raise Malformed("dg2_malformed", "DG2 holds no facial record.")
    return _parse_record(block.value)


def _parse_record(record: bytes) -> Portrait:
    if len(record) < _HEADERS:
        raise Malformed("dg2_malformed", "DG2's facial record is too short.")
    magic, version, length, count = _RECORD.unpack_from(record)
    block, points, *_ = _FACE.unpack_from(record, _RECORD.size)
    if magic != b"FAC\0" or version != b"010\0" or length != len(record) or count < 1:
        raise Malformed("dg2_malformed", "DG2's facial record is not one of ISO/IEC 19794-5.")
    image_at = _RECORD.size + _FACE.size + 8 * points
    start, end = image_at + _IMAGE.size, _RECORD.size + block
    if end > len(record) or start >= end:
        raise Malformed("dg2_malformed", "DG2's facial record does not hold its image.")
    _kind, data_type, width, height, *_ = _IMAGE.unpack_from(record, image_at)
    if data_type not in _MEDIA_TYPES:
        raise Malformed("dg2_malformed", "DG2's image is of an unknown type.")
    return Portrait(_MEDIA_TYPES[data_type], width, height, record[start:end])
