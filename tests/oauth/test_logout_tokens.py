"""Back-channel logout: however a session ends, each service that took part in it gets a logout token it can verify."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from eid.accounts.closing import close_account
from eid.accounts.levels import Factor
from eid.accounts.lifecycle import CloseReason, LockReason
from eid.accounts.locking import lock_account
from eid.accounts.models import Account, SignInSession
from eid.accounts.security import change_password, close_other_session
from eid.accounts.sessions import UsedFactor, close_session, close_sessions, record_session, record_sessions_ended
from eid.clock import wall_now
from eid.crypto.jwt import verify_jwt, verify_signature
from eid.crypto.keys import SIGNING_ALGORITHMS
from eid.db import db
from eid.events import PersonDied, post_event
from eid.keystore import KeyUse
from eid.oauth.clients import RegisteredClient
from eid.oauth.notices.delivery import deliver_due
from eid.oauth.notices.models import Notice
from tests.conformance.logout import claims_of, jwt_parts
from tests.engines import one_engine
from tests.oauth.conftest import ISSUER, Citizen
from tests.oauth.notices import HOOK, Receiver, record_given_code, take_part
from tests.people import PASSWORD
from tests.web.conftest import Browser

pytestmark = one_engine

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def service(citizen: Citizen) -> RegisteredClient:
    return take_part(citizen)


def told() -> list[dict[str, Any]]:
    """Everything that is due, delivered: what the tokens said."""
    receiver = Receiver()
    deliver_due(receiver)
    return [claims_of(received.logout_token) for received in receiver.received]


def another_session(citizen: Citizen) -> Any:
    used = [UsedFactor(Factor.PASSWORD, wall_now()), UsedFactor(Factor.TOTP, wall_now())]
    new = record_session(citizen.account, used, now=wall_now())
    db.session.commit()
    return new


def test_a_logout_token_is_what_the_specification_says(app: Flask, citizen: Citizen, service: RegisteredClient) -> None:
    """Back-Channel Logout, sections 2.4 and 2.5: typ, the claims, no nonce, a form with one parameter."""
    close_session(citizen.new_session.token)
    receiver = Receiver()
    deliver_due(receiver)
    (received,) = receiver.received
    assert (received.url, received.content_type) == (HOOK, "application/x-www-form-urlencoded")
    assert received.body.startswith(b"logout_token=")
    assert b"&" not in received.body
    verified = verify_jwt(
        received.logout_token,
        keys=[app.extensions["eid.keystore"].find_signing_key(KeyUse.ID_TOKEN).public_jwk()],
        expected_typ="logout+jwt",
        expected_issuer=ISSUER,
        expected_audience=service.client_id,
        now=wall_now(),
    )
    claims = verified.claims
    assert set(claims) == {"iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"}
    assert claims["events"] == {LOGOUT_EVENT: {}}
    assert claims["exp"] - claims["iat"] == 120


@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
def test_a_logout_token_is_signed_as_the_clients_id_tokens_are(
    app: Flask, citizen: Citizen, service: RegisteredClient, alg: str
) -> None:
    """Back-Channel Logout, section 2.4: signed as ID tokens are; the key is one of jwks_uri."""
    service.client.id_token_signed_response_alg = alg
    db.session.commit()
    close_session(citizen.new_session.token)
    (received,) = _deliver()
    keys = app.test_client().get("/oauth/jwks.json").get_json()["keys"]
    verified = verify_signature(received.logout_token, keys=keys, expected_typ="logout+jwt", algorithms=[alg])
    assert (verified.header["alg"], verified.claims["aud"]) == (alg, service.client_id)


def test_each_service_knows_person_and_session_by_names_of_its_own(app: Flask, citizen: Citizen) -> None:
    services = [take_part(citizen, name) for name in ("Phòng khám", "Ngân hàng")]
    close_session(citizen.new_session.token)
    first, second = told()
    assert [first["aud"], second["aud"]] == [service.client_id for service in services]
    assert first["sid"] != second["sid"]


def test_a_service_without_an_address_or_without_a_code_is_not_told(app: Flask, citizen: Citizen) -> None:
    take_part(citizen, hook=None)
    close_session(citizen.new_session.token)
    assert told() == []
    take_part(citizen)
    another = another_session(citizen)
    close_session(another.token)
    assert told() == []


def end_on_the_security_page(citizen: Citizen) -> None:
    close_other_session(another_session(citizen).session, citizen.new_session.session.id)


def end_all_others(citizen: Citizen) -> None:
    close_sessions(citizen.account.id, except_id=another_session(citizen).session.id)


def lock(citizen: Citizen) -> None:
    lock_account(citizen.account.id, LockReason.HOLDER)


def close(citizen: Citizen) -> None:
    close_account(citizen.account.id, CloseReason.HOLDER)


def die(citizen: Citizen) -> None:
    post_event(PersonDied(citizen.person_id, date(2026, 1, 1)))
    db.session.commit()


def take_another_password(citizen: Citizen) -> None:
    change_password(another_session(citizen).session, current=PASSWORD, new="NuiRung#2741q")


@pytest.mark.parametrize(
    "end",
    [end_on_the_security_page, end_all_others, lock, close, die, take_another_password],
    ids=lambda end: end.__name__,
)
def test_however_a_session_ends_its_services_are_told(
    app: Flask, citizen: Citizen, service: RegisteredClient, end: Callable[[Citizen], None]
) -> None:
    end(citizen)
    (claims,) = told()
    assert claims["aud"] == service.client_id


def test_the_page_of_a_device_ends_its_sessions_and_tells(
    app: Flask, citizen: Citizen, service: RegisteredClient
) -> None:
    """A session that was begun by a phone ends with the phone (eid.accounts.devices)."""
    row = db.session.get_one(Account, citizen.account.id)
    session = another_session(citizen).session
    record_given_code(citizen, service, session.id)
    db.session.execute(_begun_by(session.id, 7))
    record_sessions_ended(row.id, of_device=7)
    db.session.commit()
    assert len(told()) == 1


def test_who_signs_in_anew_in_the_same_browser_goes_on(app: Flask, citizen: Citizen, service: RegisteredClient) -> None:
    """Nobody is told when a session is replaced by one of the same person; all are, when that one ends."""
    second = another_session(citizen)
    close_session(citizen.new_session.token, replaced_by=second.session)
    assert told() == []
    third = another_session(citizen)
    close_session(second.token, replaced_by=third.session)
    other = take_part(citizen, "Ngân hàng Mẫu")
    record_given_code(citizen, other, third.session.id)
    db.session.commit()
    close_session(third.token)
    heard = told()
    assert sorted(claims["aud"] for claims in heard) == sorted([service.client_id, other.client_id, other.client_id])
    assert len({claims["sid"] for claims in heard}) == 3


def test_somebody_else_who_signs_in_in_the_same_browser_ends_the_session(
    app: Flask, citizen: Citizen, service: RegisteredClient, make_citizen: Callable[..., Citizen]
) -> None:
    hoa = make_citizen(number=101, given_name="Hoa")
    close_session(citizen.new_session.token, replaced_by=hoa.new_session.session)
    assert len(told()) == 1


def test_a_session_that_has_ended_ends_once(app: Flask, citizen: Citizen, service: RegisteredClient) -> None:
    close_session(citizen.new_session.token)
    close_session(citizen.new_session.token)
    close_sessions(citizen.account.id)
    assert len(told()) == 1


def test_a_service_that_was_given_nothing_for_a_month_is_not_told(
    app: Flask, citizen: Citizen, service: RegisteredClient
) -> None:
    with time_machine.travel(wall_now() + timedelta(days=31), tick=False):
        lock(citizen)
        assert told() == []


def test_an_act_that_fails_tells_nobody(app: Flask, citizen: Citizen, service: RegisteredClient) -> None:
    """The notice is part of the act's transaction."""
    post_event(PersonDied(citizen.person_id, date(2026, 1, 1)))
    db.session.rollback()
    assert db.session.scalars(select(Notice)).all() == []


def test_signing_out_on_our_own_page_tells_too(
    client: FlaskClient, citizen: Citizen, service: RegisteredClient
) -> None:
    browser = Browser(client)
    client.set_cookie("eid_session", citizen.new_session.token)
    browser.open("/citizen/")
    browser.press("sign-out")
    db.session.rollback()
    assert [jwt_parts(t.logout_token)[0]["typ"] for t in _deliver()] == ["logout+jwt"]


def _deliver() -> list[Any]:
    receiver = Receiver()
    deliver_due(receiver)
    return list(receiver.received)


def _begun_by(session_id: int, device_id: int) -> Any:
    return update(SignInSession).where(SignInSession.id == session_id).values(device_id=device_id)
