"""The statements behind a search for people: which index leads, chosen here and not by the database's guess.

Neither database knows that the words of a name hang together, nor names and years of birth; left alone, either now and then reads
half the register to fill a page. So each statement has one way to go, and reads nothing but one index until it knows whom it
found: name by name through the names that have the rarest word, through the days of birth, or through one province in order of
names. A search by words first tries the first few names, which is enough for most; then it goes the way that is short whatever
is asked. All ways find the same people in the same order.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Date, TextClause, bindparam, text

from eid.db import db
from eid.late_dataclasses import frozen
from eid.population.name_conditions import write_has_word, write_is_glued
from eid.population.person_query import PersonQuery

FEW_NAMES = 1_000
"""So many names cost a few milliseconds, whoever bears them."""
MANY_NAMES = 5_000
"""So many cost less than reading a province. Words of more names count as equally frequent."""

_BY_NAME = {
    "sqlite": """
SELECT p.id FROM name_words w CROSS JOIN persons p INDEXED BY {index}
WHERE {names} AND p.folded_name = w.folded_name{filters}{after}
ORDER BY w.folded_name, p.birth_date, p.id LIMIT :most""",
    "postgresql": """
SELECT p.id FROM
  (SELECT w.folded_name FROM name_words w WHERE {names} ORDER BY w.folded_name) w
  CROSS JOIN LATERAL (
    SELECT p.id, p.birth_date FROM persons p WHERE p.folded_name = w.folded_name{filters}{after}
    ORDER BY p.birth_date, p.id LIMIT :most) p
ORDER BY w.folded_name, p.birth_date, p.id LIMIT :most""",
}
"""CROSS JOIN on SQLite and LATERAL on PostgreSQL take name by name, and stop when the page is full."""

_BY_BIRTH = """
WITH RECURSIVE places (code) AS (
  {places}),
born AS MATERIALIZED (
  SELECT p.id, p.folded_name, p.birth_date FROM places CROSS JOIN persons p{hint}
  WHERE p.residence_province = places.code AND p.birth_date BETWEEN :born_from AND :born_to{filters})
