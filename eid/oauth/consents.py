"""Consents: what a person let a client have. Remembered for the purpose and the scopes it was given for, until withdrawn.

Law on Personal Data Protection 2025; the person decides scope by scope, but for those that the service cannot do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed, NotFound
from eid.oauth.models import Client, Consent
from eid.oauth.tokens import record_grants_revoked


def find_consent(person_id: int, client: Client, asked: Sequence[str]) -> tuple[str, ...] | None:
    """The scopes that the person has granted of those asked for; None where they have to be asked.

    They have been asked where the purpose is the same and the scopes are those of then, or only ones that were granted.
    """
    found = _find_given(person_id, client)
    if found is None or found.purpose != client.purpose:
        return None
    is_covered = set(asked) == set(found.asked_scopes) or set(asked) <= set(found.granted_scopes)
    granted = tuple(scope for scope in asked if scope in found.granted_scopes)
    return granted if is_covered and set(client.required_scopes) & set(asked) <= set(granted) else None


def find_consents(person_id: int) -> Sequence[Consent]:
    """What the person lets services have today, newest first."""
    query = select(Consent).where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
    return db.session.scalars(query.order_by(Consent.id.desc())).all()


def check_granted(client: Client, asked: Sequence[str], granted: Sequence[str]) -> tuple[str, ...]:
    """The scopes granted, in order. Raises Malformed where one was not asked for or one that is required is missing."""
    wanted = set(granted) | (set(client.required_scopes) & {"openid"})
    if not wanted <= set(asked):
        raise Malformed("consent_scope", "Something was ticked that the service did not ask for.")
    if not set(client.required_scopes) & set(asked) <= wanted:
        raise Malformed("consent_required_scope", "The service cannot go on without what it marks as needed.")
    return tuple(scope for scope in asked if scope in wanted)


def record_consent(
    person_id: int, client: Client, *, asked: Sequence[str], granted: Sequence[str], now: datetime
) -> None:
    """Put this decision in place of an earlier one; the caller commits. Tokens that went further than it are revoked."""
    earlier = _find_given(person_id, client)
    if earlier is not None:
        earlier.withdrawn_at = now
        if not set(earlier.granted_scopes) <= set(granted):
            record_grants_revoked(person_id, client=client.id)
        db.session.flush()
    db.session.add(
        Consent(
            person_id=person_id,
            client_id=client.id,
            purpose=client.purpose,
            asked_scopes=list(asked),
            granted_scopes=list(granted),
            given_at=now,
        )
    )


def withdraw_consent(person_id: int, consent_id: int) -> None:
    """From now on the service has to ask again, and what it holds for this person opens nothing any more.

    Raises NotFound where the person has given no such consent; withdrawing twice is no error.
    """
    now = wall_now()
    consent = db.session.get(Consent, consent_id)
    if consent is None or consent.person_id != person_id:
        raise NotFound("consent_unknown", "There is no such consent.")
    db.session.execute(
        update(Consent).where(Consent.id == consent_id, Consent.withdrawn_at.is_(None)).values(withdrawn_at=now)
    )
    record_grants_revoked(person_id, client=consent.client_id)
    record_act(
        "withdraw_consent",
        actor_kind=ActorKind.PERSON,
        actor=person_id,
        person_id=person_id,
        client=consent.client.client_id,
    )
    db.session.commit()


def _find_given(person_id: int, client: Client) -> Consent | None:
    return db.session.scalar(
        select(Consent).where(
            Consent.person_id == person_id, Consent.client_id == client.id, Consent.withdrawn_at.is_(None)
        )
    )
