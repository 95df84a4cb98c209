"""The inspector thinks of a request what the provider thinks of it, writes nothing, and shows nothing about a person."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.examples import ExampleValues
from eid.oauth.faults.catalogue import FAULTS
from eid.oauth.inspection import authorization, parameters, redemption, refusals, tokens
from eid.oauth.inspection.parameters import HIDDEN, SHOWN, show
from eid.oauth.inspection.pasting import Kind, recognise
from eid.oauth.inspection.redemption import trace_redemption
from eid.oauth.inspection.results import Inspection, Outcome
from eid.oauth.inspection.service import inspect_pasted
from eid.oauth.inspection.walk import play_sign_in
from eid.oauth.requests import AUTHORIZATION_CHECKS
from eid.web.session import COOKIE
from tests.conftest import Databases
from tests.oauth.assertions import claims_of, register_keyed, sign
from tests.oauth.conftest import BACK, ISSUER, Citizen, request_of
from tests.oauth.faults import Tried
from tests.oauth.proving import HeldKey, proven
from tests.web.messages import read_catalogue


@pytest.fixture
def database_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """Nothing is written here, so one engine will do."""
    with databases.empty("sqlite", tmp_path) as url:
        yield url


def failed(found: Inspection) -> list[str]:
    return [check.name for check in found.checks if check.outcome is Outcome.FAILED]


def pasted(service: RegisteredClient, text: str, **how: Any) -> Inspection:
    return inspect_pasted(service.client, text, issuer=ISSUER, **how)


def address(service: RegisteredClient, **changes: str | None) -> str:
    return f"{ISSUER}/oauth/authorize?{urlencode(request_of(service, **changes))}"


def test_every_check_of_the_provider_is_one_of_the_inspectors() -> None:
    assert [check.__name__ for check in AUTHORIZATION_CHECKS] == list(authorization.STEPS)


REQUESTS: list[tuple[dict[str, str | None], list[str]]] = [
    ({}, []),
    ({"nonce": None, "unheard_of": "x"}, []),
    ({"client_id": "somebody"}, ["client"]),
    ({"redirect_uri": BACK + "/"}, ["redirect_uri"]),
    ({"response_type": "token"}, ["check_response_type"]),
    ({"response_mode": "fragment"}, ["check_response_mode"]),
    ({"scope": "identity"}, ["check_scope"]),
    ({"scope": "openid health_insurance"}, ["check_scope"]),
    ({"code_challenge": None}, ["check_pkce"]),
    ({"code_challenge_method": "plain"}, ["check_pkce"]),
    ({"prompt": "none login", "max_age": "soon"}, ["check_prompt", "check_max_age"]),
    ({"claims": "{"}, ["check_claims"]),
    ({"authorization_details": "[{}]"}, ["check_authorization_details"]),
    ({"claims": json.dumps({"id_token": {"acr": {"essential": True, "values": ["LoA9"]}}})}, ["check_level"]),
    ({"dpop_jkt": "short"}, ["check_dpop_jkt"]),
    ({"resource": "https://another.example"}, ["check_resources"]),
    ({"request": "a.b.c"}, ["check_no_request_object"]),
    ({"request_uri": "https://service.example/request"}, ["check_no_request_object"]),
    ({"state": "x" * 5000}, ["check_values_readable"]),
]


@pytest.mark.parametrize(("changes", "names"), REQUESTS)
def test_a_request_is_judged_as_the_provider_judges_it(
    client: FlaskClient, service: RegisteredClient, changes: dict[str, str | None], names: list[str]
) -> None:
    found = pasted(service, address(service, **changes))
    assert failed(found) == names
    answer = client.get("/oauth/authorize", query_string=request_of(service, **changes))
    is_led_on = answer.status_code == 303 and answer.headers["Location"].startswith("/citizen/sign-in")
    assert is_led_on is found.is_accepted


def test_a_parameter_that_comes_twice_and_a_body_that_was_pushed(service: RegisteredClient) -> None:
    assert failed(pasted(service, address(service) + "&state=again")) == ["check_parameters_once"]
    body = urlencode(request_of(service))
    assert pasted(service, body).is_accepted
    keyed = register_keyed()
    push = urlencode(request_of(keyed, scope="openid profile"))
    assert failed(pasted(keyed, push)) == ["check_pushed"]
    assert failed(pasted(keyed, push, is_pushed=True)) == []


@contextmanager
def nothing_written() -> Iterator[None]:
    """Every statement meanwhile only reads."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert [statement for statement in seen if not statement.startswith(("BEGIN", "SELECT"))] == []