SELECT born.id FROM born ORDER BY born.folded_name, born.birth_date, born.id LIMIT :most"""

_ONE_PLACE = "SELECT CAST(:province AS VARCHAR(2))"
_ALL_PLACES = """SELECT min(residence_province) FROM persons UNION ALL
  SELECT (SELECT min(residence_province) FROM persons WHERE residence_province > code) FROM places WHERE code IS NOT NULL"""
"""Every province in which somebody lives, from one to the next through the index: also those that there are not."""

_BY_PROVINCE = """
SELECT p.id FROM persons p{hint} WHERE p.residence_province = :province{filters}
ORDER BY p.folded_name, p.birth_date, p.id LIMIT :most"""

_FROM_NAME = " AND {names}.folded_name >= :after_name"
_UNTIL_NAME = " AND w.folded_name < :until_name"
_AFTER = """
AND (p.folded_name > :after_name OR p.birth_date > :after_birth OR (p.birth_date = :after_birth AND p.id > :after_id))"""
"""Beside _FROM_NAME, which leaves out all names before."""

_NAMES_OF_WORD = "SELECT count(*) FROM (SELECT 1 FROM name_words{hint} WHERE word = :word{glued} LIMIT :most) n"
_NAME_AFTER_FEW = "SELECT w.folded_name FROM name_words w WHERE {names} ORDER BY w.folded_name LIMIT 1 OFFSET :few"

_DATES = ("born_from", "born_to", "after_birth")


@frozen
class Position:
    """Where in the order of pages somebody stands."""

    folded_name: str
    birth_date: date
    person_id: int


def find_ids(query: PersonQuery, *, after: Position | None, limit: int) -> list[int]:
    """The ids of the first people behind this position of whom all that was asked is true, in order."""
    words = _rarest_first(query.words)
    values: dict[str, Any] = {f"word_{i}": word for i, word in enumerate(words)}
    values |= {"province": query.province, "old_province": query.old_province, "most": limit}
    values |= {
        "born_from": query.born_from,
        "born_to": query.born_to,
        "few": MANY_NAMES if query.born_from is None else FEW_NAMES,
    }
    if after is not None:
        values |= {"after_name": after.folded_name, "after_birth": after.birth_date, "after_id": after.person_id}
    names = _names(words, after)
    if words and not query.has_birth_date:
        values["until_name"] = db.session.scalar(_typed(_NAME_AFTER_FEW.format(names=names)), values)
        are_few = values["until_name"] is None
        found = _read(_write_by_name(query, names if are_few else names + _UNTIL_NAME, after), values)
        if are_few or len(found) == limit:
            return found
    if query.born_from is not None:
        return _read(_write_by_birth(query, words, after), values)
    if query.province is not None:
        return _read(_write_by_province(query, words, after), values)
    return _read(_write_by_name(query, names, after), values)


def _rarest_first(words: tuple[str, ...]) -> list[str]:
    of_word = _NAMES_OF_WORD.format(hint="", glued="")
    counts = {word: _count(of_word, {"word": word}, MANY_NAMES) for word in words}
    return sorted(counts, key=lambda word: counts[word])


def _write_by_name(query: PersonQuery, names: str, after: Position | None) -> str:
    if query.province is not None:
        index = _province_index(query)
    else:
        index = "ix_persons_dead" if query.alive is False else "ix_persons_folded_name_birth_date"
    return _BY_NAME[_dialect()].format(
        names=names,
        index=index,
        filters=_born(query) + _place(query) + _old_place(query) + _alive(query),
        after=_AFTER if after else "",
    )


def _write_by_birth(query: PersonQuery, words: list[str], after: Position | None) -> str:
    return _BY_BIRTH.format(
        hint=_hint("ix_persons_by_birth"),
        places=_ALL_PLACES if query.province is None else _ONE_PLACE,
        filters=_old_place(query) + _alive(query) + _words(words) + _behind(after),
    )


def _write_by_province(query: PersonQuery, words: list[str], after: Position | None) -> str:
    return _BY_PROVINCE.format(
        hint=_hint(_province_index(query)), filters=_old_place(query) + _alive(query) + _words(words) + _behind(after)
    )


def _names(words: list[str], after: Position | None) -> str:
    """Of the names of the first word, those that have the others too."""
    others = "".join(f" AND {write_has_word('w.folded_name', f'word_{i}', _dialect())}" for i in range(1, len(words)))
    return f"w.word = :word_0{_FROM_NAME.format(names='w') if after else ''}{others}"


def _words(words: list[str]) -> str:
    """That a person bears them all; hardly any word is ever glued together, and asking costs more than finding that out."""
    parts = [
        write_has_word("p.folded_name", f"word_{i}", _dialect(), glued=_is_ever_glued(word))
        for i, word in enumerate(words)
    ]
    return "".join(f" AND {part}" for part in parts)


def _is_ever_glued(word: str) -> bool:
    glued = f" AND {write_is_glued('folded_name', 'word', _dialect())}"
    return _count(_NAMES_OF_WORD.format(hint=_hint("ix_name_words_glued"), glued=glued), {"word": word}, 0) > 0


def _behind(after: Position | None) -> str:
    return _FROM_NAME.format(names="p") + _AFTER if after else ""


def _born(query: PersonQuery) -> str:
    return "" if query.born_from is None else " AND p.birth_date BETWEEN :born_from AND :born_to"


def _place(query: PersonQuery) -> str:
    return "" if query.province is None else " AND p.residence_province = :province"


def _old_place(query: PersonQuery) -> str:
    return "" if query.old_province is None else f" AND {_beside('p.residence_old_province')} = :old_province"


def _alive(query: PersonQuery) -> str:
    if query.alive is None:
        return ""
    return " AND (p.died_on IS NULL) IS TRUE" if query.alive else " AND p.died_on IS NOT NULL"


def _beside(column: str) -> str:
    """A column to be read from the index, not to be led by: PostgreSQL 18 would count on skipping from value to value."""
    return f"{column} || ''"


def _province_index(query: PersonQuery) -> str:
    return "ix_persons_dead_by_province" if query.alive is False else "ix_persons_by_province"


def _hint(index: str) -> str:
    return f" INDEXED BY {index}" if _dialect() == "sqlite" else ""


def _dialect() -> str:
    return db.session.get_bind().dialect.name


def _count(statement: str, values: dict[str, Any], most: int) -> int:
    """How many rows there are, `most` + 1 where there are more."""
    return db.session.scalar(_typed(statement), values | {"most": most + 1}) or 0


def _read(statement: str, values: dict[str, Any]) -> list[int]:
    return list(db.session.scalars(_typed(statement), values))


def _typed(statement: str) -> TextClause:
    """The statement, its dates bound as dates; values that it does not name are left out by the driver's compiler."""
    return text(statement).bindparams(*(bindparam(name, type_=Date) for name in _DATES if f":{name}" in statement))
