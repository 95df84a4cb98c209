"""Certificates of disability, poor households and merit made up for a whole register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import select

from eid.agencies.entitlement_models import (
    DisabilityCertificate,
    MeritRecognition,
    PovertyCertificate,
    PovertyMember,
)
from eid.agencies.entitlement_rules import DecisionStatus, build_certificate_number, end_of_year
from eid.agencies.entitlement_synthesis import draw_disability, draw_merit, poverty_of
from eid.agencies.insurance import find_object_codes
from eid.agencies.loader import Loader, insert_rows
from eid.agencies.synthesis import Resident
from eid.clock import world_now
from eid.db import db
from eid.population.models import Person, Relation


def _record_disabilities(residents: Sequence[Resident], today: date, rng: Random) -> int:
    drawn = [
        draw_disability(each.person_id, each.birth_date, each.province, today=today, rng=rng) for each in residents
    ]
    found = [columns | _in_force() for columns in drawn if columns is not None]
    insert_rows(DisabilityCertificate, found)
    return len(found)


def _record_merits(residents: Sequence[Resident], today: date, rng: Random) -> int:
    codes = find_object_codes(residents[0].person_id, residents[-1].person_id)
    drawn = [
        draw_merit(
            each.person_id, each.birth_date, each.sex, each.province, codes.get(each.person_id), today=today, rng=rng
        )
        for each in residents
    ]
    found = [columns | _in_force() for columns in drawn if columns is not None]
    insert_rows(MeritRecognition, found)
    return len(found)


def _record_poor_households(residents: Sequence[Resident], today: date, rng: Random) -> int:
    """One certificate a household that is poor, made where its head stands in the register."""
    heads = [each.person_id for each in residents if poverty_of(each.household_id) is not None]
    query = select(Person.id, Person.household_id, Person.residence_province, Person.residence_commune)
    found = query.where(Person.id.in_(heads), Person.relation_to_head == Relation.HEAD).order_by(Person.id)
    rows = db.session.execute(found).all()
    homes = {build_certificate_number("HN", row.id): row.household_id for row in rows}
    insert_rows(PovertyCertificate, [_certificate(row, today) for row in rows])
    made = select(PovertyCertificate.id, PovertyCertificate.number).where(PovertyCertificate.number.in_(homes))
    insert_rows(PovertyMember, _find_members({homes[number]: made_id for made_id, number in db.session.execute(made)}))
    return len(rows)


def _certificate(head: Any, today: date) -> dict[str, Any]:
    return {
        "number": build_certificate_number("HN", head.id),
        "kind": poverty_of(head.household_id),
        "valid_from": date(today.year, 1, 1),
        "valid_to": end_of_year(today.year),
        "province": head.residence_province,
        "commune": head.residence_commune,
        **_in_force(),
    }


def _find_members(certificates: dict[int | None, int]) -> list[dict[str, Any]]:
    """Of these households, by whose certificate."""
    query = select(Person.id, Person.household_id, Person.relation_to_head).where(Person.household_id.in_(certificates))
    living = query.where(Person.died_on.is_(None)).order_by(Person.id)
    return [
        {"certificate_id": certificates[home], "person_id": person_id, "relation": relation}
        for person_id, home, relation in db.session.execute(living)
    ]


def _in_force() -> dict[str, Any]:
    return {"status": DecisionStatus.IN_FORCE, "updated_at": world_now()}


DISABILITIES = Loader("disabilities", DisabilityCertificate.person_id, lambda: _record_disabilities)
POOR_HOUSEHOLDS = Loader("poor households", PovertyMember.person_id, lambda: _record_poor_households)
MERITS = Loader("merits", MeritRecognition.person_id, lambda: _record_merits)
