"""Locks of an organisation's account (Decree 69/2024, articles 15, 29 and 30): while one holds, nobody acts in its name.

The record_ functions add to the caller's transaction; what the desk does is committed.
"""

from __future__ import annotations

from eid.accounts.organisation_finding import hold_organisation, record_act_for, tell_person
from eid.accounts.organisation_rules import (
    LIFTED_AT_DESK,
    OrganisationEvent,
    OrganisationLockReason,
    OrganisationState,
    state_after,
)
from eid.accounts.representation_models import Organisation, OrganisationLock
from eid.clock import world_now
from eid.db import db
from eid.errors import Conflict, Malformed, Refused
from eid.events import OrganisationLocked, post_event

LOCKED_TEXT = "eid: Tai khoan dinh danh dien tu cua to chuc ma ban dai dien da bi khoa."
UNLOCKED_TEXT = "eid: Tai khoan dinh danh dien tu cua to chuc ma ban dai dien da duoc mo khoa."
SHORTEST_WHY, LONGEST_WHY = 5, 200


def lock_organisation_at_desk(organisation_id: int, *, reason: str, why: str, officer: int) -> None:
    """The account is locked for this reason; `why` names the letter or the notice. Committed.

    Raises Malformed: reason_unknown, why_missing; NotFound: organisation_unknown; Conflict: organisation_<state>.
    """
    known = _parse_reason(reason, why)
    organisation = hold_organisation(organisation_id)
    record_organisation_lock(organisation, known, actor=organisation.asked_by, officer=officer, why=why)
    db.session.commit()


def unlock_organisation_at_desk(organisation_id: int, *, reason: str, why: str, officer: int) -> None:
    """This reason holds no more; committed.

    Raises as lock_organisation_at_desk; Refused: organisation_dissolved; Conflict: organisation_not_locked.
    """
    known = _parse_reason(reason, why)
    if known not in LIFTED_AT_DESK:
        raise Refused("organisation_dissolved", "An organisation that was dissolved does not come back.")
    record_organisation_unlock(hold_organisation(organisation_id), known, officer=officer, why=why)
    db.session.commit()


def record_organisation_lock(
    organisation: Organisation, reason: OrganisationLockReason, *, actor: int, officer: int | None = None, why: str = ""
) -> None:
    """Lock a row that the caller holds; from now on nobody acts in its name. A second lock for a reason changes nothing."""
    state = state_after(OrganisationState(organisation.state), OrganisationEvent.LOCK)
    if reason in organisation.lock_reasons:
        return
    organisation.locks.append(OrganisationLock(reason=reason, locked_at=world_now()))
    organisation.state = state
    if reason is OrganisationLockReason.DISSOLVED:
        organisation.closed_at = world_now()
    record_act_for(organisation, "lock_organisation", actor=actor, officer=officer, reason=str(reason), why=why)
    for representative in organisation.representatives:
        tell_person(representative.person_id, LOCKED_TEXT)
    post_event(OrganisationLocked(organisation.id, str(reason)))


def record_organisation_unlock(
    organisation: Organisation, reason: OrganisationLockReason, *, officer: int, why: str
) -> None:
    """Lift one reason from a row that the caller holds. Raises Conflict: organisation_not_locked."""
    if reason not in organisation.lock_reasons:
        raise Conflict("organisation_not_locked", "The organisation's account is not locked for this.")
    remaining = organisation.lock_reasons - {reason}
    event = OrganisationEvent.LIFT if remaining else OrganisationEvent.UNLOCK
    organisation.state = state_after(OrganisationState(organisation.state), event)
    organisation.locks[:] = [lock for lock in organisation.locks if lock.reason != reason]
    record_act_for(
        organisation,
        "unlock_organisation",
        actor=organisation.asked_by,
        officer=officer,
        reason=str(reason),
        why=why,
    )
    if not remaining:
        for representative in organisation.representatives:
            tell_person(representative.person_id, UNLOCKED_TEXT)


def _parse_reason(reason: str, why: str) -> OrganisationLockReason:
    if reason not in list(OrganisationLockReason):
        raise Malformed("reason_unknown", "Choose a reason.")
    if not SHORTEST_WHY <= len(why) <= LONGEST_WHY:
        raise Malformed("why_missing", "Say in a few words on whose notice or at whose wish.")
    return OrganisationLockReason(reason)
