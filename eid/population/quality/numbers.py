"""Rules about numbers: the PIN and what it tells, numbers that were replaced, old identity numbers, telephones."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Integer, and_, case, cast, exists, func, or_, select

from eid.population.models import LifeEvent, LifeEventKind, ReplacedPin, Sex
from eid.population.numbers import ABROAD, FOREIGNER
from eid.population.places import MERGER, list_provinces
from eid.population.quality.questions import DIGITS, Check, P, Question, ask, people_today, people_where, year
from eid.population.quality.rules import Dimension, Mender, Rule, Stage

C, K = Dimension.CORRECT, Dimension.CLEAN
_PROVINCE = Mender.PROVINCE_POLICE
VIETNAM = "VNM"
BORN_TOO_LATE_FOR_OLD_NUMBER = date(2011, 1, 1)

_is_number = and_(func.length(P.pin) == 12, func.ltrim(P.pin, DIGITS) == "")
_prefix = func.substr(P.pin, 1, 3)
_digit = func.substr(P.pin, 4, 1)
_province_prefixes = [first + province.code for first in "09" for province in list_provinces(MERGER.replace(month=6))]
_two_digits = cast(func.substr(P.pin, 5, 2), Integer)
_told_year = case((_is_number, 1900 + cast(_digit, Integer) // 2 * 100 + _two_digits))
_told_sex = case((_digit.in_(list("02468")), Sex.MALE.value), else_=Sex.FEMALE.value)
_is_province = and_(_is_number, _prefix.in_(_province_prefixes))
_is_abroad = and_(_is_number, or_(_prefix == ABROAD, _prefix.between("101", "899")))


def _has_event(kind: LifeEventKind) -> Any:
    return exists().where(LifeEvent.person_id == P.id, LifeEvent.kind == kind)


def shared_with_earlier(column: Any) -> Question:
    """Of those who share a value, all but the first."""
    groups = select(column.label("value"), func.min(P.id).label("first")).where(column.is_not(None))
    shared = groups.group_by(column).having(func.count() > 1).subquery()
    later = select(P.id, P.pin, P.residence_province).join(
        shared, and_(column == shared.c.value, P.id > shared.c.first)
    )
    return lambda: ask(later.order_by(P.id))


NUMBER_CHECKS = (
    Check(Rule("pin-form", C, Stage.NUMBER, "A PIN has twelve digits.", _PROVINCE), people_where(~_is_number)),
    Check(
        Rule("pin-prefix", C, Stage.NUMBER, "A PIN starts with the code of a province or country.", _PROVINCE),
        people_where(_is_number, ~_is_province, ~_is_abroad, _prefix != FOREIGNER),
    ),
    Check(
        Rule("pin-sex", C, Stage.NUMBER, "A PIN tells the person's sex.", _PROVINCE),
        people_where(_is_number, P.sex != _told_sex),
    ),
    Check(
        Rule("pin-year", C, Stage.NUMBER, "A PIN tells the person's year of birth.", _PROVINCE),
        people_where(_told_year != year(P.birth_date)),
    ),
    Check(
        Rule("pin-province", C, Stage.NUMBER, "A PIN tells the province in which the birth was registered.", _PROVINCE),
        people_where(_is_province, func.substr(P.pin, 2, 2) != P.birth_province),
    ),
    Check(
        Rule("pin-country", C, Stage.NUMBER, "A PIN tells a birth abroad from a birth in Vietnam.", _PROVINCE),
        people_where(or_(and_(_is_province, P.birth_country != VIETNAM), and_(_is_abroad, P.birth_country == VIETNAM))),
    ),
    Check(
        Rule(
            "pin-foreigner",
            C,
            Stage.NUMBER,
            "Foreigners have foreigners' numbers and citizens have citizens', unless they changed citizenship.",
            _PROVINCE,
        ),
        people_where(
            or_(
                and_(_is_number, _prefix == FOREIGNER, P.nationality == VIETNAM)
                & ~_has_event(LifeEventKind.NATURALISATION),
                and_(or_(_is_province, _is_abroad), P.nationality != VIETNAM, P.nationality != "")
                & ~_has_event(LifeEventKind.CITIZENSHIP_LOSS),
            )
        ),
    ),
    Check(
        Rule("pin-replaced", K, Stage.NUMBER, "Nobody bears a PIN that was replaced.", _PROVINCE),
        people_where(P.pin.in_(select(ReplacedPin.pin))),
    ),
    Check(
        Rule(
            "pin-replaced-when", C, Stage.NUMBER, "A PIN was replaced after its holder's birth and by today.", _PROVINCE
        ),
        people_today(
            lambda today: exists().where(
                ReplacedPin.person_id == P.id,
                or_(ReplacedPin.replaced_on < P.birth_date, ReplacedPin.replaced_on > today),
            )
        ),
    ),
    Check(
        Rule("old-number-form", C, Stage.NUMBER, "An old identity number has nine digits.", _PROVINCE),
        people_where(or_(func.length(P.old_id_number) != 9, func.ltrim(P.old_id_number, DIGITS) != "")),
    ),
    Check(
        Rule(
            "old-number-age",
            C,
            Stage.NUMBER,
            "Nobody who was not fourteen by 2024, when the old identity cards ended, has a number of theirs.",
            _PROVINCE,
        ),
        people_where(P.old_id_number.is_not(None), P.birth_date >= BORN_TOO_LATE_FOR_OLD_NUMBER),
    ),
    Check(
        Rule("old-number-twice", K, Stage.NUMBER, "No old identity number belongs to two people.", _PROVINCE),
        shared_with_earlier(P.old_id_number),
    ),
    Check(
        Rule(
            "phone-form", C, Stage.NUMBER, "A telephone number is a zero and nine more digits.", Mender.COMMUNE_POLICE
        ),
        people_where(
            or_(func.length(P.phone) != 10, func.ltrim(P.phone, DIGITS) != "", func.substr(P.phone, 1, 1) != "0")
        ),
    ),
    Check(
        Rule("phone-twice", K, Stage.NUMBER, "No telephone number belongs to two people.", Mender.COMMUNE_POLICE),
        shared_with_earlier(P.phone),
    ),
)
