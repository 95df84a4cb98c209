"""How many statements a sign-in costs: five are allowed where the consent is remembered, one of which asks whether the person
is somebody's ward; three for the token and two for userinfo, with the one that tells the person that it was read; twenty-six from
sign-in page to code where both forms are sent, and one commit a request.

The demo asks once more a request whether the service is one that is tried (eid.oauth.faults); production does not, and that
question is left out of every count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from eid.accounts.levels import AuthenticationLevel
from eid.clock import wall_now
from eid.config import NO_FACES, Argon2Cost, Mode, Settings, current_settings
from eid.db import db
from eid.keystore import SecretUse, current_keystore
from eid.oauth.clients import RegisteredClient
from eid.population.models import Person
from eid.web.session import COOKIE
from tests.conftest import running_app
from tests.heard import listening
from tests.oauth.conftest import Citizen, answer_at, redeem, request_of
from tests.people import PASSCODE, PASSWORD
from tests.turns import both_engines

pytestmark = both_engines

QUESTION_OF_THE_DEMO = "trials.ends_at >"


@contextmanager
def counting() -> Iterator[list[str]]:
    """Every statement that reaches the database meanwhile, but for beginnings of transactions and QUESTION_OF_THE_DEMO."""
    seen: list[str] = []
    asked = 0

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        nonlocal asked
        if QUESTION_OF_THE_DEMO in statement:
            asked += 1
        elif not statement.startswith("BEGIN"):
            seen.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert asked == 0 or current_settings().is_demo


@pytest.fixture(params=[Mode.PRODUCTION, Mode.DEMO])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """In production no key is made, so the demo of the same folder makes them before."""
    if request.param is Mode.DEMO:
        return settings
    with running_app(settings) as demo:
        demo.test_client().get("/oauth/jwks.json")
        for secret in SecretUse:
            current_keystore().find_secret(secret)
    return replace(
        settings, mode=Mode.PRODUCTION, public_url="https://eid.example", face_matcher=NO_FACES, argon2=Argon2Cost()
    )


@pytest.mark.usefixtures("consented")
def test_a_sign_in_with_session_and_remembered_consent(
    app: Flask, client: FlaskClient, service: RegisteredClient, citizen: Citizen, request: pytest.FixtureRequest
) -> None:
    moment = time_machine.travel(wall_now(), tick=False)
    moment.start()  # within one minute: a client's limit is looked at once in each
    request.addfinalizer(moment.stop)
    client.set_cookie(COOKIE, citizen.new_session.token)
    parameters = request_of(service)
    redeem(client, service, answer_at(client.get("/oauth/authorize", query_string=parameters))["code"])
    db.session.remove()
    with counting() as authorizing:
        answer = client.get("/oauth/authorize", query_string=parameters)
    assert len(authorizing) <= 5, "\n".join(authorizing)
    with counting() as redeeming:
        token = redeem(client, service, answer_at(answer)["code"]).get_json()["access_token"]
    assert len(redeeming) <= 3, "\n".join(redeeming)
    with counting() as reading:
        client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert len(reading) <= 2, "\n".join(reading)
    assert len([statement for statement in reading if statement.startswith("INSERT INTO audit_entries")]) == 1


def test_a_sign_in_by_form_and_consent_page(
    app: Flask, client: FlaskClient, service: RegisteredClient, citizen: Citizen, request: pytest.FixtureRequest
) -> None:
    moment = time_machine.travel(wall_now(), tick=False)
    moment.start()
    request.addfinalizer(moment.stop)
    here, service.client.default_level = current_settings().public_url, AuthenticationLevel.LOA1
    client.environ_base["HTTP_REFERER"] = f"{here}/"
    pin = db.session.get_one(Person, citizen.person_id).pin
    db.session.commit()
    for most in (None, (1, 6, 4, 13)):  # what is asked once a process, or once a minute, is asked in the first
        client.delete_cookie(COOKIE, domain=str(urlsplit(here).hostname))
        asking = request_of(service, prompt="consent")
        to_sign_in = client.get("/oauth/authorize", query_string=asking, base_url=here).location
        db.session.remove()
        with counting() as seen, counting_commits() as commits:
            page = client.get(to_sign_in, base_url=here)
            counts = [len(seen)]
            form = {"csrf_token": token_on(page), "pin": pin, "password": PASSWORD}
            to_consent = client.post(to_sign_in, data=form, base_url=here).location
            counts.append(len(seen) - sum(counts))
            page = client.get(to_consent, base_url=here)
            counts.append(len(seen) - sum(counts))
            form = {"csrf_token": token_on(page), "act": "approve", "passcode": PASSCODE, "scope": GRANTED}
            answer = answer_at(client.post(to_consent, data=form, base_url=here))
            counts.append(len(seen) - sum(counts))
        assert answer["code"]
        if most is not None:
            assert all(found <= allowed for found, allowed in zip(counts, most, strict=True)), (counts, seen)
            assert len(commits) == 3, "of both forms, and of the page that is its session's from then on"


GRANTED = ["openid", "identity", "phone"]


def token_on(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


@contextmanager
def counting_commits() -> Iterator[list[object]]:
    """Where somebody listens to statements, all transactions are SQLAlchemy's, which tells of their commits."""
    seen: list[object] = []

    def note(connection: object) -> None:
        seen.append(connection)

    engine = db.engine
    event.listen(engine, "commit", note)
    try:
        with listening(engine):
            yield seen
    finally:
        event.remove(engine, "commit", note)
