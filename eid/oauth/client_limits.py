"""Counting what clients ask for against their limits, across every process."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from eid.audit import record_act
from eid.clock import wall_now
from eid.config import current_settings
from eid.db import db, insert_unless_present
from eid.errors import TooManyAttempts
from eid.late_dataclasses import frozen
from eid.oauth.clients import find_client
from eid.oauth.limits import KEPT, WINDOWS, Leases, Limit, lease_of, window_of
from eid.oauth.models import Client
from eid.oauth.registration_models import ClientUse

leases = Leases()


@frozen
class LimitUse:
    """What a client used of a limit in the window of now; processes take shares, so it may be a twentieth too much each."""

    limit: Limit
    taken: int
    allowed: int
    """0 where there is no limit."""
    ends_at: datetime


def allowed_of(client: Client, limit: Limit) -> int:
    """The client's own limit, or that of the settings; 0 where there is none."""
    own = client.requests_per_minute if limit is Limit.REQUESTS else client.sign_ins_per_day
    if own is not None:
        return own
    settings = current_settings()
    return settings.client_requests_per_minute if limit is Limit.REQUESTS else settings.client_sign_ins_per_day


def check_request_limit(client: Client) -> None:
    """One request more of this client, which has proved itself; a lease is committed, so nothing may have been written yet.

    Raises TooManyAttempts (client_limit).
    """
    if _count(client, Limit.REQUESTS):
        db.session.commit()


def check_sign_in_limit(client: Client) -> None:
    """One sign-in more at this client, within the caller's transaction. Raises TooManyAttempts (client_limit)."""
    _count(client, Limit.SIGN_INS)


def set_client_limits(client_id: str, *, requests_per_minute: int | None, sign_ins_per_day: int | None) -> None:
    """From now on these are the client's own limits: 0 is none, None what the settings have. Committed. Raises NotFound."""
    client = find_client(client_id)
    client.requests_per_minute, client.sign_ins_per_day = requests_per_minute, sign_ins_per_day
    record_act("set_client_limits", client=client_id, requests=requests_per_minute, sign_ins=sign_ins_per_day)
    db.session.commit()


def find_limit_uses(client: Client) -> list[LimitUse]:
    """Each limit of the client and the use so far."""
    now, uses = wall_now(), []
    for limit in Limit:
        began_at = window_of(limit, now)
        taken = select(ClientUse.taken).where(
            ClientUse.client_id == client.id, ClientUse.limit == limit, ClientUse.began_at == began_at
        )
        allowed = allowed_of(client, limit)
        uses.append(LimitUse(limit, db.session.scalar(taken) or 0, allowed, began_at + WINDOWS[limit]))
    return uses


def _count(client: Client, limit: Limit) -> bool:
    """Whether a lease had to be taken for it. Raises TooManyAttempts."""
    allowed = allowed_of(client, limit)
    if allowed == 0:
        return False
    now = wall_now()
    began_at = window_of(limit, now)
    taken = leases.take(client.client_id, limit, began_at)
    if taken is None:
        granted = _record_lease(client, limit, began_at, allowed, now)
        leases.keep(client.client_id, limit, began_at, granted - 1)
    if taken is False or (taken is None and granted == 0):
        raise TooManyAttempts(
            "client_limit",
            "This service has asked for as much as it may for now; it can go on later.",
            retry_at=began_at + WINDOWS[limit],
            reason=f"{limit} {client.client_id}",
        )
    return taken is None


def _record_lease(client: Client, limit: Limit, began_at: datetime, allowed: int, now: datetime) -> int:
    """Take a share of what is left of the window, or one where less is left, or none; the caller commits."""
    is_first = insert_unless_present(ClientUse, client_id=client.id, limit=limit, began_at=began_at, taken=0)
    if is_first:
        old = (ClientUse.limit == limit) & (ClientUse.began_at < now - KEPT[limit])
        db.session.execute(delete(ClientUse).where(old))
    for share in dict.fromkeys((lease_of(allowed), 1)):
        taking = update(ClientUse).where(
            ClientUse.client_id == client.id,
            ClientUse.limit == limit,
            ClientUse.began_at == began_at,
            ClientUse.taken + share <= allowed,
        )
        found = db.session.execute(taking.values(taken=ClientUse.taken + share))
        if found.rowcount == 1:  # type: ignore[attr-defined]
            return share
    return 0
