"""The words of grounds, kinds, roles and mandates."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from eid.accounts.foreign_papers import ResidenceKind
from eid.accounts.guardian_rules import Ground
from eid.accounts.organisation_rules import (
    MemberRole,
    OrganisationAct,
    OrganisationKind,
    OrganisationLockReason,
    OrganisationState,
)

GROUNDS: dict[str, Any] = {
    Ground.PARENT: _("parent, by the register"),
    Ground.APPOINTED_MINOR: _("appointed guardian of a minor, until 18"),
    Ground.APPOINTED_ADULT: _("appointed guardian of an adult who cannot act"),
}
RESIDENCE_KINDS: dict[str, Any] = {
    ResidenceKind.TEMPORARY: _("temporary residence card"),
    ResidenceKind.PERMANENT: _("permanent residence card"),
}
KINDS: dict[str, Any] = {
    OrganisationKind.ENTERPRISE: _("Enterprise"),
    OrganisationKind.COOPERATIVE: _("Cooperative"),
    OrganisationKind.HOUSEHOLD_BUSINESS: _("Household business"),
    OrganisationKind.STATE_BODY: _("State body"),
    OrganisationKind.ASSOCIATION: _("Association"),
}
STATES: dict[str, Any] = {
    OrganisationState.WAITING: _("waits for the other representatives"),
    OrganisationState.DECLINED: _("a representative did not agree"),
    OrganisationState.REQUESTED: _("being examined"),
    OrganisationState.ACTIVE: _("active"),
    OrganisationState.LOCKED: _("locked"),
}
LOCK_REASONS: dict[str, Any] = {
    OrganisationLockReason.REPRESENTATIVE: _("a representative asked"),
    OrganisationLockReason.TERMS: _("the terms of use were broken"),
    OrganisationLockReason.AUTHORITY: _("an authority asked"),
    OrganisationLockReason.DISSOLVED: _("the organisation was dissolved"),
}
ROLES: dict[str, Any] = {
    MemberRole.DEPUTY: _("Deputy"),
    MemberRole.ACCOUNTANT: _("Accountant"),
    MemberRole.CLERK: _("Clerk"),
    MemberRole.EMPLOYEE: _("Employee"),
}
MAY: dict[str, Any] = {
    OrganisationAct.READ: _("see its pages and what was done in its name"),
    OrganisationAct.MEMBERS: _("take in members and release them"),
    OrganisationAct.STATE: _("issue signed statements in its name"),
    OrganisationAct.LOCK: _("lock its account"),
    OrganisationAct.SERVICES: _("register relying services in its name and look after them"),
}


def list_choices(words: dict[str, Any]) -> list[tuple[str, str]]:
    """The words to choose from, as a select has them."""
    return [(key, str(word)) for key, word in words.items()]
