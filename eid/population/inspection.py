"""Finds what breaks the rules of eid.population.quality, by one question to the database for each. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, exists, extract, func, or_, select
from sqlalchemy.orm import aliased

from eid.clock import world_today
from eid.db import db
from eid.population.life_events import LifeEventKind, MaritalStatus, Relation
from eid.population.models import Household, LifeEvent, Person
from eid.population.names import join_name
from eid.population.numbers import ABROAD, FOREIGNER, Sex
from eid.population.places import MERGER, find_successor, list_provinces
from eid.population.quality import RULES, Finding, QualityReport, Rule, is_same_name
from eid.population.synthesis.people import SNAPSHOT

EXAMPLES = 5
BIRTH_DAYS, DEATH_DAYS = 60, 15
DIGITS = "0123456789"

Defect = tuple[int, str, str]
"""A person's id, PIN and province of residence."""
Question = Callable[[], Iterator[Defect]]

P = Person
M, F, S = aliased(Person), aliased(Person), aliased(Person)
T = aliased(Person)
"""Somebody else, who may be the same."""


def audit_population(progress: Callable[[int], None] | None = None) -> QualityReport:
    """What breaks each rule today: how often, where, and a few examples. `progress` is told when a rule is done."""
    counted = select(P.residence_province, func.count()).group_by(P.residence_province)
    by_province = {row[0]: row[1] for row in db.session.execute(counted)}
    findings = []
    for rule in RULES:
        findings.append(_finding(rule))
        if progress is not None:
            progress(1)
    return QualityReport(sum(by_province.values()), by_province, tuple(findings))


def find_defects(rule_id: str) -> list[int]:
    """The ids of everybody who breaks this rule today, in order."""
    return [person_id for person_id, _, _ in _QUESTIONS[rule_id]()]


def _finding(rule: Rule) -> Finding:
    by_province: Counter[str] = Counter()
    examples: list[str] = []
    for _, pin, province in _QUESTIONS[rule.id]():
        by_province[province] += 1
        if len(examples) < EXAMPLES:
            examples.append(pin)
    return Finding(rule, by_province.total(), tuple(examples), dict(sorted(by_province.items())))


def _ask(query: Select[int, str, str]) -> Iterator[Defect]:
    rows = db.session.execute(query.order_by(P.id).execution_options(yield_per=10_000))
    return ((person_id, pin, province) for person_id, pin, province in rows)


def _people(*conditions: ColumnElement[bool]) -> Question:
    """Those of whom all of this holds."""
    return lambda: _ask(select(P.id, P.pin, P.residence_province).where(*conditions))


def _people_today(condition: Callable[[date], ColumnElement[bool]]) -> Question:
    return lambda: _people(condition(world_today()))()


def _year(column: Any) -> ColumnElement[int]:
    return extract("year", column)


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


def _days_until_recorded() -> ColumnElement[Any]:
    if db.engine.dialect.name == "sqlite":
        return func.julianday(func.date(LifeEvent.recorded_at)) - func.julianday(LifeEvent.effective_on)
    return func.date(LifeEvent.recorded_at) - LifeEvent.effective_on


def _recorded_late(kind: LifeEventKind, days: int) -> Question:
    def ask() -> Iterator[Defect]:
        late = exists().where(LifeEvent.person_id == P.id, LifeEvent.kind == kind, _days_until_recorded() > days)
        return _people(late)()

    return ask


def _duplicates() -> Iterator[Defect]:
    """Of two entries with one birth date, sex, place of birth, and one mother or address, the later one, if the names agree."""
    together = or_(
        and_(T.residence_commune == P.residence_commune, T.residence_address == P.residence_address),
        T.mother_id == P.mother_id,
    )
    same_birth = and_(T.birth_date == P.birth_date, T.sex == P.sex, T.birth_province == P.birth_province)
    name, other = (P.surname, P.middle_name, P.given_name), (T.surname, T.middle_name, T.given_name)
    query = (
        select(P.id, P.pin, P.residence_province, *name, *other).join(T, and_(same_birth, T.id < P.id)).where(together)
    )
    last = 0
    for person_id, pin, province, *names in db.session.execute(query.order_by(P.id)):
        if person_id != last and is_same_name(join_name(*names[:3]), join_name(*names[3:])):
            last = person_id
            yield person_id, pin, province


def _without_one_head() -> Iterator[Defect]:
    """Of each household with no head or several, the first member."""
    heads = func.sum(case((P.relation_to_head == Relation.HEAD, 1), else_=0))
    first = select(func.min(P.id)).where(P.household_id.is_not(None)).group_by(P.household_id).having(heads != 1)
    return _people(P.id.in_(first.scalar_subquery()))()


def _old_numbers_twice() -> Iterator[Defect]:
    """Of those who share an old identity number, all but the first."""
    has_one = select(P.old_id_number, func.min(P.id).label("first")).where(P.old_id_number.is_not(None))
    shared = has_one.group_by(P.old_id_number).having(func.count() > 1).subquery()
    return _people(P.old_id_number.in_(select(shared.c.old_id_number)), P.id.not_in(select(shared.c.first)))()


