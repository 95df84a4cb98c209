"""Reads a QR code (ISO/IEC 18004) from its modules: a reader of our own, which shares nothing with the writer.

It reads format and version, removes the mask, takes code words in their order and apart into blocks, and corrects nothing: a
drawing on a page has no damage. Only what a phone would do after it has found the modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

MASKS = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,
    lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)
FORMAT_MASK = 0b101010000010010

LEVEL_L = {10: [(2, 68), (2, 69)], 11: [(4, 81)], 12: [(2, 92), (2, 93)], 13: [(4, 107)], 14: [(3, 115), (1, 116)],
           15: [(5, 87), (1, 88)], 16: [(5, 98), (1, 99)], 17: [(1, 107), (5, 108)], 18: [(5, 120), (1, 121)],
           19: [(3, 113), (4, 114)], 20: [(3, 107), (5, 108)], 21: [(4, 116), (4, 117)],
           22: [(2, 111), (7, 112)], 23: [(4, 121), (5, 122)], 24: [(6, 117), (4, 118)], 25: [(8, 106), (4, 107)],
           26: [(10, 114), (2, 115)], 27: [(8, 122), (4, 123)], 28: [(3, 117), (10, 118)]}  # fmt: skip
"""Table 9 of the standard: blocks and their data code words, by version, for error correction level L."""

ALIGNMENT = {10: [6, 28, 50], 11: [6, 30, 54], 12: [6, 32, 58], 13: [6, 34, 62], 14: [6, 26, 46, 66], 15: [6, 26, 48, 70],
             16: [6, 26, 50, 74], 17: [6, 30, 54, 78], 18: [6, 30, 56, 82], 19: [6, 30, 58, 86],
             20: [6, 34, 62, 90], 21: [6, 28, 50, 72, 94],
             22: [6, 26, 50, 74, 98], 23: [6, 30, 54, 78, 102], 24: [6, 28, 54, 80, 106], 25: [6, 32, 58, 84, 110],
             26: [6, 30, 58, 86, 114], 27: [6, 34, 62, 90, 118], 28: [6, 26, 50, 74, 98, 122]}  # fmt: skip
"""Table E.1: centres of the alignment patterns."""

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

Modules = list[list[bool]]


def read_drawing(svg: str, quiet: int = 4) -> Modules:
    """The modules of our drawing, without the quiet zone."""
    root = ElementTree.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2]) - 2 * quiet
    modules = [[False] * size for _ in range(size)]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", root[1].attrib["d"]):
        for step in range(int(length)):
            modules[int(y) - quiet][int(x) - quiet + step] = True
    return modules


def read_qr(modules: Modules) -> str:
    """The text of a QR code of level L, versions 10 to 28."""
    size = len(modules)
    version = (size - 17) // 4
    format_bits = sum(modules[8][x] << 14 - i for i, x in enumerate([0, 1, 2, 3, 4, 5, 7, 8]))
    format_bits |= sum(modules[y][8] << 6 - i for i, y in enumerate([7, 5, 4, 3, 2, 1, 0]))
    format_bits ^= FORMAT_MASK
    assert format_bits >> 13 == 0b01, "error correction level L"
    mask = MASKS[format_bits >> 10 & 7]
    bits = [modules[y][x] ^ mask(y, x) for y, x in _places(size, version)]
    words = [sum(bit << 7 - i for i, bit in enumerate(bits[start : start + 8])) for start in range(0, len(bits) - 7, 8)]
    data = _arrange(words, LEVEL_L[version])
    return b"".join(_segments("".join(f"{word:08b}" for word in data), version)).decode()


def _segments(stream: str, version: int) -> Iterator[bytes]:
    """Section 7.4: digits in threes, the 45 characters in twos, bytes one by one; until the stream ends."""
    digits_long, characters_long = (12, 11) if version < 27 else (14, 13)
    bits = _Bits(stream)
    while (mode := bits.take(4)) != 0:
        if mode == 0b0001:
            length = bits.take(digits_long)
            groups = [3] * (length // 3) + [length % 3] * (length % 3 > 0)
            yield b"".join(b"%0*d" % (group, bits.take(3 * group + 1)) for group in groups)
        elif mode == 0b0010:
            length = bits.take(characters_long)
            yield b"".join(_pair(bits.take(11)) for _ in range(length // 2))
            yield CHARACTERS[bits.take(6)].encode() if length % 2 else b""
        else:
            assert mode == 0b0100, "digits, characters or bytes"
            yield bytes(bits.take(8) for _ in range(bits.take(16)))


def _pair(value: int) -> bytes:
    return (CHARACTERS[value // 45] + CHARACTERS[value % 45]).encode()


class _Bits:
    def __init__(self, stream: str) -> None:
        self.stream, self.place = stream, 0

    def take(self, count: int) -> int:
        """The next bits as a number; past the end there are zeros, which end a stream."""
        self.place += count
        return int(self.stream[self.place - count : self.place].ljust(count, "0"), 2)


def _places(size: int, version: int) -> Iterator[tuple[int, int]]:
    """Modules that hold code words, in their order: columns of two from the right, up and down in turn."""
    upward, right = True, size - 1
    while right > 0:
        right -= right == 6
        for y in range(size - 1, -1, -1) if upward else range(size):
            for x in (right, right - 1):
                if not _is_pattern(y, x, size, version):
                    yield y, x
        upward, right = not upward, right - 2


def _is_pattern(y: int, x: int, size: int, version: int) -> bool:
    in_corner = (y < 9 and x < 9) or (y < 9 and x >= size - 8) or (y >= size - 8 and x < 9)
    in_version = (y < 6 and size - 11 <= x < size - 8) or (x < 6 and size - 11 <= y < size - 8)
    return in_corner or in_version or 6 in (y, x) or _in_alignment(y, x, size, version)


def _in_alignment(y: int, x: int, size: int, version: int) -> bool:
    centres = ALIGNMENT[version]
    corners = {(6, 6), (6, centres[-1]), (centres[-1], 6)}
    return any(abs(y - cy) <= 2 and abs(x - cx) <= 2 for cy in centres for cx in centres if (cy, cx) not in corners)


def _arrange(words: list[int], groups: list[tuple[int, int]]) -> list[int]:
    """Data code words block after block; they stand interleaved."""
    lengths = [length for count, length in groups for _ in range(count)]
    blocks: list[list[int]] = [[] for _ in lengths]
    taken = iter(words)
    for place in range(max(lengths)):
        for block, length in zip(blocks, lengths, strict=True):
            if place < length:
                block.append(next(taken))
    return [word for block in blocks for word in block]
