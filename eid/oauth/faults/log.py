"""The log of a watched client's requests: what was sent and answered without its secrets, and the checks of each step.

At most two hundred a client, for a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from eid.db import db
from eid.oauth.faults.exchange import Exchange
from eid.oauth.faults.models import LoggedRequest
from eid.oauth.faults.wire import read_answer
from eid.oauth.inspection.authorization import inspect_parameters
from eid.oauth.inspection.parameters import redact
from eid.oauth.inspection.redemption import trace_redemption, trace_token
from eid.oauth.inspection.results import Check
from eid.oauth.models import Client
from eid.oauth.parameters import parse_parameters

MOST = 200
SHOWN = 50
TRACED = (None, "authorization_code", "refresh_token")
"""Grants whose steps are known here; where none is named, that is the step that fails."""


def record_logged(exchange: Exchange, client: Client, *, fault: str | None, issuer: str, now: datetime) -> None:
    """Add what was asked and answered, and forget the oldest; the caller commits."""
    entry = LoggedRequest(
        client_id=client.id,
        at=now,
        step=exchange.step,
        method=exchange.method,
        status=exchange.status,
        sent=redact(exchange.sent),
        answered=redact(read_answer(exchange.location) if exchange.location else exchange.body),
        checks=[check.to_json() for check in _find_checks(exchange, client, issuer)],
        fault=fault,
    )
    db.session.add(entry)
    db.session.flush()
    oldest = (
        select(LoggedRequest.id)
        .where(LoggedRequest.client_id == client.id)
        .order_by(LoggedRequest.id.desc())
        .offset(MOST)
        .limit(1)
        .scalar_subquery()
    )
    db.session.execute(delete(LoggedRequest).where(LoggedRequest.client_id == client.id, LoggedRequest.id <= oldest))


def find_logged(client_id: str, *, most: int = SHOWN) -> Sequence[LoggedRequest]:
    """The newest requests of this client, the newest first."""
    query = select(LoggedRequest).join(Client, Client.id == LoggedRequest.client_id)
    return db.session.scalars(
        query.where(Client.client_id == client_id).order_by(LoggedRequest.id.desc()).limit(most)
    ).all()


def _find_checks(exchange: Exchange, client: Client, issuer: str) -> tuple[Check, ...]:
    match exchange.step:
        case "authorization" | "pushed" if (
            exchange.sent and "request" not in exchange.sent and "request_uri" not in exchange.sent
        ):
            return inspect_parameters(
                client,
                parse_parameters(exchange.sent.items()),
                issuer=issuer,
                is_pushed=exchange.step == "pushed",
                is_signed=False,
            )
        case "token" if exchange.sent.get("grant_type") in TRACED:
            return trace_redemption(
                exchange.sent,
                error=exchange.error,
                reason=exchange.reason,
                detail=exchange.body.get("error_description", ""),
            )
        case "userinfo" | "paper":
            return trace_token(error=exchange.error, detail=exchange.body.get("error_description", ""))
    return ()
