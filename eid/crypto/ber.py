"""From BER with indefinite lengths (X.690, 8.1.3.6) to definite ones, and nothing besides.

Two states' older passports wrap EF.SOD so. What was signed inside is in DER already and is copied octet by octet;
were it not, its signature would not hold. Strings in pieces become whole. Size and depth are capped as in tlv.py, so
the work is bounded; and so is how many elements there may be.
"""

from __future__ import annotations

from collections.abc import Iterator

from eid.crypto.tlv import MAX_BYTES, MAX_DEPTH, OCTET_STRING, build_tlv
from eid.errors import Malformed

_IN_PIECES = 0x20 | OCTET_STRING
_END = b"\x00\x00"
MAX_ELEMENTS = 4096
"""An EF.SOD has some two hundred; one of nothing but empty elements would take a quarter of a second."""


def build_definite(data: bytes) -> bytes:
    """The same data with definite lengths; what follows the first element is kept as it is.

    Raises Malformed (`tlv_truncated`, `tlv_too_deep`, `tlv_too_large`, `tlv_too_many`).
    """
    if len(data) > MAX_BYTES:
        raise Malformed("tlv_too_large", "The data are larger than they may be.")
    element, end = _rewrite(data, 0, len(data), 0, iter(range(MAX_ELEMENTS)))
    return element + data[end:]


def _rewrite(data: bytes, start: int, limit: int, depth: int, budget: Iterator[int]) -> tuple[bytes, int]:
    if depth > MAX_DEPTH:
        raise Malformed("tlv_too_deep", "The data are nested too deeply.")
    if next(budget, None) is None:
        raise Malformed("tlv_too_many", "The data hold too many elements.")
    try:
        tag, position = data[start], start + 1
        if tag & 0x1F == 0x1F:
            tag, position = tag << 8 | data[position], position + 1
        first, position = data[position], position + 1
        count = first & 0x7F if first > 0x80 else 0
        length = int.from_bytes(data[position : position + count], "big") if count else first
        position += count
    except IndexError as error:
        raise Malformed("tlv_truncated", "The data end in the middle.") from error
    is_constructed = bool(data[start] & 0x20)
    if first == 0x80:
        if not is_constructed:
            raise Malformed("tlv_indefinite", "The data are written with indefinite lengths, not in DER.")
        body, end = _rewrite_until_end(data, position, limit, depth, budget)
        return _wrap(tag, body), end
    end = position + length
    if count > 4 or end > limit:
        raise Malformed("tlv_truncated", "The data end in the middle.")
    if not is_constructed:
        return data[start:end], end
    body = []
    while position < end:
        element, position = _rewrite(data, position, end, depth + 1, budget)
        body.append(element)
    whole = b"".join(body)
    unchanged = tag != _IN_PIECES and whole == data[end - length : end]
    return (data[start:end] if unchanged else _wrap(tag, body)), end


def _rewrite_until_end(
    data: bytes, position: int, limit: int, depth: int, budget: Iterator[int]
) -> tuple[list[bytes], int]:
    body = []
    while data[position : position + 2] != _END:
        element, position = _rewrite(data, position, limit, depth + 1, budget)
        body.append(element)
    return body, position + 2


def _wrap(tag: int, body: list[bytes]) -> bytes:
    if tag != _IN_PIECES:
        return build_tlv(tag, *body)
    if any(piece[0] != OCTET_STRING for piece in body):
        raise Malformed("tlv_indefinite", "The data are written with indefinite lengths, not in DER.")
    return build_tlv(OCTET_STRING, *[piece[_header_length(piece) :] for piece in body])


def _header_length(element: bytes) -> int:
    return 2 + (element[1] & 0x7F if element[1] > 0x80 else 0)
