"""Who is disabled, poor or of merit, made up so that it agrees with the group that their health insurance is with. Pure.

Whether a household is poor and a person disabled follows from their numbers alone, so the insurer and the commune say the same
whoever asks first. Of households 2.93 in a hundred are poor and 2.78 near-poor, as the review of 2023 found (5.71 together).
That three people in a hundred have a certificate of disability, and of which kinds and degrees, is made up within public
figures; who has merit is whoever is insured as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from eid.agencies.entitlement_rules import (
    ALLOWANCE_DEGREES,
    DisabilityDegree,
    DisabilityKind,
    MeritKind,
    PovertyKind,
    build_certificate_number,
)
from eid.agencies.terms import add_years

POOR, NEAR_POOR = 0.0293, 0.0278
CERTIFIED_DISABLED = 0.03
_DEGREES = (
    (DisabilityDegree.EXTREMELY_SEVERE, 0.12),
    (DisabilityDegree.SEVERE, 0.55),
    (DisabilityDegree.MILD, 1.0),
)
"""Shares, added up."""

_KINDS = (
    *((DisabilityKind.MOBILITY,),) * 4,
    (DisabilityKind.SIGHT,),
    (DisabilityKind.HEARING_SPEECH,),
    (DisabilityKind.MENTAL,),
    (DisabilityKind.MENTAL,),
    (DisabilityKind.INTELLECTUAL,),
    (DisabilityKind.OTHER,),
    (DisabilityKind.MOBILITY, DisabilityKind.HEARING_SPEECH),
)

_OWN_PAYERS = frozenset({"GD", "GB", "HS", "SV", "TN"})
"""Groups that somebody poor or disabled leaves: they pay all or a part themselves."""

_RING = 1 << 32
_HOUSEHOLDS, _PEOPLE = 2_654_435_769, 3_266_489_917
"""Odd: multiplied by one, neighbours land far apart, and any share of the ring holds that share of the numbers."""


def poverty_of(household_id: int | None) -> PovertyKind | None:
    """Whether a household of this number is poor, near-poor, or neither."""
    if household_id is None:
        return None
    place = household_id * _HOUSEHOLDS % _RING / _RING
    if place < POOR:
        return PovertyKind.POOR
    return PovertyKind.NEAR_POOR if place < POOR + NEAR_POOR else None


def disability_of(person_id: int) -> DisabilityDegree | None:
    """The degree of a person's disability; None where they have no certificate of one."""
    place = person_id * _PEOPLE % _RING / _RING / CERTIFIED_DISABLED
    return next((degree for degree, up_to in _DEGREES if place < up_to), None)


def fit_group(object_code: str, *, person_id: int, household_id: int | None, age: int) -> str:
    """The group of health insurance that somebody for whom this one was drawn is with, given all else that is so of them."""
    poverty = {PovertyKind.POOR: "HN", PovertyKind.NEAR_POOR: "CN", None: None}[poverty_of(household_id)]
    if object_code in ("HN", "CN"):
        object_code = poverty or ("HS" if age <= 17 else "GD")
    elif object_code in _OWN_PAYERS and poverty is not None:
        object_code = poverty
    if object_code in _OWN_PAYERS | {"HN", "CN"} and disability_of(person_id) in ALLOWANCE_DEGREES:
        return "BT"
    return object_code


def draw_disability(
    person_id: int, birth_date: date, province: str, *, today: date, rng: Random
) -> dict[str, Any] | None:
    """The columns of somebody's certificate, but for status and time; None where they have none."""
    degree, grown = disability_of(person_id), add_years(birth_date, 1)
    if degree is None or grown >= today:
        return None
    return {
        "person_id": person_id,
        "number": build_certificate_number("KT", person_id),
        "kinds": [str(kind) for kind in rng.choice(_KINDS)],
        "degree": degree,
        "decided_on": today - timedelta(days=rng.randrange(min((today - grown).days, 12 * 365))),
        "province": province,
    }


def draw_merit(
    person_id: int, birth_date: date, sex: str, province: str, object_code: str | None, *, today: date, rng: Random
) -> dict[str, Any] | None:
    """The columns of what somebody insured with this group was recognised for, but for status and time; None for nothing."""
    kinds = _kinds_of_merit(object_code, birth_date, sex)
    if not kinds:
        return None
    grown = add_years(birth_date, 18)
    days = max(1, min((today - grown).days, 30 * 365))
    return {
        "person_id": person_id,
        "number": build_certificate_number("NC", person_id),
        "kind": rng.choice(kinds),
        "decided_on": today - timedelta(days=rng.randrange(days)),
        "province": province,
    }


def _kinds_of_merit(object_code: str | None, birth_date: date, sex: str) -> Sequence[MeritKind]:
    if object_code == "TS":
        return (MeritKind.MARTYRS_RELATIVE,)
    if object_code == "TC":
        return (MeritKind.RELATIVE,)
    if object_code == "CC":
        if birth_date.year <= 1930:
            return (MeritKind.BEFORE_UPRISING, MeritKind.HEROIC_MOTHER) if sex == "F" else (MeritKind.BEFORE_UPRISING,)
        return (MeritKind.HEROIC_MOTHER,) if sex == "F" else (MeritKind.WAR_INVALID,)
    if object_code == "CK":
        fought = (MeritKind.TOXIC_CHEMICALS, MeritKind.IMPRISONED, MeritKind.RESISTANCE_MEDAL)
        return (MeritKind.WAR_INVALID, MeritKind.SICK_SOLDIER, *(fought if birth_date.year <= 1957 else ()))
    return ()
