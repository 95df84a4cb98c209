"""Consents: what a person let a client have. Remembered for the purpose and the attributes that they were given for, for a year
or less, until withdrawn.

Law on Personal Data Protection 2025; the person decides attribute by attribute, but for those that the service cannot do without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, insert, select, update

from eid.accounts.guardianships import is_ward_born, was_appointed_for
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db, run, table_of
from eid.errors import Conflict, NotFound
from eid.name_lists import names_of
from eid.oauth.asking import (
    Asking,
    Granted,
    build_groups,
    find_pending,
    list_items,
    list_needed,
    list_scope_items,
)
from eid.oauth.authorization_details import covers
from eid.oauth.claims import OPENID
from eid.oauth.models import Client, Consent
from eid.oauth.tokens import record_grants_revoked
from eid.population.models import Person
from eid.prepared import Prepared

CONSENT_LIFE = timedelta(days=365)
"""After a year a service asks again, or earlier where it is registered so."""


class Standing(NamedTuple):
    """What a person has decided about what a client asks for now."""

    granted: Granted
    """What they let it have of that, by an earlier decision."""
    pending: tuple[str, ...]
    """What they still have to be asked about."""
    until: datetime | None = None
    """When the earlier decision ends."""


_NOTHING = Granted((), ())
UNDECIDED = Standing(_NOTHING, ())


def undecided(request: Asking) -> Standing:
    """Where there is no earlier decision that counts, they have to be asked about everything."""
    return Standing(_NOTHING, list_items(request))


def find_standing(person_id: int, client: Client, request: Asking, *, now: datetime) -> Standing:
    """How an earlier consent stands to a request: where nothing is pending, it is the answer.

    It counts for the purpose for which it was given, until it ends. For a ward none does: their guardian is asked each time.
    """
    found = run(_STANDING_OF, {"person": person_id, "client": client.id}).one()
    if found.purpose is None or found.purpose != client.purpose or ends_at(found) <= now:
        return undecided(request)
    if is_ward_born(person_id, found.birth_date, was_appointed=found.was_appointed):
        return undecided(request)
    asked, asked_then, granted_then = list_items(request), asked_items(found), granted_items(found)
    if asked == asked_then == granted_then and request.scopes == found.asked_scopes == found.granted_scopes:
        return Standing(Granted(request.scopes, asked), (), ends_at(found))
    items = tuple([item for item in asked if covers(granted_then, item)])
    scopes = tuple([name for name in request.scopes if _is_granted(name, found, items)])
    needed = list_needed(request.scopes, client.required_scopes)
    pending = find_pending(asked, asked_then=asked_then, granted_then=granted_then, needed=needed)
    return Standing(Granted(scopes, items), pending, ends_at(found))


def find_consents(person_id: int) -> Sequence[Consent]:
    """What the person lets services have today, newest first."""
    query = select(Consent).where(is_given_by(person_id))
    return db.session.scalars(query.order_by(Consent.id.desc())).all()


def is_given_by(person_id: int) -> ColumnElement[bool]:
    """The condition of a row that it is a consent which the person gave, and which holds today."""
    now = wall_now()
    holds = (Consent.expires_at > now) | (Consent.expires_at.is_(None) & (Consent.given_at > now - CONSENT_LIFE))
    return (Consent.person_id == person_id) & Consent.withdrawn_at.is_(None) & holds


def asked_items(consent: Consent) -> tuple[str, ...]:
    """What was asked for, item by item."""
    return list_scope_items(consent.asked_scopes) if consent.asked_items is None else tuple(consent.asked_items)


def granted_items(consent: Consent) -> tuple[str, ...]:
    """What was granted, item by item."""
    return list_scope_items(consent.granted_scopes) if consent.granted_items is None else tuple(consent.granted_items)


def ends_at(consent: Consent) -> datetime:
    """From when on the service has to ask again."""
    return consent.expires_at or consent.given_at + CONSENT_LIFE


def record_consent(
    person_id: int,
    client: Client,
    *,
    asked: Sequence[str],
    granted: Sequence[str],
    now: datetime,
    asked_items: Sequence[str] | None = None,
    granted_items: Sequence[str] | None = None,
    given_by: int | None = None,
) -> datetime:
    """Put this decision in place of an earlier one; the caller commits. Tokens that went further than it are revoked.

    `asked` and `granted` are scopes; without items, all that they stand for. `given_by` is the guardian of a ward. Returns from
    when on the service has to ask again.
    """
    items = list_scope_items(asked) if asked_items is None else asked_items
    decided = (asked, granted, items, list_scope_items(granted) if granted_items is None else granted_items)
    return _record_in_place_of(_find_standing_row(person_id, client), person_id, client, decided, now, given_by)


def _record_in_place_of(
    earlier: Any, person_id: int, client: Client, decided: _Decided, now: datetime, given_by: int | None
) -> datetime:
    asked, granted, asked_items, granted_items = decided
    until = now + find_consent_life(client)
    decision = {
        "person_id": person_id,
        "client_id": client.id,
        "purpose": client.purpose,
        "asked_scopes": list(asked),
        "granted_scopes": list(granted),
        "asked_items": list(asked_items),
        "granted_items": list(granted_items),
        "given_at": now,
        "expires_at": until,
        "given_by": given_by,
    }
    _replace_consent(earlier, decision, now)
    return until


def record_decision(
    person_id: int, client: Client, request: Asking, decided: Granted, *, now: datetime, given_by: int | None = None
) -> datetime:
    """As record_consent, for a decision about what a request asks for; what was not in question stays as it was decided."""
    earlier = _find_standing_row(person_id, client)
    whole: _Decided = (request.scopes, decided.scopes, list_items(request), decided.items)
    if earlier is not None and earlier.purpose == client.purpose and ends_at(earlier) > now:
        whole = _add_to(earlier, *whole)
    return _record_in_place_of(earlier, person_id, client, whole, now, given_by)


_Decided = tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str]]
"""Scopes asked for and granted, then items asked for and granted."""


def _add_to(
    earlier: Any, scopes: Sequence[str], granted: Sequence[str], items: Sequence[str], granted_now: Sequence[str]
) -> _Decided:
    """What was decided now, and what was decided earlier and is not in question now."""
    kept_scopes = [name for name in earlier.granted_scopes if name not in scopes]
    kept = [item for item in granted_items(earlier) if item not in items]
    return (
        _join(earlier.asked_scopes, scopes),
        _join(kept_scopes, granted),
        _join(asked_items(earlier), items),
        _join(kept, granted_now),
    )


def find_consent_life(client: Client) -> timedelta:
    """For how long a consent to this client counts: a year, or less where it is registered so."""
    return CONSENT_LIFE if client.consent_days is None else min(CONSENT_LIFE, timedelta(days=client.consent_days))


def withdraw_consent(person_id: int, consent_id: int, *, actor: int | None = None) -> None:
    """From now on the service has to ask again, and what it holds for this person opens nothing any more.

    `actor` is who withdraws it for them, a guardian; without, it is the person.
    Raises NotFound where the person has given no such consent; withdrawing twice is no error.
    """
    client, given = _hold_consents(person_id, consent_id)
    if given is not None:
        given.withdrawn_at = wall_now()
    record_grants_revoked(person_id, client=client.id)
    record_act(
        "withdraw_consent",
        actor_kind=ActorKind.PERSON,
        actor=person_id if actor is None else actor,
        person_id=person_id,
        client=client.client_id,
    )
    db.session.commit()


def withdraw_scope(person_id: int, consent_id: int, scope: str) -> None:
    """From now on the consent does not cover this scope, and every token of the service that went so far is revoked.

    The service goes on with the rest, and is not asked about this again unless it asks anew. Raises NotFound where the person
    has given no such consent, Conflict: consent_scope_needed; withdrawing twice is no error.
    """
    client, given = _hold_consents(person_id, consent_id)
    if given is None or scope not in given.granted_scopes:
        db.session.rollback()
        return
    if scope in needed_scopes(client):
        raise _needed()
    scopes = [name for name in given.granted_scopes if name != scope]
    gone = set(list_scope_items([scope])) - set(list_scope_items(scopes))
    _withdraw(given, scopes, gone, person_id, scope=scope)


def withdraw_attribute(person_id: int, consent_id: int, key: str, *, actor: int | None = None) -> None:
    """As withdraw_scope, for one attribute, by the key of its tick on the consent page; `actor` as in withdraw_consent."""
    _client, given = _hold_consents(person_id, consent_id)
    items = _items_of_key(given, key)
    if given is None or not items:
        db.session.rollback()
        return
    if items & needed_items(given):
        raise _needed()
    rest = set(granted_items(given)) - items
    scopes = [name for name in given.granted_scopes if rest & set(list_scope_items([name]))]
    _withdraw(given, scopes, items, person_id if actor is None else actor, attribute=key)


def _withdraw(given: Consent, scopes: Sequence[str], gone: Collection[str], actor: int, **what: str) -> None:
    """The consent without these items, in its place; committed."""
    rest = {
        "person_id": given.person_id,
        "client_id": given.client_id,
        "purpose": given.purpose,
        "asked_scopes": list(given.asked_scopes),
        "granted_scopes": list(scopes),
        "asked_items": list(asked_items(given)),
        "granted_items": [item for item in granted_items(given) if item not in gone],
        "given_at": given.given_at,
        "expires_at": ends_at(given),
        "given_by": given.given_by,
    }
    client, person_id = given.client, given.person_id
    _replace_consent(given, rest, wall_now())
    record_act(
        "withdraw_scope",
        actor_kind=ActorKind.PERSON,
        actor=actor,
        person_id=person_id,
        client=client.client_id,
        **what,
    )
    db.session.commit()


def _items_of_key(given: Consent | None, key: str) -> set[str]:
    if given is None:
        return set()
    groups = build_groups(granted_items(given), scopes=given.granted_scopes)
    return {item for group in groups for one in group.attributes if one.key == key for item in one.items}


def _needed() -> Conflict:
    return Conflict("consent_scope_needed", "The service cannot go on without this: end the whole consent instead.")


def _is_granted(scope: str, consent: Consent, items: Collection[str]) -> bool:
    """A scope that was asked for then was granted then; of another one, all that it stands for must be granted."""
    if scope in consent.asked_scopes:
        return scope in consent.granted_scopes
    return set(list_scope_items([scope])) <= set(items)


def _join(*parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(item for part in parts for item in part))


def needed_items(consent: Consent) -> frozenset[str]:
    """What of a consent ends with the whole only."""
    return list_needed(consent.granted_scopes, consent.client.required_scopes)


def needed_scopes(client: Client) -> set[str]:
    """What the client cannot do without, in any consent."""
    return {*client.required_scopes, OPENID}


def _replace_consent(earlier: Any, decision: Mapping[str, Any], now: datetime) -> None:
    """`earlier` is a consent or its columns; `decision` the columns of a new one."""
    if earlier is not None:
        run(_WITHDRAW, {"sought": earlier.id, "person": earlier.person_id, "now": now})
        is_narrower = not set(earlier.granted_scopes) <= set(decision["granted_scopes"])
        if is_narrower or not set(granted_items(earlier)) <= set(decision["granted_items"]):
            record_grants_revoked(earlier.person_id, client=earlier.client_id)
    run(_GIVE, decision)


def _hold_consents(person_id: int, consent_id: int) -> tuple[Client, Consent | None]:
    """The client of a consent of this person, and what the person lets it have today, held until this transaction ends.

    A page may be older than another decision about the same client; it then means the consent of today. Raises NotFound.
    """
    consent = db.session.get(Consent, (consent_id, person_id))
    if consent is None:
        raise NotFound("consent_unknown", "There is no such consent.")
    client = consent.client
    of_client = select(Consent.id).where(Consent.person_id == person_id, Consent.client_id == client.id)
    db.session.execute(of_client.with_for_update())
    return client, _find_given(person_id, client.id)


def _find_standing_row(person_id: int, client: Client) -> Any:
    return run(_STANDING, {"person": person_id, "client": client.id}).one_or_none()


def _find_given(person_id: int, client_id: int) -> Consent | None:
    return db.session.scalar(_GIVEN, {"person": person_id, "client": client_id})


_given, _persons = table_of(Consent).c, table_of(Person)
_STANDING = Prepared(
    select(*_given).where(
        _given.person_id == bindparam("person"), _given.client_id == bindparam("client"), _given.withdrawn_at.is_(None)
    )
)
_STANDING_OF = Prepared(
    select(
        _persons.c.birth_date,
        was_appointed_for(_persons.c.id).label("was_appointed"),
        _given.purpose,
        *(names_of(column) for column in (_given.asked_scopes, _given.granted_scopes)),
        *(names_of(column) for column in (_given.asked_items, _given.granted_items)),
        _given.given_at,
        _given.expires_at,
    )
    .outerjoin(
        table_of(Consent),
        (_given.person_id == bindparam("person"))
        & (_given.client_id == bindparam("client"))
        & _given.withdrawn_at.is_(None),
    )
    .where(_persons.c.id == bindparam("person"))
)
"""With what says whether the person is a ward."""
_GIVE = Prepared(insert(table_of(Consent)))
_WITHDRAW = Prepared(
    update(table_of(Consent))
    .where(_given.id == bindparam("sought"), _given.person_id == bindparam("person"))
    .values(withdrawn_at=bindparam("now"))
)
_GIVEN = (
    select(Consent)
    .where(
        Consent.person_id == bindparam("person"),
        Consent.client_id == bindparam("client"),
        Consent.withdrawn_at.is_(None),
    )
    .execution_options(populate_existing=True)
)
