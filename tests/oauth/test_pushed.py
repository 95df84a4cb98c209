"""RFC 9126, beyond what the suite's modules assert (tests/conformance/test_fapi2_security_profile.py)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from eid.db import db
from eid.errors import OAuthError, Refusal
from eid.oauth.authorize import open_authorization
from eid.oauth.clients import RegisteredClient
from eid.oauth.models import PushedRequest
from eid.oauth.parameters import parse_parameters
from eid.oauth.pushed import KEPT, PREFIX, push_authorization
from eid.web.session import COOKIE
from tests.conformance.fapi2 import open_bank
from tests.engines import one_engine
from tests.oauth.conftest import ISSUER, Citizen, answer_at, redeem, request_of
from tests.oauth.test_statements import counting
from tests.turns import both_engines


def push(client: FlaskClient, service: RegisteredClient, **changes: str | None) -> str:
    proof = (service.client_id, service.secret or "")
    answer = client.post("/oauth/par", data=request_of(service, **changes), auth=proof)
    assert answer.status_code == 201, answer.text
    request_uri: str = answer.get_json()["request_uri"]
    return request_uri


@pytest.mark.usefixtures("consented")
@one_engine
def test_any_client_may_push_and_the_browser_may_post_the_reference(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen
) -> None:
    """RFC 9126, sections 2.1 and 4; OpenID Connect Core, section 3.1.2.1: GET and POST"""
    named = {"client_id": service.client_id, "request_uri": push(client, service)}
    client.set_cookie(COOKIE, citizen.new_session.token)
    kept = client.post("/oauth/authorize", data=named)
    answer = answer_at(client.get(kept.headers["Location"]))
    assert answer["state"] == "the-state"
    assert redeem(client, service, answer["code"]).status_code == 200
    assert client.post("/oauth/authorize", data=named).status_code == 400


@one_engine
def test_a_push_without_the_clients_proof_is_refused(client: FlaskClient, service: RegisteredClient) -> None:
    """RFC 9126, section 2.1: as at the token endpoint"""
    for auth in (None, (service.client_id, "wrong")):
        refused = client.post("/oauth/par", data=request_of(service), auth=auth)
        assert (refused.status_code, refused.get_json()["error"]) == (401, "invalid_client")
    assert db.session.scalar(select(func.count()).select_from(PushedRequest)) == 0


@one_engine
def test_a_reference_of_somebody_elses_making_is_not_fetched(client: FlaskClient, service: RegisteredClient) -> None:
    """RFC 9101, section 10.4: no address of a client is called for a request object"""
    answer = answer_at(
        client.get("/oauth/authorize", query_string=request_of(service, request_uri="https://evil.example/r"))
    )
    assert answer["error"] == "request_uri_not_supported"
    unknown = {"client_id": service.client_id, "request_uri": PREFIX + "made-up"}
    page = client.get("/oauth/authorize", query_string=unknown)
    assert (page.status_code, "invalid_request_uri" in page.text) == (400, True)


@both_engines
@pytest.mark.usefixtures("consented")
def test_of_many_who_follow_one_reference_at_once_one_is_answered(
    app: Flask, service: RegisteredClient, citizen: Citizen
) -> None:
    """Used up in the transaction of the answer; on both databases"""
    request_uri = push(app.test_client(), service)
    named = {"client_id": service.client_id, "request_uri": request_uri}
    session = citizen.new_session.session
    db.session.rollback()

    def follow(_: int) -> str:
        with app.app_context():
            try:
                open_authorization(named.items(), session=session, issuer=ISSUER)
            except Refusal as refusal:
                db.session.rollback()
                return refusal.code
            return "answered"

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(follow, range(20)))
    assert outcomes.count("answered") == 1
    assert set(outcomes) <= {"answered", "authorization_answered", "invalid_request_uri"}


@one_engine
def test_what_nobody_follows_is_forgotten(app: Flask, service: RegisteredClient) -> None:
    parameters = parse_parameters(request_of(service).items())
    push_authorization(service.client, parameters, issuer=ISSUER)
    [first] = db.session.scalars(select(PushedRequest.id)).all()
    with time_machine.travel(datetime.now(UTC) + KEPT + timedelta(hours=1), tick=False):
        for _ in range(2000):
            push_authorization(service.client, parameters, issuer=ISSUER)
            if db.session.get(PushedRequest, first, populate_existing=True) is None:
                return
    pytest.fail("it is still there")


@one_engine
def test_a_request_is_refused_to_who_pushes_it(app: Flask, service: RegisteredClient) -> None:
    """RFC 9126, section 2.3: the same errors, and nobody is redirected"""
    with pytest.raises(OAuthError) as refused:
        push_authorization(
            service.client, parse_parameters(request_of(service, scope="profile").items()), issuer=ISSUER
        )
    assert refused.value.code == "invalid_scope"


@one_engine
def test_what_the_strict_profile_costs(app: Flask) -> None:
    """Statements of a whole sign-in with remembered consent: an assertion twice, two proofs, and the pushed request"""
    bank = open_bank(app)
    db.session.remove()
    bank.tokens()
    with counting() as pushing:
        request_uri = bank.pushed()
    with counting() as authorizing:
        code = answer_at(bank.send(request_uri))["code"]
    with counting() as redeeming:
        token = bank.redeem(code).get_json()["access_token"]
    with counting() as reading:
        assert bank.read(token).status_code == 200
    counted = [len(pushing), len(authorizing), len(redeeming), len(reading)]
    assert all(cost <= most for cost, most in zip(counted, (6, 8, 11, 6), strict=True)), counted
