"""What a rule is: a sentence that holds in a good register, its dimension, where defects come in, who mends them. Pure."""

from __future__ import annotations

from enum import StrEnum

from eid.late_dataclasses import frozen


class Dimension(StrEnum):
    CORRECT = "correct"
    SUFFICIENT = "sufficient"
    CLEAN = "clean"
    LIVE = "live"


class Stage(StrEnum):
    """Where in a person's dealings with the register the defect came in."""

    NUMBER = "number"
    BIRTH = "birth"
    MARRIAGE = "marriage"
    RESIDENCE = "residence"
    DEATH = "death"
    EVENT = "event"
    CARD = "card"
    ACCOUNT = "account"


class Mender(StrEnum):
    CIVIL_REGISTRAR = "civil registrar of the commune"
    COMMUNE_POLICE = "police of the commune"
    PROVINCE_POLICE = "police of the province"
    AUTHORITY = "identification authority"


@frozen
class Rule:
    id: str
    dimension: Dimension
    stage: Stage
    sentence: str
    """What holds for every person of a good register."""
    mender: Mender
