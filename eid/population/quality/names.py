"""Rules about names and where people come from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sqlalchemy import exists, func, or_, select

from eid.db import db
from eid.population.models import NameWord
from eid.population.names import fold_name, join_name
from eid.population.origins import COUNTRIES, STATELESS, ethnic_groups
from eid.population.quality.questions import Check, Defect, P, first_word, people_where
from eid.population.quality.rules import Dimension, Mender, Rule, Stage

C, S, K = Dimension.CORRECT, Dimension.SUFFICIENT, Dimension.CLEAN
_REGISTRAR = Mender.CIVIL_REGISTRAR
MARKS = "[\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323]"
"""Vietnamese accents as characters of their own: letters are stored composed (NFC)."""

_written = P.surname + "|" + P.middle_name + "|" + P.given_name


def _folded_otherwise() -> Iterator[Defect]:
    """No database folds names without extensions, so every name passes by here; its parts recur and are folded once."""
    fold = lru_cache(100_000)(fold_name)
    columns = (P.id, P.pin, P.residence_province, P.folded_name, P.surname, P.middle_name, P.given_name)
    for row in db.session.execute(select(*columns).order_by(P.id).execution_options(yield_per=10_000)):
        if row[3] != join_name(fold(row[4]), fold(row[5]), fold(row[6])):
            yield Defect(row[0], row[1], row[2])


NAME_CHECKS = (
    Check(
        Rule("name-missing", S, Stage.BIRTH, "Everybody has a surname and a given name.", _REGISTRAR),
        people_where(or_(func.trim(P.surname) == "", func.trim(P.given_name) == "")),
    ),
    Check(
        Rule("name-form", K, Stage.BIRTH, "Names hold no digits and no needless spaces.", _REGISTRAR),
        people_where(_written.regexp_match("[0-9]|  |(^|[|]) | ([|]|$)")),
    ),
    Check(
        Rule("name-composed", K, Stage.BIRTH, "A letter of a name and its accents are one character.", _REGISTRAR),
        people_where(_written.regexp_match(MARKS)),
    ),
    Check(
        Rule("folded-name", C, Stage.BIRTH, "The name without accents is the name.", _REGISTRAR),
        _folded_otherwise,
    ),
    Check(
        Rule("name-findable", C, Stage.BIRTH, "Everybody is found by the family name.", _REGISTRAR),
        people_where(
            P.folded_name != "",
            ~exists().where(NameWord.word == first_word(P.folded_name), NameWord.folded_name == P.folded_name),
        ),
    ),
    Check(
        Rule("origin-missing", S, Stage.BIRTH, "Everybody has an ethnic group and a nationality.", _REGISTRAR),
        people_where(or_(func.trim(P.ethnicity) == "", func.trim(P.nationality) == "")),
    ),
    Check(
        Rule("ethnicity-unknown", C, Stage.BIRTH, "An ethnic group is one of the 54, or a foreigner's.", _REGISTRAR),
        people_where(func.trim(P.ethnicity) != "", P.ethnicity.not_in(ethnic_groups())),
    ),
    Check(
        Rule("nationality-unknown", C, Stage.BIRTH, "A nationality is a country's code.", _REGISTRAR),
        people_where(func.trim(P.nationality) != "", P.nationality.not_in([*COUNTRIES, *STATELESS])),
    ),
    Check(
        Rule("birth-country-unknown", C, Stage.BIRTH, "Everybody was born in a country that there is.", _REGISTRAR),
        people_where(P.birth_country.not_in(COUNTRIES)),
    ),
)
