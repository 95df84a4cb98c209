"""The words of a life on pages: what happens, how somebody is married, what they are in a household."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from eid.population.life.kinds import LifeEventKind, MaritalStatus, Relation
from eid.population.numbers import Sex

KINDS: dict[str, Any] = {
    LifeEventKind.BIRTH: _("Birth"),
    LifeEventKind.DEATH: _("Death"),
    LifeEventKind.WIDOWHOOD: _("Widowhood"),
    LifeEventKind.MARRIAGE: _("Marriage"),
    LifeEventKind.DIVORCE: _("Divorce"),
    LifeEventKind.MOVE: _("Move"),
    LifeEventKind.HOUSEHOLD: _("Household changed"),
    LifeEventKind.CORRECTION: _("Correction"),
    LifeEventKind.CARD_DUE: _("Card due"),
    LifeEventKind.NATURALISATION: _("Naturalisation"),
    LifeEventKind.CITIZENSHIP_LOSS: _("Loss of citizenship"),
}

STATUSES: dict[str, Any] = {
    MaritalStatus.SINGLE: _("Single"),
    MaritalStatus.MARRIED: _("Married"),
    MaritalStatus.WIDOWED: _("Widowed"),
    MaritalStatus.DIVORCED: _("Divorced"),
}

RELATIONS: dict[str, Any] = {
    Relation.HEAD: _("Head of the household"),
    Relation.SPOUSE: _("Spouse of the head"),
    Relation.CHILD: _("Child of the head"),
    Relation.PARENT: _("Parent of the head"),
    Relation.SIBLING: _("Brother or sister of the head"),
    Relation.GRANDCHILD: _("Grandchild of the head"),
    Relation.OTHER: _("Other member"),
}

SEXES: dict[str, Any] = {Sex.MALE: _("Male"), Sex.FEMALE: _("Female")}