def _unknown(link: Any) -> Question:
    return _people(link.is_not(None), ~exists().where(T.id == link))


def _contains_digit_or_needless_space(column: Any) -> ColumnElement[bool]:
    return or_(column != func.trim(column), *(column.contains(part) for part in ("  ", *DIGITS)))


_is_number = and_(func.length(P.pin) == 12, func.ltrim(P.pin, DIGITS) == "")
_prefix = func.substr(P.pin, 1, 3)
_digit = func.substr(P.pin, 4, 1)
_old_codes = [province.code for province in list_provinces(MERGER.replace(month=6))]
_province_prefixes = [first + code for first in "09" for code in _old_codes]
_two_digits = cast(func.substr(P.pin, 5, 2), Integer)
_told_year = case((_is_number, 1900 + cast(_digit, Integer) // 2 * 100 + _two_digits))
_is_mother, _is_father, _is_spouse = M.id == P.mother_id, F.id == P.father_id, S.id == P.spouse_id
_mothers_age, _fathers_age = _year(P.birth_date) - _year(M.birth_date), _year(P.birth_date) - _year(F.birth_date)
_alive = P.died_on.is_(None)
_residences = [code + find_successor(code) for code in _old_codes]

_QUESTIONS: dict[str, Question] = {
    "pin-form": _people(~_is_number),
    "pin-prefix": _people(
        _is_number, _prefix.not_in([*_province_prefixes, ABROAD, FOREIGNER]), ~_prefix.between("101", "899")
    ),
    "pin-sex": _people(_is_number, P.sex != case((_digit.in_(list("02468")), Sex.MALE.value), else_=Sex.FEMALE.value)),
    "pin-year": _people(_told_year != _year(P.birth_date)),
    "pin-province": _people(_is_number, _prefix.in_(_province_prefixes), func.substr(P.pin, 2, 2) != P.birth_province),
    "birth-future": _people_today(lambda today: P.birth_date > today),
    "age-130": _people_today(lambda today: and_(_alive, P.birth_date <= _years_before(today, 130))),
    "death-order": _people_today(lambda today: or_(P.died_on < P.birth_date, P.died_on > today)),
    "mother-age": _people(exists().where(_is_mother, or_(_mothers_age < 12, _mothers_age > 60))),
    "father-age": _people(exists().where(_is_father, or_(_fathers_age < 12, _fathers_age > 90))),
    "parent-sex": _people(
        or_(exists().where(_is_mother, M.sex != Sex.FEMALE), exists().where(_is_father, F.sex != Sex.MALE))
    ),
    "mother-dead": _people(exists().where(_is_mother, M.died_on < P.birth_date)),
    "spouse-mutual": _people(_alive, exists().where(_is_spouse, or_(S.spouse_id.is_(None), S.spouse_id != P.id))),
    "spouse-status": _people(
        _alive, P.marital_status != MaritalStatus.MARRIED, exists().where(_is_spouse, S.died_on.is_(None))
    ),
    "spouse-age": _people_today(
        lambda today: and_(P.marital_status != MaritalStatus.SINGLE, P.birth_date > _years_before(today, 16))
    ),
    "name-missing": _people(or_(func.trim(P.surname) == "", func.trim(P.given_name) == "")),
    "origin-missing": _people(or_(func.trim(P.ethnicity) == "", func.trim(P.nationality) == "")),
    "household-missing": _people(_alive, P.household_id.is_(None)),
    "residence-missing": _people(
        _alive, or_(func.trim(P.residence_commune) == "", func.trim(P.residence_address) == "")
    ),
    "duplicate": _duplicates,
    "old-number-twice": _old_numbers_twice,
    "mother-unknown": _unknown(P.mother_id),
    "father-unknown": _unknown(P.father_id),
    "spouse-unknown": _unknown(P.spouse_id),
    "name-form": _people(
        or_(*(_contains_digit_or_needless_space(column) for column in (P.surname, P.middle_name, P.given_name)))
    ),
    "province-impossible": _people((P.residence_old_province + P.residence_province).not_in(_residences)),
    "household-address": _people(
        exists().where(
            Household.id == P.household_id,
            or_(
                Household.province != P.residence_province,
                Household.commune != P.residence_commune,
                Household.address != P.residence_address,
            ),
        )
    ),
    "household-head": _without_one_head,
    "birth-late": _recorded_late(LifeEventKind.BIRTH, BIRTH_DAYS),
    "death-late": _recorded_late(LifeEventKind.DEATH, DEATH_DAYS),
    "death-event": _people(
        P.died_on >= SNAPSHOT, ~exists().where(LifeEvent.person_id == P.id, LifeEvent.kind == LifeEventKind.DEATH)
    ),
    "spouse-dead": _people(_alive, exists().where(_is_spouse, S.died_on.is_not(None))),
}
