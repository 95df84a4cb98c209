"""Rules about births and parents."""

from __future__ import annotations

from sqlalchemy import and_, exists, func, or_, select

from eid.population.models import LifeEvent, LifeEventKind, Sex
from eid.population.quality.questions import (
    FATHER,
    MOTHER,
    OTHER,
    Check,
    P,
    ask,
    day_in_vietnam,
    days_between,
    is_father,
    is_mother,
    people_today,
    people_where,
    year,
)
from eid.population.quality.rules import Dimension, Mender, Rule, Stage
from eid.population.snapshot import SNAPSHOT

C, S, K, L = Dimension.CORRECT, Dimension.SUFFICIENT, Dimension.CLEAN, Dimension.LIVE
_REGISTRAR = Mender.CIVIL_REGISTRAR
VIETNAM = "VNM"
BIRTH_DAYS = 60
LONGEST_AFTER_FATHER = 310
NEAREST_BIRTHS, SAME_BIRTH = 210, 1
"""Days between births of one mother; two children of one birth may have a midnight between them."""

_mothers_age, _fathers_age = year(P.birth_date) - year(MOTHER.birth_date), year(P.birth_date) - year(FATHER.birth_date)
_before = func.lag(P.birth_date).over(partition_by=P.mother_id, order_by=(P.birth_date, P.id)).label("before")
_births = select(P.id, P.pin, P.residence_province, P.birth_date, _before).where(P.mother_id.is_not(None)).subquery()
_too_near = days_between(_births.c.before, _births.c.birth_date).between(SAME_BIRTH + 1, NEAREST_BIRTHS - 1)

BIRTH_CHECKS = (
    Check(
        Rule("birth-future", C, Stage.BIRTH, "Nobody is born in the future.", _REGISTRAR),
        people_today(lambda today: P.birth_date > today),
    ),
    Check(
        Rule(
            "birth-place", C, Stage.BIRTH, "Who was born in Vietnam has a province of birth, nobody else.", _REGISTRAR
        ),
        people_where(
            or_(
                and_(P.birth_country == VIETNAM, P.birth_province.is_(None)),
                and_(P.birth_country != VIETNAM, P.birth_province.is_not(None)),
            )
        ),
    ),
    Check(
        Rule("mother-age", C, Stage.BIRTH, "A mother is 12 to 60 years older than her child.", _REGISTRAR),
        people_where(exists().where(is_mother, or_(_mothers_age < 12, _mothers_age > 60))),
    ),
    Check(
        Rule("father-age", C, Stage.BIRTH, "A father is 12 to 90 years older than his child.", _REGISTRAR),
        people_where(exists().where(is_father, or_(_fathers_age < 12, _fathers_age > 90))),
    ),
    Check(
        Rule("parent-sex", C, Stage.BIRTH, "Mothers are women and fathers are men.", _REGISTRAR),
        people_where(
            or_(exists().where(is_mother, MOTHER.sex != Sex.FEMALE), exists().where(is_father, FATHER.sex != Sex.MALE))
        ),
    ),
    Check(
        Rule("mother-dead", C, Stage.BIRTH, "Nobody is born after the mother's death.", _REGISTRAR),
        people_where(exists().where(is_mother, MOTHER.died_on < P.birth_date)),
    ),
    Check(
        Rule(
            "father-dead", C, Stage.BIRTH, "Nobody is born more than ten months after the father's death.", _REGISTRAR
        ),
        people_where(exists().where(is_father, days_between(FATHER.died_on, P.birth_date) > LONGEST_AFTER_FATHER)),
    ),
    Check(
        Rule("births-near", C, Stage.BIRTH, "A mother's births are on one day or 210 days apart.", _REGISTRAR),
        lambda: ask(
            select(_births.c.id, _births.c.pin, _births.c.residence_province).where(_too_near).order_by(_births.c.id)
        ),
    ),
    Check(
        Rule("mother-missing", S, Stage.BIRTH, "Whoever was born after the register opened has a mother.", _REGISTRAR),
        people_where(P.birth_date > SNAPSHOT, P.birth_country == VIETNAM, P.mother_id.is_(None)),
    ),
    Check(
        Rule(
            "birth-record",
            S,
            Stage.BIRTH,
            "Whoever was born in Vietnam after the register opened has a record.",
            _REGISTRAR,
        ),
        people_where(
            P.birth_date > SNAPSHOT,
            P.birth_country == VIETNAM,
            ~exists().where(LifeEvent.person_id == P.id, LifeEvent.kind == LifeEventKind.BIRTH),
        ),
    ),
    Check(
        Rule("mother-unknown", K, Stage.BIRTH, "Whoever is named as a mother is in the register.", _REGISTRAR),
        people_where(P.mother_id.is_not(None), ~exists().where(OTHER.id == P.mother_id)),
    ),
    Check(
        Rule("father-unknown", K, Stage.BIRTH, "Whoever is named as a father is in the register.", _REGISTRAR),
        people_where(P.father_id.is_not(None), ~exists().where(OTHER.id == P.father_id)),
    ),
    Check(
        Rule(
            "birth-late",
            L,
            Stage.BIRTH,
            "A birth is recorded within 60 days (Law on Civil Status, article 15).",
            _REGISTRAR,
        ),
        people_where(
            P.id.in_(
                select(LifeEvent.person_id).where(
                    LifeEvent.kind == LifeEventKind.BIRTH,
                    days_between(LifeEvent.effective_on, day_in_vietnam(LifeEvent.recorded_at)) > BIRTH_DAYS,
                )
            )
        ),
    ),
)
