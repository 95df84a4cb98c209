"""Clients that register themselves (RFC 7591). Where the service is in production they wait for an officer besides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eid.accounts.holidays import read_holidays
from eid.accounts.working_days import deadline_of
from eid.audit import record_act
from eid.clock import wall_now, world_now
from eid.config import current_settings
from eid.db import db
from eid.oauth.client_metadata import SECRETS
from eid.oauth.client_suspension import WAITS
from eid.oauth.clients import check_columns, record_client, record_secret
from eid.oauth.dynamic_metadata import (
    USUAL_NAME,
    describe_dynamic_client,
    read_test_client,
    refuse_registration_token,
    told_as_registration_error,
    with_statement,
)
from eid.oauth.initial_tokens import find_token_owner, record_token_use
from eid.oauth.models import Client
from eid.oauth.opaque import digest_of
from eid.oauth.ownership import NOBODY, Owner, owner_of
from eid.oauth.registration_form import write_form
from eid.oauth.registration_lifecycle import OFFICERS_TURN, REVIEW_WORKING_DAYS, RegistrationState
from eid.oauth.registration_models import ClientRegistration
from eid.randomness import random_token

TEST_LIMITS = {"requests_per_minute": 120, "sign_ins_per_day": 200}
NO_BASIS = "None was named: the client registered itself."


def register_dynamic_client(document: Mapping[str, Any], *, token: str) -> dict[str, Any]:
    """The answer to a client that registered itself (RFC 7591, section 3.2.1); committed.

    1. It shows an initial access token that is good, or a software statement of somebody who is believed; the statement wins
       over what stands beside it.
    2. What is asked for can be a client; addresses are asked while nothing is held.
    3. This transaction has one of the token's uses.

    Raises OAuthError: invalid_token (401), invalid_software_statement, unapproved_software_statement, invalid_redirect_uri,
    invalid_client_metadata.
    """
    # (1)
    owner = _check_may_register(document, token)
    metadata = with_statement(document)
    # (2)
    columns, client_id = read_test_client(metadata), random_token()
    db.session.rollback()
    with told_as_registration_error():
        sector = check_columns(columns, client_id=client_id)
    # (3)
    if token and not record_token_use(token):
        raise refuse_registration_token()
    client = record_client(columns, client_id=client_id, sector=sector, is_test=True, **owner.columns, **TEST_LIMITS)
    secret = record_secret(client) if client.auth_method in SECRETS else None
    registration_token = record_registration_token(client)
    db.session.flush()
    record_wait(client)
    record_act("register_dynamic_client", client=client_id, name=client.name)
    db.session.commit()
    statement = {name: document[name] for name in ("software_statement",) if name in document}
    return statement | describe_dynamic_client(client, secret=secret, token=registration_token)


def record_registration_token(client: Client) -> str:
    token = random_token()
    client.registration_token_digest = digest_of(token)
    return token


def record_wait(client: Client) -> None:
    """In production an officer looks at it first; what they look at is what it asks for now. In the demo nothing waits."""
    if current_settings().is_demo:
        return
    client.suspended_at, client.suspension = client.suspended_at or wall_now(), client.suspension or WAITS
    form = write_form(client)
    form |= {"purpose": form["purpose"] or USUAL_NAME, "legal_basis": form["legal_basis"] or NO_BASIS}
    form["scope_purposes"] = dict.fromkeys(form["scopes"], form["purpose"])
    waiting = _find_waiting(client)
    if waiting is not None:
        waiting.form = form
        return
    now = world_now()
    db.session.add(
        ClientRegistration(
            client_id=client.id,
            **owner_of(client).columns,
            asked_by=client.owner_person_id,
            state=RegistrationState.SUBMITTED,
            form=form,
            opened_at=now,
            submitted_at=now,
            due_at=_due(now),
        )
    )


def _find_waiting(client: Client) -> ClientRegistration | None:
    query = select(ClientRegistration).where(
        ClientRegistration.client_id == client.id, ClientRegistration.state.in_(OFFICERS_TURN)
    )
    found: ClientRegistration | None = db.session.scalar(query.with_for_update(of=ClientRegistration))
    return found


def _due(now: datetime) -> datetime:
    return deadline_of(now, REVIEW_WORKING_DAYS, holidays=read_holidays())


def _check_may_register(document: Mapping[str, Any], token: str) -> Owner:
    if token:
        owner = find_token_owner(token)
        if owner is None:
            raise refuse_registration_token()
        return owner
    if "software_statement" not in document:
        raise refuse_registration_token()
    return NOBODY
