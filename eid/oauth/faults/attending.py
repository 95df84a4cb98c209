"""What a trial does at each answer of the provider to a watched client: notes what the client did, and lets one fault happen.

Called once for each answer, after it is whole and committed; what is written here is one transaction of its own. A fault is met
by exactly one answer: whoever marks it met in one UPDATE has it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from eid.clock import wall_now
from eid.db import db, run, table_of
from eid.oauth.clients import is_client_id
from eid.oauth.faults.catalogue import Place
from eid.oauth.faults.exchange import Exchange
from eid.oauth.faults.log import record_logged
from eid.oauth.faults.models import PlannedFault, Trial
from eid.oauth.faults.spoilt import Spoilt, spoil
from eid.oauth.faults.wire import code_of
from eid.oauth.models import AccessToken, AuthorizationRequest, Client
from eid.oauth.opaque import digest_of
from eid.prepared import Prepared

CONTROL = "control"
"""In a run: the sign-in in which nothing goes wrong."""


def attend(exchange: Exchange, *, issuer: str) -> Spoilt | None:
    """What the answer becomes; None where it stays as it is. Committed.

    1. The client is watched; of all others nothing is kept.
    2. A code or token of a sign-in that met a fault is noted as used.
    3. The first fault that is planned for this place is met, if one is.
    4. It changes the answer, and the grant behind it.
    5. The request is logged, with the fault.
    """
    # (1)
    db.session.rollback()  # so that what follows begins with a write: SQLite then waits for others instead of failing
    client = find_watched(exchange)
    if client is None:
        return None
    db.session.rollback()
    now = wall_now()
    # (2)
    _record_uses(exchange, client, now)
    # (3)
    met = _record_met(exchange, client, now)
    # (4)
    spoilt = None
    if met is not None and met.fault != CONTROL:
        spoilt = spoil(met, exchange.body, exchange.location, exchange.code, client, issuer=issuer, now=now)
    if met is not None:
        _record_digests(met, exchange, spoilt)
    # (5)
    record_logged(exchange, client, fault=met.fault if met and spoilt else None, issuer=issuer, now=now)
    db.session.commit()
    return spoilt


def find_watched(exchange: Exchange) -> Client | None:
    """The watched client of this exchange, by what the exchange knows of it."""
    statement, sought = _sought_by(exchange)
    if not sought:
        return None
    watched = run(statement, {"now": wall_now(), "sought": sought}).first()
    if watched is None:
        return None
    client = db.session.get_one(Client, watched[0])
    db.session.expunge(client)
    return client


_trials, _clients, _tokens, _requests = map(table_of, (Trial, Client, AccessToken, AuthorizationRequest))
_WATCHED = select(_trials.c.client_id).where(_trials.c.ends_at > bindparam("now"))
_OF_TRIAL = Prepared(_WATCHED.where(_trials.c.reference == bindparam("sought")))
_OF_TOKEN = Prepared(
    _WATCHED.join(_tokens, _tokens.c.client_id == _trials.c.client_id).where(
        _tokens.c.token_digest == bindparam("sought")
    )
)
_OF_REQUEST = Prepared(
    _WATCHED.join(_requests, _requests.c.client_id == _trials.c.client_id).where(_requests.c.id == bindparam("sought"))
)
_OF_CLIENT = Prepared(
    _WATCHED.join(_clients, _clients.c.id == _trials.c.client_id).where(_clients.c.client_id == bindparam("sought"))
)
"""Asked after each answer of the provider, and nearly always in vain, so they are built once and make no client."""


def _sought_by(exchange: Exchange) -> tuple[Prepared, str | bytes]:
    """The statement that finds the watched client, and what it seeks; nothing where the exchange says of nobody."""
    if exchange.trial:
        return _OF_TRIAL, exchange.trial
    if exchange.access_token:
        return _OF_TOKEN, digest_of(exchange.access_token)
    if exchange.request_id:
        return _OF_REQUEST, exchange.request_id
    return _OF_CLIENT, exchange.client_id if is_client_id(exchange.client_id) else ""


def _record_uses(exchange: Exchange, client: Client, now: datetime) -> None:
    """The first use after a fault counts; that a code was redeemed says also which token it gave."""
    mine = PlannedFault.client_id == client.id
    if exchange.code:
        digest = digest_of(exchange.code)
        used = update(PlannedFault).where(mine, PlannedFault.code_digest == digest)
        db.session.execute(used.where(PlannedFault.code_used_at.is_(None)).values(code_used_at=now))
        if token := exchange.body.get("access_token"):
            db.session.execute(used.values(token_digest=digest_of(token)))
    if exchange.access_token:
        used = update(PlannedFault).where(mine, PlannedFault.token_digest == digest_of(exchange.access_token))
        db.session.execute(used.where(PlannedFault.token_used_at.is_(None)).values(token_used_at=now))


def _record_met(exchange: Exchange, client: Client, now: datetime) -> PlannedFault | None:
    """The one fault that this answer meets, of those that are planned for its place; no other answer meets it."""
    if exchange.place is None:
        return None
    waiting = (
        select(PlannedFault.id)
        .where(
            PlannedFault.client_id == client.id,
            PlannedFault.place.in_(_places(exchange.place)),
            PlannedFault.met_at.is_(None),
            PlannedFault.closed_at.is_(None),
            PlannedFault.ends_at > now,
        )
        .order_by(PlannedFault.id)
        .limit(1)
        .scalar_subquery()
    )
    meeting = update(PlannedFault).where(PlannedFault.id == waiting, PlannedFault.met_at.is_(None)).values(met_at=now)
    taken = db.session.execute(
        meeting.returning(PlannedFault.id).execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return None if taken is None else db.session.get(PlannedFault, taken)


def _places(place: Place) -> tuple[Place, ...]:
    """The answer to a code holds the ID token: the endpoint's own faults and the token's wait for the same answer."""
    return (Place.TOKENS, Place.ID_TOKEN) if place is Place.TOKENS else (place,)


def _record_digests(met: PlannedFault, exchange: Exchange, spoilt: Spoilt | None) -> None:
    """By which it will be seen that the client goes on."""
    code = (spoilt.code if spoilt else "") or exchange.code or code_of(exchange.location)
    token = exchange.body.get("access_token") or exchange.access_token
    met.code_digest = digest_of(code) if code else None
    met.token_digest = digest_of(token) if token else None
    met.kept = spoilt.kept if spoilt else None
