"""Disability, poverty and merit as pure rules: kinds, degrees, numbers, and how long what was decided holds.

Law on Persons with Disabilities 51/2010/QH12, article 3: six kinds, three degrees. Decision 24/2021/QĐ-TTg: households are
assessed each year, as poor or near-poor. Ordinance 02/2020/UBTVQH14, article 3: who has merit, and their relatives.
What allowance follows is not decided here.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from eid.agencies.values import EntitlementState
from eid.errors import Malformed
from eid.late_dataclasses import frozen


class DisabilityKind(StrEnum):
    MOBILITY = "mobility"
    HEARING_SPEECH = "hearing_speech"
    SIGHT = "sight"
    MENTAL = "mental"
    """Neurological and mental."""
    INTELLECTUAL = "intellectual"
    OTHER = "other"


class DisabilityDegree(StrEnum):
    EXTREMELY_SEVERE = "extremely_severe"
    SEVERE = "severe"
    MILD = "mild"


ALLOWANCE_DEGREES = frozenset({DisabilityDegree.EXTREMELY_SEVERE, DisabilityDegree.SEVERE})
"""Degrees with an allowance, and with health insurance of the group BT (Law on Persons with Disabilities, article 44)."""


class PovertyKind(StrEnum):
    POOR = "poor"
    NEAR_POOR = "near_poor"


class MeritKind(StrEnum):
    """Some of those of the ordinance's article 3, in its order."""

    BEFORE_UPRISING = "before_uprising"
    HEROIC_MOTHER = "heroic_mother"
    WAR_INVALID = "war_invalid"
    SICK_SOLDIER = "sick_soldier"
    TOXIC_CHEMICALS = "toxic_chemicals"
    IMPRISONED = "imprisoned"
    RESISTANCE_MEDAL = "resistance_medal"
    MARTYRS_RELATIVE = "martyrs_relative"
    RELATIVE = "relative"
    """Of a person of merit other than a martyr."""


class DecisionStatus(StrEnum):
    IN_FORCE = "in_force"
    ENDED = "ended"


@frozen
class DisabilityRecord:
    """A certificate of disability."""

    person_id: int
    number: str
    kinds: tuple[DisabilityKind, ...]
    degree: DisabilityDegree
    decided_on: date
    authority: str
    """The province in which it was decided."""
    authority_name: str
    state: EntitlementState
    updated_at: datetime


@frozen
class HouseholdMember:
    """Somebody whom a certificate of a poor household names."""

    full_name: str
    birth_date: date
    relation: str
    """To the head of the household, as the register has it on the day of the decision."""


@frozen
class PovertyRecord:
    """A poor or near-poor household's certificate, for one calendar year."""

    person_id: int
    number: str
    kind: PovertyKind
    valid_from: date
    valid_to: date
    members: tuple[HouseholdMember, ...]
    authority: str
    authority_name: str
    commune: str
    state: EntitlementState
    updated_at: datetime


@frozen
class MeritRecord:
    """That somebody is a person of merit, or a relative of one."""

    person_id: int
    number: str
    kind: MeritKind
    decided_on: date
    authority: str
    authority_name: str
    state: EntitlementState
    updated_at: datetime


_SCATTER, _NUMBERS = 61_803_399, 10**8


def build_certificate_number(letters: str, owner: int) -> str:
    """A number that no authority issues: letters, 00, and eight digits that neighbours do not share."""
    return f"{letters}00{owner * _SCATTER % _NUMBERS:08d}"


def end_of_year(year: int) -> date:
    return date(year, 12, 31)


def parse_kinds(kinds: tuple[str, ...]) -> tuple[DisabilityKind, ...]:
    """The kinds of these names, each once. Raises Malformed: disability_kind, also for none."""
    known = {str(kind): kind for kind in DisabilityKind}
    if not kinds or not set(kinds) <= set(known):
        raise Malformed("disability_kind", "There is no such kind of disability.")
    return tuple(known[name] for name in dict.fromkeys(kinds))


def parse_degree(degree: str) -> DisabilityDegree:
    """Raises Malformed: disability_degree."""
    if degree not in set(DisabilityDegree):
        raise Malformed("disability_degree", "There is no such degree of disability.")
    return DisabilityDegree(degree)


def parse_poverty(kind: str) -> PovertyKind:
    """Raises Malformed: poverty_kind."""
    if kind not in set(PovertyKind):
        raise Malformed("poverty_kind", "A household is poor or near-poor.")
    return PovertyKind(kind)


def parse_merit(kind: str) -> MeritKind:
    """Raises Malformed: merit_kind."""
    if kind not in set(MeritKind):
        raise Malformed("merit_kind", "There is no such kind of merit.")
    return MeritKind(kind)
