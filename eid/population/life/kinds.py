"""The words of a life: what can happen, how somebody is married, what they are to the head of their household."""

from __future__ import annotations

from enum import StrEnum


class LifeEventKind(StrEnum):
    BIRTH = "birth"
    DEATH = "death"
    WIDOWHOOD = "widowhood"
    """Of the spouse who is left."""
    MARRIAGE = "marriage"
    DIVORCE = "divorce"
    MOVE = "move"
    HOUSEHOLD = "household"
    """What somebody is in a household changed, because of what happened to somebody else."""
    CORRECTION = "correction"
    CARD_DUE = "card_due"
    """Fourteen, 25, 40 or 60 years old (Law on Identification 26/2023, article 21)."""
    NATURALISATION = "naturalisation"
    CITIZENSHIP_LOSS = "citizenship_loss"


class MaritalStatus(StrEnum):
    SINGLE = "single"
    MARRIED = "married"
    WIDOWED = "widowed"
    DIVORCED = "divorced"


class Relation(StrEnum):
    """To the head of the household."""

    HEAD = "head"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    GRANDCHILD = "grandchild"
    OTHER = "other"
