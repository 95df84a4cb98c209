"""What somebody who looks for a person may ask, read from what they typed: name, birth date or year, province, living or dead.

Pure. A query that would list a good part of the country is refused: it is no search for a person.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.population.names import LONGEST_WORD, fold_name, split_words
from eid.population.places import MERGER, find_successor, list_provinces

MOST_WORDS = 8
LONGEST_NAME = 120
FIRST_BIRTH_YEAR = 1850

_WILDCARDS = re.compile(r"[*?%_#\\\[\]]")
_DATE = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_PIN = re.compile(r"\d{12}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_FORMER_DAYS = (MERGER - timedelta(days=1), date(2024, 12, 31))
"""Between them they have every former name: Huế was Thừa Thiên Huế until 2024."""


@frozen
class PersonQuery:
    """Everything that is given must be true of whoever is found."""

    words: tuple[str, ...] = ()
    """Folded words of the name, in order of the alphabet; all must be in it, in whatever order."""
    born_from: date | None = None
    born_to: date | None = None
    """Both or neither; the same day for a birth date, a year for a year."""
    province: str | None = None
    """Code since 2025-07-01 of the province of residence."""
    old_province: str | None = None
    """Code until 2025-06-30, where one of the 63 is meant; `province` is then what it became part of."""
    alive: bool | None = None
    pin: str | None = None
    """Asked for alone."""

    @property
    def has_birth_date(self) -> bool:
        return self.born_from is not None and self.born_from == self.born_to


def parse_query(
    *,
    name: str = "",
    born: str = "",
    province: str = "",
    province_on: date | None = None,
    alive: bool | None = None,
    today: date,
) -> PersonQuery:
    """What is asked; empty texts ask nothing. Twelve digits in place of a name are a PIN.

    A province may be named as it was on the day `province_on`.

    Raises Malformed: search_empty, search_too_wide, search_wildcard, search_name, search_name_long, search_birth,
    search_province.
    """
    if _PIN.fullmatch(pin := "".join(name.split())):
        return PersonQuery(pin=pin)
    words = parse_name(name)
    born_from, born_to = parse_birth(born, today=today) if born.strip() else (None, None)
    new, old = parse_province(province, on=province_on, today=today) if province.strip() else (None, None)
    if not words and born_from is None and new is None:
        raise Malformed("search_empty", "Give a name, a birth date or a year of birth to search by.")
    if not words and born_from != born_to and new is None:
        raise Malformed("search_too_wide", "A year of birth needs a name or a province beside it.")
    if not words and born_from is None:
        raise Malformed("search_too_wide", "A province needs a name or a year of birth beside it.")
    return PersonQuery(words, born_from, born_to, new, old, alive)


def parse_name(text: str) -> tuple[str, ...]:
    """The words of a name to look for, accents and case gone.

    Raises Malformed: search_wildcard, search_name, search_name_long.
    """
    if _WILDCARDS.search(text):
        raise Malformed("search_wildcard", "Write whole words of the name: there are no wildcards.")
    words = split_words(fold_name(text))
    if (text.strip() and not words) or any(c.isdigit() for c in text):
        raise Malformed("search_name", "A name to search by is written in letters.")
    if len(text) > LONGEST_NAME or len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
        raise Malformed("search_name_long", "A name to search by has at most eight words.")
    return tuple(sorted(words))


def parse_birth(text: str, *, today: date) -> tuple[date, date]:
    """First and last day of a birth date or year: dd/mm/yyyy, yyyy-mm-dd or yyyy. Raises Malformed: search_birth."""
    text = text.strip()
    try:
        if _YEAR.fullmatch(text):
            first, last = date(int(text), 1, 1), date(int(text), 12, 31)
        elif found := _DATE.fullmatch(text):
            first = last = date(int(found[3]), int(found[2]), int(found[1]))
        elif found := _ISO_DATE.fullmatch(text):
            first = last = date(int(found[1]), int(found[2]), int(found[3]))
        else:
            raise ValueError(text)
        if not FIRST_BIRTH_YEAR <= first.year <= today.year:
            raise ValueError(text)
    except ValueError as error:
        raise Malformed("search_birth", "Write the birth date as dd/mm/yyyy, or the year alone.") from error
    return first, last


def parse_province(text: str, *, on: date | None = None, today: date) -> tuple[str, str | None]:
    """Code since July 2025 and, where one of the 63 is meant, code until then; by code or name, with or without accents.

    Without a day, today's provinces come first, then former ones. Raises Malformed: search_province.
    """
    for day in (on,) if on else (today, *_FORMER_DAYS):
        for province in list_provinces(day):
            if text.strip() == province.code or _fold_province(text) == _fold_province(province.name):
                return (province.code, None) if day >= MERGER else (find_successor(province.code), province.code)
    raise Malformed("search_province", "No province has this name or code.")


def _fold_province(name: str) -> str:
    """Letters only, so that neither the kind of province nor a hyphen or blank matters."""
    words = re.findall(r"[A-Z]+", fold_name(name))
    for kind in (["TINH"], ["THANH", "PHO"], ["TP"]):
        if words[: len(kind)] == kind:
            words = words[len(kind) :]
    return "".join(words)
