"""Who may have which account, as a table (Decree 69/2024, articles 7, 10 and 11). Pure.

An organisation's account has no level: it is opened by a representative who has one of level 2 of their own.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from eid.accounts.levels import AccountLevel
from eid.errors import Conflict, Refused
from eid.late_dataclasses import frozen

OF_AGE_FOR_OWN_ACCOUNT = 14
YOUNGEST_FOR_LEVEL_2 = 6


class Subject(StrEnum):
    CITIZEN = "citizen"
    FOREIGNER = "foreigner"
    ORGANISATION = "organisation"


class Prerequisite(StrEnum):
    IDENTITY_CARD = "identity_card"
    RESIDENCE_CARD = "residence_card"
    """Of permanent or temporary residence, with a passport."""
    REGISTRATION = "registration"
    """An organisation is established or registered in Vietnam."""


@frozen
class Entitlement:
    """One row: a subject of this age, who has this, may have an account of these levels, through a guardian or not."""

    subject: Subject
    from_age: int
    below_age: int | None
    needs: Prerequisite
    levels: tuple[AccountLevel, ...]
    through_guardian: bool

    def covers(self, age: int) -> bool:
        return self.from_age <= age and (self.below_age is None or age < self.below_age)


_BOTH = (AccountLevel.ONE, AccountLevel.TWO)
_FIRST = (AccountLevel.ONE,)
_CARD, _RESIDENCE = Prerequisite.IDENTITY_CARD, Prerequisite.RESIDENCE_CARD

ENTITLEMENTS: tuple[Entitlement, ...] = (
    Entitlement(Subject.CITIZEN, 14, None, _CARD, _BOTH, through_guardian=False),
    Entitlement(Subject.CITIZEN, 6, 14, _CARD, _BOTH, through_guardian=True),
    Entitlement(Subject.CITIZEN, 0, 6, _CARD, _FIRST, through_guardian=True),
    Entitlement(Subject.FOREIGNER, 14, None, _RESIDENCE, _BOTH, through_guardian=False),
    Entitlement(Subject.FOREIGNER, 6, 14, _RESIDENCE, _BOTH, through_guardian=True),
    Entitlement(Subject.FOREIGNER, 0, 6, _RESIDENCE, _FIRST, through_guardian=True),
    Entitlement(Subject.ORGANISATION, 0, None, Prerequisite.REGISTRATION, (), through_guardian=False),
)


def find_entitlement(subject: Subject, age: int) -> Entitlement:
    """The row for somebody of this age; an organisation's age does not count."""
    return next(row for row in ENTITLEMENTS if row.subject == subject and row.covers(max(age, 0)))


def check_may_have(
    subject: Subject,
    *,
    age: int,
    level: AccountLevel | None,
    holds: Collection[Prerequisite],
    by_guardian: bool,
) -> Entitlement:
    """The row that entitles to this account.

    `by_guardian` says that a guardian asks: whoever can act for themselves may be a ward of an appointed guardian as well, so
    that is never refused. Raises Refused: guardian_needed, level_not_offered; Conflict: card_missing, residence_missing,
    registration_missing.
    """
    row = find_entitlement(subject, age)
    if row.through_guardian and not by_guardian:
        raise Refused("guardian_needed", "A guardian asks for the account of somebody younger than 14.")
    if level not in (row.levels or (None,)):
        raise Refused("level_not_offered", "An account of this level is not for somebody of this age.")
    if row.needs not in holds:
        raise _missing(row.needs)
    return row


def _missing(needs: Prerequisite) -> Conflict:
    refusals = {
        Prerequisite.IDENTITY_CARD: Conflict("card_missing", "This person has no card."),
        Prerequisite.RESIDENCE_CARD: Conflict(
            "residence_missing", "This person has no passport and residence card that are good today."
        ),
        Prerequisite.REGISTRATION: Conflict("registration_missing", "This organisation is not registered in Vietnam."),
    }
    return refusals[needs]
