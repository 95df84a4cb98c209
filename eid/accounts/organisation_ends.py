"""What a death ends in organisations: who has died represents none and is a member of none. Adds, and never commits."""

from __future__ import annotations

from sqlalchemy import select

from eid.accounts.acting import list_open_mandates
from eid.accounts.organisation_finding import list_represented
from eid.accounts.representation_models import OrganisationMember
from eid.audit import ActorKind, record_act
from eid.clock import world_now
from eid.db import db
from eid.events import PersonDied


def end_places_of_dead(died: PersonDied) -> None:
    """Handles PersonDied. Mandates that the dead gave to others stand until somebody ends them: the organisation gave them."""
    for organisation in list_represented(died.person_id):
        kept = [one for one in organisation.representatives if one.person_id != died.person_id]
        organisation.representatives[:] = kept
        _record("end_representation", organisation.id, died.person_id)
    now = world_now()
    places = select(OrganisationMember).where(
        OrganisationMember.person_id == died.person_id, OrganisationMember.left_at.is_(None)
    )
    for member in db.session.scalars(places):
        member.left_at = now
        for mandate in list_open_mandates(member.id):
            mandate.revoked_at = now
        _record("release_member", member.organisation_id, died.person_id)


def _record(act: str, organisation_id: int, person_id: int) -> None:
    record_act(act, actor_kind=ActorKind.SYSTEM, actor="", person_id=person_id, organisation=organisation_id)
