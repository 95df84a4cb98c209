"""Vietnamese personal names: family name, middle name, given name, written in that order."""

from __future__ import annotations

import unicodedata

from eid.errors import Malformed


def join_name(surname: str, middle_name: str, given_name: str) -> str:
    """The full name as it is written; a person may have no middle name."""
    return " ".join(part for part in (surname, middle_name, given_name) if part)


def split_name(full_name: str) -> tuple[str, str, str]:
    """Surname, middle name (all words between; may be empty) and given name. Raises Malformed: name_malformed."""
    words = unicodedata.normalize("NFC", full_name).split()
    if len(words) < 2:
        raise Malformed("name_malformed", "A full name has a family name and a given name.")
    return words[0], " ".join(words[1:-1]), words[-1]


def fold_name(name: str) -> str:
    """The name in upper-case ASCII letters: accents off, Đ as D (ICAO 9303-3, section 6)."""
    decomposed = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).upper()
