"""Rules about spouses. The dead keep their last spouse; whoever outlived them has none."""

from __future__ import annotations

from sqlalchemy import and_, exists, or_

from eid.population.models import MaritalStatus
from eid.population.numbers import years_before
from eid.population.quality.questions import OTHER, SPOUSE, Check, P, alive, is_spouse, people_today, people_where
from eid.population.quality.rules import Dimension, Mender, Rule, Stage

C, S, K, L = Dimension.CORRECT, Dimension.SUFFICIENT, Dimension.CLEAN, Dimension.LIVE
_REGISTRAR = Mender.CIVIL_REGISTRAR

_is_child_or_parent = or_(
    P.mother_id == SPOUSE.id, P.father_id == SPOUSE.id, SPOUSE.mother_id == P.id, SPOUSE.father_id == P.id
)
_is_sibling = or_(P.mother_id == SPOUSE.mother_id, P.father_id == SPOUSE.father_id)

MARRIAGE_CHECKS = (
    Check(
        Rule("spouse-mutual", C, Stage.MARRIAGE, "A spouse's spouse is the person.", _REGISTRAR),
        people_where(alive, exists().where(is_spouse, or_(SPOUSE.spouse_id.is_(None), SPOUSE.spouse_id != P.id))),
    ),
    Check(
        Rule("spouse-status", C, Stage.MARRIAGE, "Whoever has a living spouse counts as married.", _REGISTRAR),
        people_where(
            alive, P.marital_status != MaritalStatus.MARRIED, exists().where(is_spouse, SPOUSE.died_on.is_(None))
        ),
    ),
    Check(
        Rule("spouse-age", C, Stage.MARRIAGE, "Nobody younger than 16 is married, widowed or divorced.", _REGISTRAR),
        people_today(
            lambda today: and_(P.marital_status != MaritalStatus.SINGLE, P.birth_date > years_before(today, 16))
        ),
    ),
    Check(
        Rule(
            "spouse-sex",
            C,
            Stage.MARRIAGE,
            "Spouses are a man and a woman (Law on Marriage and Family 2014, article 8).",
            _REGISTRAR,
        ),
        people_where(alive, exists().where(is_spouse, SPOUSE.sex == P.sex)),
    ),
    Check(
        Rule(
            "spouse-kin",
            C,
            Stage.MARRIAGE,
            "Nobody is married to a parent, child, brother or sister (Law on Marriage and Family 2014, article 5).",
            _REGISTRAR,
        ),
        people_where(alive, exists().where(is_spouse, or_(_is_child_or_parent, _is_sibling))),
    ),
    Check(
        Rule("spouse-missing", S, Stage.MARRIAGE, "Whoever counts as married has a spouse.", _REGISTRAR),
        people_where(alive, P.marital_status == MaritalStatus.MARRIED, P.spouse_id.is_(None)),
    ),
    Check(
        Rule("spouse-unknown", K, Stage.MARRIAGE, "Whoever is named as a spouse is in the register.", _REGISTRAR),
        people_where(P.spouse_id.is_not(None), ~exists().where(OTHER.id == P.spouse_id)),
    ),
    Check(
        Rule("spouse-dead", L, Stage.MARRIAGE, "Nobody counts as married to somebody dead.", _REGISTRAR),
        people_where(alive, exists().where(is_spouse, SPOUSE.died_on.is_not(None))),
    ),
)
