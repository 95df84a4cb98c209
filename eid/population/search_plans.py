"""The statements behind a search for people: which index leads, chosen here and not by the database's guess.

Neither database knows that the words of a name hang together, nor names and years of birth; left alone, either now and then reads
half the register to fill a page. So each statement has one way to go: through the names that have the rarest word, through the
days of birth, or through one province by name. All find the same people; they differ in what they read on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, TextClause, bindparam, text

from eid.db import db
from eid.population.person_query import PersonQuery

FEW_NAMES = 2_000
"""So many names cost a few milliseconds, whoever bears them."""
FEW_BIRTHS = 4_000
"""So many people, read and sorted, too."""
MANY_NAMES = 20_000
"""Words of more names than this count as equally frequent."""

_BY_NAME = {
    "sqlite": """
SELECT p.id FROM name_words w CROSS JOIN persons p INDEXED BY {index}
WHERE w.word = :word_0{words}{from_name} AND p.folded_name = w.folded_name{filters}{after}
ORDER BY w.folded_name, p.birth_date, p.id LIMIT {limit}""",
    "postgresql": """
SELECT p.id FROM
  (SELECT w.folded_name FROM name_words w WHERE w.word = :word_0{words}{from_name} ORDER BY w.folded_name) w
  CROSS JOIN LATERAL (
    SELECT p.id, p.birth_date FROM persons p WHERE p.folded_name = w.folded_name{filters}{after}
    ORDER BY p.birth_date, p.id LIMIT {limit}) p
ORDER BY w.folded_name, p.birth_date, p.id LIMIT {limit}""",
}
"""CROSS JOIN on SQLite and LATERAL on PostgreSQL take name by name, and stop when the page is full."""

_BY_BIRTH = """
WITH born AS MATERIALIZED (
  SELECT p.id, p.folded_name, p.birth_date FROM persons p{hint}
  WHERE p.birth_date BETWEEN :born_from AND :born_to{filters})
SELECT p.id FROM born p WHERE 1 = 1{words}{after} ORDER BY p.folded_name, p.birth_date, p.id LIMIT {limit}"""

_BY_PROVINCE = """
SELECT p.id FROM persons p{hint} WHERE p.residence_province = :province{from_name}{filters}{after}
ORDER BY p.folded_name, p.birth_date, p.id LIMIT {limit}"""

_HAS_WORD = """
AND EXISTS (SELECT 1 FROM name_words o WHERE o.word = :word_{i} AND o.folded_name = {names}.folded_name LIMIT 1 OFFSET 0)"""
"""OFFSET keeps PostgreSQL from joining with every name of a frequent word, where one look for each name is enough."""

_AFTER = """
AND (p.folded_name > :after_name OR p.birth_date > :after_birth OR (p.birth_date = :after_birth AND p.id > :after_id))"""
"""Beside {from_name}, which leaves out all names before."""

_NAMES_OF_WORD = "SELECT count(*) FROM (SELECT 1 FROM name_words WHERE word = :word LIMIT {limit}) n"
_BIRTHS = (
    "SELECT count(*) FROM (SELECT 1 FROM persons WHERE birth_date BETWEEN :born_from AND :born_to LIMIT {limit}) n"
)

_PROVINCE_INDEX = "ix_persons_residence_province_folded_name_birth_date"
_DATES = ("born_from", "born_to", "after_birth")


@dataclass(frozen=True)
class Position:
    """Where in the order of pages somebody stands."""

    folded_name: str
    birth_date: date
    person_id: int


def find_ids(query: PersonQuery, *, after: Position | None, limit: int) -> list[int]:
    """The ids of the first people behind this position of whom all that was asked is true, in order."""
    counts = {word: _count(_NAMES_OF_WORD, {"word": word}, MANY_NAMES) for word in query.words}
    words = sorted(counts, key=lambda word: counts[word])
    values: dict[str, Any] = {f"word_{i}": word for i, word in enumerate(words)} | {"province": query.province}
    values |= {"old_province": query.old_province, "born_from": query.born_from, "born_to": query.born_to}
    if after is not None:
        values |= {"after_name": after.folded_name, "after_birth": after.birth_date, "after_id": after.person_id}
    if _is_led_by_birth(query, min(counts.values(), default=None)):
        statement = _write_by_birth(query, after)
    else:
        statement = _write_by_name(query, after) if words else _write_by_province(query, after)
    return list(db.session.scalars(_typed(statement.replace("{limit}", str(limit))), values))


def _is_led_by_birth(query: PersonQuery, fewest_names: int | None) -> bool:
    if query.born_from is None or query.has_birth_date:
        return query.has_birth_date
    if fewest_names is not None and fewest_names <= FEW_NAMES:
        return False
    return _count(_BIRTHS, {"born_from": query.born_from, "born_to": query.born_to}, FEW_BIRTHS) <= FEW_BIRTHS


def _write_by_name(query: PersonQuery, after: Position | None) -> str:
    index = "ix_persons_folded_name_birth_date" if query.province is None else _PROVINCE_INDEX
    return _BY_NAME[_dialect()].format(
        index=index if query.alive is not False else "ix_persons_dead",
        words=_words(query, names="w", first=1),
        from_name=" AND w.folded_name >= :after_name" if after else "",
        filters=_born(query) + _place(query) + _alive(query),
        after=_AFTER if after else "",
        limit="{limit}",
    )


def _write_by_birth(query: PersonQuery, after: Position | None) -> str:
    return _BY_BIRTH.format(
        hint=_hint("ix_persons_birth_date"),
        filters=_place(query) + _alive(query),
        words=_words(query, names="p", first=0),
        after=f" AND p.folded_name >= :after_name{_AFTER}" if after else "",
        limit="{limit}",
    )


def _write_by_province(query: PersonQuery, after: Position | None) -> str:
    return _BY_PROVINCE.format(
        hint=_hint(_PROVINCE_INDEX),
        from_name=" AND p.folded_name >= :after_name" if after else "",
        filters=_born(query) + _old_place(query) + _alive(query),
        after=_AFTER if after else "",
        limit="{limit}",
    )


def _words(query: PersonQuery, *, names: str, first: int) -> str:
    return "".join(_HAS_WORD.format(i=i, names=names) for i in range(first, len(query.words)))


def _born(query: PersonQuery) -> str:
    return "" if query.born_from is None else " AND p.birth_date BETWEEN :born_from AND :born_to"


def _place(query: PersonQuery) -> str:
    return "" if query.province is None else f" AND p.residence_province = :province{_old_place(query)}"


def _old_place(query: PersonQuery) -> str:
    return "" if query.old_province is None else " AND p.residence_old_province = :old_province"


def _alive(query: PersonQuery) -> str:
    return "" if query.alive is None else f" AND p.died_on IS {'' if query.alive else 'NOT '}NULL"


def _hint(index: str) -> str:
    return f" INDEXED BY {index}" if _dialect() == "sqlite" else ""


def _dialect() -> str:
    return db.session.get_bind().dialect.name


def _count(statement: str, values: dict[str, Any], most: int) -> int:
    """How many rows there are, `most` + 1 where there are more."""
    return db.session.scalar(_typed(statement.format(limit=most + 1)), values) or 0


def _typed(statement: str) -> TextClause:
    """The statement, its dates bound as dates; values that it does not name are left out by the driver's compiler."""
    return text(statement).bindparams(*(bindparam(name, type_=Date) for name in _DATES if f":{name}" in statement))