def test_what_was_inspected_is_not_used_up(client: FlaskClient, service: RegisteredClient) -> None:
    keyed, key = register_keyed(), HeldKey.generate()
    assertion = sign(claims_of(keyed.client_id))
    proof = proven(client, key, "/oauth/token")["DPoP"]
    with nothing_written():
        for text in (address(service), assertion, proof):
            owner = keyed if text is assertion else service
            found = pasted(owner, text)
            assert found.is_accepted, found
    assert {check.outcome for check in pasted(service, proof).checks} == {Outcome.PASSED, Outcome.NOT_JUDGED}
    form = {
        "client_assertion": assertion,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        **request_of(keyed, scope="openid profile"),
    }
    pushed = client.post("/oauth/par", data=form, headers=proven(client, key, "/oauth/par"))
    assert pushed.status_code == 201, pushed.text


def test_a_proof_is_judged_at_the_address_that_it_is_for(client: FlaskClient, service: RegisteredClient) -> None:
    key = HeldKey.generate()
    proof = proven(client, key, "/oauth/par")["DPoP"]
    assert failed(pasted(service, proof)) == ["htu"]
    assert failed(pasted(service, proof, at="par")) == []
    without_nonce = key.prove("POST", f"{ISSUER}/oauth/token")
    assert failed(pasted(service, without_nonce)) == ["nonce"]


def test_a_request_object_is_judged_first_as_a_token_and_then_as_a_request(app: Flask) -> None:
    keyed = register_keyed()
    now = int(wall_now().timestamp())
    said = request_of(keyed, scope="openid profile") | {
        "iss": keyed.client_id,
        "aud": ISSUER,
        "nbf": now,
        "exp": now + 60,
    }
    good = sign(said, typ="oauth-authz-req+jwt")
    assert failed(pasted(keyed, good, is_pushed=True)) == []
    assert failed(pasted(keyed, good)) == ["check_pushed"]
    assert failed(pasted(keyed, urlencode({"client_id": keyed.client_id, "request": good}))) == ["check_pushed"]
    assert failed(pasted(keyed, sign(said | {"aud": "https://other.example"}, typ="oauth-authz-req+jwt"))) == ["aud"]
    assert failed(pasted(keyed, sign(said, alg="RS256", typ="oauth-authz-req+jwt"))) == ["alg"]
    wrong = sign(claims_of(keyed.client_id, aud=f"{ISSUER}/oauth/token"))
    found = pasted(keyed, wrong)
    assert (found.kind, failed(found)) == (Kind.ASSERTION, ["aud"])
    assert [check.outcome for check in found.checks if check.name in ("exp", "jti")] == [Outcome.NOT_REACHED] * 2


def test_an_id_token_of_ones_own_is_explained_without_what_it_says_of_the_person(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen, consented: None
) -> None:
    """Nobody decodes a person here: neither that of another service nor that of their own."""
    other = register_client(name="Other", redirect_uris=[BACK])
    record_consent(citizen.person_id, other.client, asked=["openid"], granted=["openid"], now=wall_now())
    db.session.commit()
    asked = {"claims": json.dumps({"id_token": {"phone_number": None, "name": None}})}
    token = Tried(client, service, citizen).tokens(**asked)["id_token"]
    found = pasted(service, token)
    assert (found.kind, failed(found)) == (Kind.ID_TOKEN, [])
    shown = {value.name: value.shown for value in found.values}
    assert shown["iss"] == ISSUER and shown["acr"] == "LoA2" and shown["sub"] == HIDDEN
    assert "Minh" not in repr(found) and 'phone_number": "0' not in repr(found)
    foreign = Tried(client, other, citizen).tokens(scope="openid")["id_token"]
    found = pasted(service, foreign)
    assert (failed(found), found.values) == (["aud"], ())
    head, _claims, signature = token.split(".")
    more = base64.urlsafe_b64encode(b'{"iss":"x","name":"Lan"}').rstrip(b"=").decode()
    found = pasted(service, f"{head}.{more}.{signature}")
    assert (failed(found), found.values) == (["signature"], ())


