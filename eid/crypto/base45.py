"""Base45 (RFC 9285): octets in the 45 characters that a QR code holds in five and a half bits each."""

from __future__ import annotations

from eid.errors import Malformed

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MAX_CHARACTERS = 4296
"""The most that any QR code holds of them."""
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def build_base45(data: bytes) -> str:
    """Three characters for two octets, two for a last one (section 4)."""
    characters = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            value, digit = divmod(value, 45)
            characters.append(ALPHABET[digit])
    return "".join(characters)


def parse_base45(text: str) -> bytes:
    """The inverse of build_base45. Raises Malformed: `base45_malformed` for more than a QR code holds, another character, a
    length that none has, and a group that stands for more than its octets hold (section 6)."""
    if len(text) > MAX_CHARACTERS:
        raise _malformed("longer than any QR code")
    data = bytearray()
    try:
        values = [_VALUES[character] for character in text]
    except KeyError as error:
        raise _malformed("a character that is not in the alphabet") from error
    for at in range(0, len(values), 3):
        group = values[at : at + 3]
        value = sum(digit * 45**place for place, digit in enumerate(group))
        size = len(group) - 1
        if size == 0 or value >= 1 << 8 * size:
            raise _malformed("a group that no octets give")
        data += value.to_bytes(size, "big")
    return bytes(data)


def _malformed(reason: str) -> Malformed:
    return Malformed("base45_malformed", "This is not Base45 as it must be written.", reason=reason)
