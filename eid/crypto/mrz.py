"""The machine-readable zone of a card: ICAO 9303-5, TD1, three lines of thirty, with the Vietnamese layout of its
first line.

Line 1 bears the last nine digits of the PIN as document number, the whole PIN as optional data, and in its last place
a check digit over that optional data, which ICAO does not ask for. Reading accepts every state's TD1 and the two-line
TD3 and TD2 of passports and visas.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from eid.errors import Malformed

NO_EXPIRY = date(2099, 12, 31)
"""How a card without an end is written: 991231."""

_DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = bytes(max(0, _DIGITS.find(octet)) for octet in range(256))
"""Octet of a character → its value; the filler counts nothing."""
_ALPHABET = re.compile(r"[A-Z0-9<]*")
_SPECIAL = {"Đ": "D", "đ": "D", "Ð": "D", "ß": "SS", "Ø": "OE", "ø": "OE", "Æ": "AE", "æ": "AE", "'": ""}


class _Letters(dict[int, str]):
    """Code point → the letters of the zone that stand for it: none for an accent, `<` for what is no letter."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        plain = unicodedata.normalize("NFD", _SPECIAL.get(character, character))
        letters = "".join(c for c in plain if not unicodedata.combining(c)).upper()
        written = re.sub(r"[^A-Z]", "<", letters)
        if point < _LATIN_ENDS:
            self[point] = written
        return written


_LATIN_ENDS = 0x2000
"""Letters before this are kept once they were met: they hold all Vietnamese ones, and are few."""
_LETTERS = _Letters()


class Mrz(NamedTuple):
    """What the zone says. `document_number` is nine places for TD1; names are as transliterated, words apart by one
    space."""

    document_code: str
    issuing_state: str
    document_number: str
    birth_date: str
    """YYMMDD as written; parts may be unknown (`<<`)."""
    sex: str
    expiry: str
    """YYMMDD as written."""
    nationality: str
    surname: str
    given_names: str
    optional_data: str
    wrong_check_digits: tuple[str, ...] = ()
    """Which check digits do not fit; a zone that was built has none."""

    def expires_on(self) -> date:
        """The date of expiry; two-digit years are of this century, because no card of the last one is read here."""
        return _parse_date(self.expiry, century=2000)


def check_digit(text: str) -> str:
    """The check digit of 9303-3, 4.9: weights 7, 3, 1, modulo 10."""
    values = text.encode("ascii", "replace").translate(_VALUES)
    return str((7 * sum(values[0::3]) + 3 * sum(values[1::3]) + sum(values[2::3])) % 10)


def transliterate(name: str) -> str:
    """A name in the zone's letters: without accents, Đ as D, whatever is no letter as `<`."""
    return "<".join(filter(None, name.translate(_LETTERS).split("<")))


def build_mrz(*, pin: str, surname: str, given_names: str, birth_date: date, sex: str, expires_on: date | None) -> str:
    """Ninety characters, three lines one after the other. `sex` is M or F; no `expires_on` means without end.

    Raises Malformed where the PIN has not twelve digits or the name no letter.
    """
    if not re.fullmatch(r"[0-9]{12}", pin) or sex not in ("M", "F") or not transliterate(surname):
        raise Malformed("mrz_malformed", "These details cannot be written in a machine-readable zone.")
    number, birth, expiry = pin[3:], f"{birth_date:%y%m%d}", f"{expires_on or NO_EXPIRY:%y%m%d}"
    number_field = number + check_digit(number)
    optional = f"{pin}<<"
    line_1 = f"IDVNM{number_field}{optional}{check_digit(optional)}"
    line_2 = f"{birth}{check_digit(birth)}{sex}{expiry}{check_digit(expiry)}VNM{'<' * 11}"
    composite = line_1[5:30] + line_2[0:7] + line_2[8:15] + line_2[18:29]
    name = f"{transliterate(surname)}<<{transliterate(given_names)}"[:30].ljust(30, "<")
    return line_1 + line_2 + check_digit(composite) + name


def parse_mrz(text: str) -> Mrz:
    """The inverse of build_mrz, for TD1 (90 characters), TD2 (72) and TD3 (88) of every state. Check digits that do
    not fit are named in the result, not refused. Raises Malformed where length or alphabet is wrong."""
    if not _ALPHABET.fullmatch(text):
        raise Malformed("mrz_malformed", "The machine-readable zone holds characters that it may not.")
    if len(text) == 90:
        return _parse_td1(text)
    if len(text) in (72, 88):
        return _parse_two_lines(text, len(text) // 2)
    raise Malformed("mrz_malformed", "The machine-readable zone has a wrong length.", reason=f"{len(text)} characters")


def _parse_td1(text: str) -> Mrz:
    one, two, three = text[:30], text[30:60], text[60:]
    wrong = _wrong_digits(
        document_number=(one[5:14], one[14]),
        birth_date=(two[0:6], two[6]),
        expiry=(two[8:14], two[14]),
        composite=(one[5:30] + two[0:7] + two[8:15] + two[18:29], two[29]),
    )
    if one[2:5] == "VNM":
        wrong += _wrong_digits(optional_data=(one[15:29], one[29]))
    number = one[5:14]
    optional = one[15:30]
    if one[14] == "<":  # 9303-5, 4.2.2, note j: a long number goes on in the optional data, its check digit last
        rest, _, optional = one[15:30].partition("<")
        number += rest[:-1]
        wrong = tuple(name for name in wrong if name != "document_number")
        wrong += _wrong_digits(document_number=(number, rest[-1:]))
    elif one[2:5] == "VNM":
        optional = one[15:29]
    return _mrz(one, number, two[0:6], two[7], two[8:14], two[15:18], three, optional + two[18:29], wrong)


def _parse_two_lines(text: str, width: int) -> Mrz:
    one, two = text[:width], text[width:]
    wrong = _wrong_digits(
        document_number=(two[0:9], two[9]), birth_date=(two[13:19], two[19]), expiry=(two[21:27], two[27])
    )
    wrong += _wrong_digits(composite=(two[0:10] + two[13:20] + two[21 : width - 1], two[width - 1]))
    if width == 44 and not (two[42] == "<" and not two[28:42].strip("<")):
        wrong += _wrong_digits(optional_data=(two[28:42], two[42]))
    optional = two[28:42] if width == 44 else two[28:35]
    return _mrz(one, two[0:9], two[13:19], two[20], two[21:27], two[10:13], one[5:], optional, wrong)


def _mrz(
    one: str,
    number: str,
    birth: str,
    sex: str,
    expiry: str,
    nationality: str,
    name: str,
    optional: str,
    wrong: tuple[str, ...],
) -> Mrz:
    surname, _, given = name.rstrip("<").partition("<<")
    return Mrz(
        document_code=one[0:2].rstrip("<"),
        issuing_state=one[2:5].rstrip("<"),
        document_number=number.rstrip("<"),
        birth_date=birth,
        sex=sex,
        expiry=expiry,
        nationality=nationality.rstrip("<"),
        surname=surname.replace("<", " ").strip(),
        given_names=given.replace("<", " ").strip(),
        optional_data=optional.strip("<"),
        wrong_check_digits=wrong,
    )


def _wrong_digits(**fields: tuple[str, str]) -> tuple[str, ...]:
    return tuple([name for name, (text, digit) in fields.items() if check_digit(text) != digit])


def _parse_date(text: str, *, century: int) -> date:
    try:
        return date(century + int(text[0:2]), int(text[2:4]), int(text[4:6]))
    except ValueError as error:
        raise Malformed("mrz_malformed", "A date in the machine-readable zone is none.") from error
