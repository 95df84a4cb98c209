"""Rules about households and addresses."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, literal, or_, select

from eid.population.models import Household, Relation
from eid.population.numbers import years_before
from eid.population.places import MERGER, find_successor, list_provinces
from eid.population.quality.questions import OTHER, Check, P, alive, ask, people_today, people_where
from eid.population.quality.rules import Dimension, Mender, Rule, Stage

C, S, K, L = Dimension.CORRECT, Dimension.SUFFICIENT, Dimension.CLEAN, Dimension.LIVE
_COMMUNE = Mender.COMMUNE_POLICE
LARGEST_HOUSEHOLD = 50
OF_AGE = 18

_residences = [p.code + find_successor(p.code) for p in list_provinces(MERGER.replace(month=6))]
_heads = func.sum(case((P.relation_to_head == Relation.HEAD, 1), else_=0))
_first_member = select(func.min(P.id)).where(P.household_id.is_not(None)).group_by(P.household_id)
_lives_elsewhere = or_(
    Household.province != P.residence_province,
    Household.commune != P.residence_commune,
    Household.address != P.residence_address,
)
_name = literal("household ") + cast(Household.id, String)


def _is_minor_before_adult(today: date) -> ColumnElement[bool]:
    coming_of_age = years_before(today, OF_AGE)
    adult = exists().where(OTHER.household_id == P.household_id, OTHER.birth_date <= coming_of_age)
    return and_(P.relation_to_head == Relation.HEAD, P.birth_date > coming_of_age, adult)


def _is_child_without_adult(today: date) -> ColumnElement[bool]:
    coming_of_age = years_before(today, OF_AGE)
    adult = exists().where(OTHER.household_id == P.household_id, OTHER.birth_date <= coming_of_age)
    return and_(P.household_id.is_not(None), P.birth_date > coming_of_age, ~adult)


RESIDENCE_CHECKS = (
    Check(
        Rule("household-missing", S, Stage.RESIDENCE, "Everybody alive belongs to a household.", _COMMUNE),
        people_where(alive, P.household_id.is_(None)),
    ),
    Check(
        Rule("relation-missing", S, Stage.RESIDENCE, "Everybody in a household is something to its head.", _COMMUNE),
        people_where(P.household_id.is_not(None), P.relation_to_head.is_(None)),
    ),
    Check(
        Rule("residence-missing", S, Stage.RESIDENCE, "Everybody alive has a commune and an address.", _COMMUNE),
        people_where(alive, or_(func.trim(P.residence_commune) == "", func.trim(P.residence_address) == "")),
    ),
    Check(
        Rule(
            "province-impossible",
            K,
            Stage.RESIDENCE,
            "People live in a province that there is, today and before.",
            _COMMUNE,
        ),
        people_where((P.residence_old_province + P.residence_province).not_in(_residences)),
    ),
    Check(
        Rule("household-address", K, Stage.RESIDENCE, "Members of a household live at its address.", _COMMUNE),
        people_where(exists().where(Household.id == P.household_id, _lives_elsewhere)),
    ),
    Check(
        Rule("household-head", K, Stage.RESIDENCE, "A household has one head.", _COMMUNE),
        people_where(P.id.in_(_first_member.having(_heads != 1))),
    ),
    Check(
        Rule("household-minor", C, Stage.RESIDENCE, "No child heads a household in which an adult lives.", _COMMUNE),
        people_today(_is_minor_before_adult),
    ),
    Check(
        Rule(
            "household-adult",
            S,
            Stage.RESIDENCE,
            "Nobody under 18 lives in a household without an adult (Law on Residence 2020, article 12).",
            _COMMUNE,
        ),
        people_today(_is_child_without_adult),
    ),
    Check(
        Rule("household-size", C, Stage.RESIDENCE, "No household has more than fifty members.", _COMMUNE),
        people_where(P.id.in_(_first_member.having(func.count() > LARGEST_HOUSEHOLD))),
    ),
    Check(
        Rule("household-empty", L, Stage.RESIDENCE, "Every household has a member.", _COMMUNE),
        lambda: ask(
            select(Household.id, _name, Household.province)
            .where(~exists().where(P.household_id == Household.id))
            .order_by(Household.id)
        ),
    ),
)