def test_errors_are_explained_however_they_came(service: RegisteredClient) -> None:
    for text in ("invalid_grant", f"{BACK}?error=invalid_grant&state=x", '{"error": "invalid_grant"}'):
        found = pasted(service, text)
        assert found.kind == Kind.ERROR and "verifier" in found.values[0].about
    assert "No specification" in pasted(service, "eid_trial_unheard_of").values[0].about


@pytest.mark.parametrize(
    "text", ["", "x" * 20_001, "{", "[1]", "hello world", "a.b.c", "https://service.example/", "\x00"]
)
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        recognise(text, client_id="c")
    assert refused.value.code == "pasted_unreadable"


def test_an_encrypted_token_is_sent_back() -> None:
    with pytest.raises(Malformed) as refused:
        recognise("a.b.c.d.e", client_id="c")
    assert refused.value.code == "pasted_encrypted"


def test_what_nobody_foresaw_is_hidden() -> None:
    for name in ("code", "client_secret", "refresh_token", "login_hint", "id_token_hint", "name", "anything"):
        assert show(name, "a value") == HIDDEN
    assert show("state", "0123456789") == "012345… (10)"
    assert not SHOWN & {"code", "code_verifier", "client_secret", "client_assertion", "token", "sub", "name", "email"}


def test_that_an_account_was_locked_looks_like_a_code_that_expired() -> None:
    sent = {"grant_type": "authorization_code"}
    both = [
        trace_redemption(sent, error="invalid_grant", reason=reason, detail="The grant is not valid for this request.")
        for reason in ("expired or revoked", "account locked", "the holder's card has expired")
    ]
    assert both[0] == both[1] == both[2]


VALUES = ExampleValues(
    client_id="c",
    issuer=ISSUER,
    redirect_uri=BACK,
    auth_method="private_key_jwt",
    scope="openid",
    level="LoA2",
    profile="fapi2",
    id_token_alg="ES256",
    userinfo_alg=None,
    must_push=True,
    must_sign=False,
    must_bind=True,
)


def test_a_strict_service_is_played_with_its_push_its_assertion_and_its_proofs() -> None:
    steps = {step.name: step for step in play_sign_in(VALUES)}
    assert list(steps)[:2] == ["pushed", "authorization"]
    assert [value.name for value in steps["authorization"].sent] == ["client_id", "request_uri"]
    assert "client_assertion" in {value.name for value in steps["token"].sent}
    assert steps["userinfo"].header == "Authorization: DPoP <access_token>"
    assert "use_dpop_nonce" in {error for error, _, _ in steps["token"].refusals}


def test_every_text_of_inspections_and_faults_has_its_vietnamese() -> None:
    steps = (
        *authorization.STEPS.values(),
        *tokens.REQUEST_OBJECT_STEPS,
        *tokens.ASSERTION_STEPS,
        *tokens.PROOF_STEPS,
        *tokens.ID_TOKEN_STEPS,
        *redemption.CODE_STEPS,
        *redemption.REFRESH_STEPS,
        *redemption.TOKEN_STEPS,
    )
    texts = {step.title for step in (authorization.CLIENT, authorization.REDIRECT_URI, tokens.USED_ONCE, *steps)}
    texts |= {about for about, _ in (*parameters.ABOUT.values(), *refusals.REFUSALS.values())}
    texts |= {text for fault in FAULTS for text in (fault.what, fault.reaction)}
    texts |= {step.title for step in play_sign_in(VALUES, asks_to_refresh=True)}
    assert len(texts) > 150
    assert sorted(texts - read_catalogue().keys()) == []


def test_a_stranger_has_no_inspector_for_somebody_elses_service(
    client: FlaskClient, service: RegisteredClient, citizen: Citizen
) -> None:
    client.set_cookie(COOKIE, citizen.new_session.token)
    assert client.get(f"/services/{service.client_id}/inspector").status_code == 404
