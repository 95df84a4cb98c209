"""The order in which Vietnamese lists have people: by given name, then family name, then middle name.

Letters follow the alphabet (a ă â b c d đ e ê …); what differs by tone alone follows as level, huyền, hỏi, ngã, sắc, nặng.
Not for paging: neither database sorts so without a collation of its own.
"""

from __future__ import annotations

import unicodedata

_ALPHABET = " aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"

SortKey = tuple[tuple[int, ...], ...]


def build_sort_key(surname: str, middle_name: str, given_name: str) -> SortKey:
    """What to sort people by; letters of all three parts count before any tone."""
    parts = [unicodedata.normalize("NFD", part.lower()) for part in (given_name, surname, middle_name)]
    return (*(_place_letters(part) for part in parts), *(_place_tones(part) for part in parts))


def _place_letters(part: str) -> tuple[int, ...]:
    """Where each letter stands; a stranger to the alphabet follows all of it."""
    toneless = unicodedata.normalize("NFC", "".join(c for c in part if c not in _TONES))
    return tuple(_ALPHABET.index(c) if c in _ALPHABET else len(_ALPHABET) + ord(c) for c in toneless)


def _place_tones(part: str) -> tuple[int, ...]:
    """The tone of each word, 0 where it has none."""
    return tuple(max((_TONES.index(c) + 1 for c in word if c in _TONES), default=0) for word in part.split())
