"""Attacks on sign-in, each tried step by step over HTTP by an attacker with a browser and a service of their own (RFC 9700).

What the attacker has is what the section says they can have; what they are refused with is the last line. Where the database
decides, on both of them.
"""

from __future__ import annotations

import base64
import hmac
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from eid.db import db
from eid.oauth.client_assertions import ASSERTION_TYPE
from eid.oauth.models import Client
from eid.oauth.notices.signing import sign_for_client
from eid.web.session import COOKIE
from tests.conftest import Databases
from tests.oauth.assertions import claims_of, key_for, proof_of, sign
from tests.oauth.attacking import (
    ATTACKER,
    CITIZEN,
    EVIL_BACK,
    NATIVE_BACK,
    Scene,
    answer_of,
    back_of,
    error_of,
    form_token,
    playing,
)
from tests.oauth.conftest import BACK, ISSUER, VERIFIER, s256
from tests.oauth.proving import HeldKey, encode
from tests.people import PASSCODE, PASSWORD
from tests.walker import read_forms

without_database = pytest.mark.parametrize("scene", ["sqlite"], indirect=True)
"""Refused, or answered, whatever the database does."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    with playing(databases, request.param, Path(tmp_path_factory.mktemp("attacks"))) as scene:
        yield scene


# 4.4 Mix-up: the service believes that it speaks with the attacker's provider, and brings code and verifier there.


@without_database
@pytest.mark.parametrize("mode", ["query", "form_post", "jwt"])
@pytest.mark.parametrize("asked", [{}, {"scope": "openid address"}], ids=["code", "error"])
def test_mix_up_every_answer_says_whose_it_is(scene: Scene, mode: str, asked: dict[str, str]) -> None:
    """RFC 9207, section 2: also an error, in each response mode; a service that expects the attacker's provider stops here"""
    answer = scene.ask(scene.open_browser(CITIZEN), scene.honest, response_mode=mode, **asked)
    if mode == "form_post":
        assert f'name="iss" value="{ISSUER}"' in answer.text
    elif mode == "jwt":
        told = answer_of(answer)
        assert set(told) == {"response"}
        assert _payload_of(told["response"])["iss"] == ISSUER
    else:
        assert answer_of(answer)["iss"] == ISSUER


def _payload_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found


def test_mix_up_a_code_brought_to_the_attacker_gives_them_nothing(scene: Scene) -> None:
    """The service did not look at `iss`: the attacker has code and verifier, but not what the service proves itself by"""
    code = scene.get_code(scene.open_browser(CITIZEN), scene.honest)
    for way in (scene.evil, scene.native, None):
        answer = scene.redeem(code, way or scene.honest, redirect_uri=BACK) if way else _redeem_unproved(scene, code)
        assert error_of(answer) in ((400, "invalid_grant"), (401, "invalid_client")), answer.text
    assert scene.redeem(code, scene.honest).status_code == 200


def _redeem_unproved(scene: Scene, code: str) -> TestResponse:
    """With the name of the service and no secret."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return scene.app.test_client().post("/oauth/token", data=form | {"client_id": scene.honest.client_id})


@without_database
@pytest.mark.parametrize("aud", ["https://evil.example/token", ["https://evil.example", ISSUER]])
def test_mix_up_an_assertion_made_for_the_attackers_token_endpoint_is_none_here(scene: Scene, aud: Any) -> None:
    """A bank proved itself to the attacker's provider; they hand the proof on to ours"""
    sent = {"grant_type": "authorization_code", "code": "c"} | proof_of(scene.bank.client_id, aud=aud)
    assert error_of(scene.post("/oauth/token", sent, None)) == (401, "invalid_client")


# 4.5 Code injection, and codes that are another's.


def test_code_injection_a_stolen_code_fits_no_other_visit(scene: Scene) -> None:
    """The attacker puts the citizen's code into their own visit at the service: its verifier is another"""
    code = scene.get_code(scene.open_browser(CITIZEN), scene.honest)
    assert error_of(scene.redeem(code, scene.honest, code_verifier="a" * 43)) == (400, "invalid_grant")
    assert error_of(scene.redeem(code, scene.honest, code_verifier=None)) == (400, "invalid_grant")


def test_code_injection_a_stolen_code_of_a_public_client_is_worth_nothing_without_its_verifier(scene: Scene) -> None:
    """Another app took the code from the private address of the first (RFC 7636, section 1)"""
    code = scene.get_code(scene.open_browser(CITIZEN), scene.native)
    for verifier in (None, s256(VERIFIER), "a" * 43):
        assert error_of(scene.redeem(code, scene.native, code_verifier=verifier)) == (400, "invalid_grant")


def test_a_code_of_another_client_is_refused_and_stays_its_clients(scene: Scene) -> None:
    """Neither does the attempt end it, which would let anybody who saw a code shut its citizen out"""
    code = scene.get_code(scene.open_browser(CITIZEN), scene.honest)
    assert error_of(scene.redeem(code, scene.evil, redirect_uri=BACK)) == (400, "invalid_grant")
    assert error_of(scene.redeem(code, scene.evil)) == (400, "invalid_grant")
    assert scene.redeem(code, scene.honest).status_code == 200


# 4.6 Access token injection: a token of the attacker's service is shown by the honest one as its own.


def test_access_token_injection_a_token_of_another_service_names_another_person(scene: Scene) -> None:
    """Who compares `sub` of userinfo with that of the ID token (OpenID Connect Core, 5.3.2) finds out: subjects are pairwise"""
    evil = scene.get_tokens(scene.open_browser(CITIZEN), scene.evil)
    honest = scene.get_tokens(scene.open_browser(CITIZEN), scene.honest)
    injected, own = (scene.read(tokens["access_token"]).get_json()["sub"] for tokens in (evil, honest))
    assert injected != own
    told = scene.post("/oauth/introspect", {"token": evil["access_token"]}, scene.honest)
    assert told.get_json() == {"active": False}


# 4.8 and the like: downgrades.


@without_database
def test_pkce_downgrade_a_request_without_challenge_is_refused_and_plain_is_too(scene: Scene) -> None:
    """The attacker takes the challenge out of the citizen's request on its way, or makes it one that can be read"""
    browser = scene.open_browser(CITIZEN)
    stripped = scene.ask(browser, scene.honest, code_challenge=None, code_challenge_method=None)
    assert answer_of(stripped)["error"] == "invalid_request"
    for method in ("plain", None):
        asked = scene.ask(browser, scene.honest, code_challenge=VERIFIER, code_challenge_method=method)
        assert answer_of(asked)["error"] == "invalid_request"


def test_pkce_downgrade_a_code_without_challenge_takes_no_verifier(scene: Scene) -> None:
    """RFC 9700, section 4.8.2: also where a service was registered to do without"""
    browser = scene.open_browser(CITIZEN)
    code = scene.get_code(browser, scene.unchallenged, code_challenge=None, code_challenge_method=None)
    assert error_of(scene.redeem(code, scene.unchallenged)) == (400, "invalid_grant")


@without_database
def test_profile_downgrade_a_bank_is_not_served_by_the_weaker_rules(scene: Scene) -> None:
    """Its request in the browser, its secret, its token without a key: none is taken from it or in its name"""
    browser = scene.open_browser(CITIZEN)
    assert answer_of(scene.ask(browser, scene.bank))["error"] == "invalid_request"
    by_secret = scene.app.test_client().post(
        "/oauth/par", data=scene.request(scene.bank), auth=(scene.bank.client_id, "a-secret")
    )
    assert error_of(by_secret) == (401, "invalid_client")
    unbound = {"grant_type": "authorization_code", "code": "c", "redirect_uri": back_of(scene.bank)}
    answer = scene.post("/oauth/token", unbound | proof_of(scene.bank.client_id), None)
    assert error_of(answer) == (400, "invalid_request")


@without_database
def test_algorithm_downgrade_no_assertion_is_signed_by_nothing_or_by_what_everybody_knows(scene: Scene) -> None:
    """`none`, RS256 with fapi2, and HS256 with the public key taken for a secret (RFC 8725, sections 2.1 and 3.1)"""
    public = key_for("PS256")
    claims = claims_of(scene.bank.client_id)
    unsigned = f"{_encode({'alg': 'none'})}.{_encode(claims)}."
    attempts = [
        unsigned,
        sign(claims, alg="RS256"),
        _sign_by_public_key({"alg": "HS256", "kid": public.kid}, claims, public.as_pem(private=False)),
    ]
    for assertion in attempts:
        sent = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        assert error_of(scene.post("/oauth/par", scene.request(scene.bank) | sent, None)) == (401, "invalid_client")


@without_database
@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_algorithm_downgrade_no_proof_of_a_key_either(scene: Scene, alg: str) -> None:
    key = HeldKey.generate()
    proof = scene.prove(key, "/oauth/token", header={"alg": alg})
    answer = scene.redeem("c", scene.honest, headers={"DPoP": proof})
    assert error_of(answer) == (400, "invalid_dpop_proof")


@without_database
def test_algorithm_downgrade_nor_a_request_object(scene: Scene) -> None:
    request = scene.request(scene.bank) | {"iss": scene.bank.client_id, "aud": ISSUER}
    unsigned = f"{_encode({'alg': 'none', 'typ': 'oauth-authz-req+jwt'})}.{_encode(request)}."
    sent = {"client_id": scene.bank.client_id, "request": unsigned} | proof_of(scene.bank.client_id)
    assert error_of(scene.post("/oauth/par", sent, None)) == (400, "invalid_request_object")


def _sign_by_public_key(header: dict[str, Any], claims: dict[str, Any], pem: bytes) -> str:
    signed = f"{_encode(header)}.{_encode(claims)}"
    return f"{signed}.{encode(hmac.digest(pem, signed.encode(), 'sha256'))}"


def _encode(part: dict[str, Any]) -> str:
    return encode(json.dumps(part).encode())


# Replays: what was good once is sent again by whoever saw it.


def test_replay_of_a_code_ends_what_it_gave(scene: Scene) -> None:
    """RFC 6749, section 4.1.2; RFC 9700, section 4.2.4"""
    code = scene.get_code(scene.open_browser(CITIZEN), scene.honest)
    tokens = scene.redeem(code, scene.honest).get_json()
    assert error_of(scene.redeem(code, scene.honest)) == (400, "invalid_grant")
    assert scene.read(tokens["access_token"]).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert error_of(scene.post("/oauth/token", refresh, scene.honest)) == (400, "invalid_grant")


def test_replay_of_a_refresh_token_ends_the_grant_of_thief_and_citizen(scene: Scene) -> None:
    """RFC 9700, section 4.14.2: of a public client, after the thief's next token was used"""
    tokens = scene.get_tokens(scene.open_browser(CITIZEN), scene.native)
    stolen = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    second = scene.post("/oauth/token", stolen, scene.native).get_json()
    third = scene.post("/oauth/token", stolen | {"refresh_token": second["refresh_token"]}, scene.native).get_json()
    assert error_of(scene.post("/oauth/token", stolen, scene.native)) == (400, "invalid_grant")
    last = scene.post("/oauth/token", stolen | {"refresh_token": third["refresh_token"]}, scene.native)
    assert error_of(last) == (400, "invalid_grant")
    assert scene.read(third["access_token"]).status_code == 401


def test_a_refresh_token_of_another_client_is_refused(scene: Scene) -> None:
    tokens = scene.get_tokens(scene.open_browser(CITIZEN), scene.honest)
    stolen = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert error_of(scene.post("/oauth/token", stolen, scene.evil)) == (400, "invalid_grant")
    assert scene.post("/oauth/token", stolen, scene.honest).status_code == 200


def test_replay_of_a_dpop_proof_and_of_the_token_it_came_with(scene: Scene) -> None:
    """RFC 9449, section 11.1: the thief has the token and a proof that was let in, and then neither alone nor both suffice"""
    key, thief = HeldKey.generate(), HeldKey.generate()
    code = scene.get_code(scene.open_browser(CITIZEN), scene.honest)
    proof = scene.prove(key, "/oauth/token")
    token = scene.redeem(code, scene.honest, headers={"DPoP": proof}).get_json()["access_token"]
    again = scene.get_code(scene.open_browser(CITIZEN), scene.honest)
    assert error_of(scene.redeem(again, scene.honest, headers={"DPoP": proof})) == (400, "invalid_dpop_proof")
    shown = scene.prove(key, "/oauth/userinfo", method="GET", token=token)
    assert scene.read(token, scheme="DPoP", proof=shown).status_code == 200
    assert scene.read(token, scheme="DPoP", proof=shown).status_code == 401
    assert scene.read(token).status_code == 401
    others = scene.prove(thief, "/oauth/userinfo", method="GET", token=token)
    assert scene.read(token, scheme="DPoP", proof=others).status_code == 401


def test_replay_of_an_assertion(scene: Scene) -> None:
    """RFC 7523, section 3: at the same and at another endpoint"""
    sent = scene.request(scene.bank) | proof_of(scene.bank.client_id, jti=uuid.uuid4().hex)
    assert scene.post("/oauth/par", sent, None).status_code == 201
    assert error_of(scene.post("/oauth/par", sent, None)) == (401, "invalid_client")
    elsewhere = {name: value for name, value in sent.items() if name.startswith("client_")} | {"token": "t"}
    assert error_of(scene.post("/oauth/introspect", elsewhere, None)) == (401, "invalid_client")


def test_replay_of_a_request_uri_and_one_of_another_client(scene: Scene) -> None:
    """RFC 9126, section 7.3 and FAPI 2.0, section 5.3.2.2: used up by its answer, and nobody else's"""
    sent = scene.request(scene.bank) | proof_of(scene.bank.client_id)
    request_uri = scene.post("/oauth/par", sent, None).get_json()["request_uri"]
    visit = {"client_id": scene.bank.client_id, "request_uri": request_uri}
    stranger = scene.open_browser(ATTACKER).get("/oauth/authorize", query_string=visit | {"client_id": "another"})
    assert stranger.status_code == 400
    others = scene.open_browser(ATTACKER).get(
        "/oauth/authorize", query_string=visit | {"client_id": scene.evil.client_id}
    )
    assert others.status_code == 400
    assert "code" in answer_of(scene.open_browser(CITIZEN).get("/oauth/authorize", query_string=visit))
    assert scene.open_browser(ATTACKER).get("/oauth/authorize", query_string=visit).status_code == 400


def test_replay_of_an_id_token_as_a_hint_opens_and_ends_nothing_of_its_citizen(scene: Scene) -> None:
    """Whoever found an ID token in a log: it signs nobody in, and ends nobody's session but that of its own browser"""
    browser = scene.open_browser(CITIZEN)
    id_token = scene.get_tokens(browser, scene.honest)["id_token"]
    hinted = {"id_token_hint": id_token, "prompt": "none"}
    for thief in (scene.open_browser(), scene.open_browser(ATTACKER)):
        assert answer_of(scene.ask(thief, scene.honest, **hinted))["error"] == "login_required"
        thief.get("/oauth/logout", query_string={"id_token_hint": id_token})
        assert "code" in answer_of(scene.ask(browser, scene.honest, prompt="none"))
    assert scene.read(id_token).status_code == 401


def test_replay_of_a_logout_token_as_anything_else(scene: Scene) -> None:
    """A service was told that a session is over, and holds a token signed by us: it is no hint, no proof and no access"""
    browser = scene.open_browser(CITIZEN)
    scene.get_tokens(browser, scene.honest)
    with scene.app.app_context():
        claims = {"iss": ISSUER, "aud": scene.honest.client_id, "sub": "s", "sid": "s", "jti": uuid.uuid4().hex}
        token = sign_for_client(scene.honest.client, claims, typ="logout+jwt")
    assert scene.open_browser().get("/oauth/logout", query_string={"id_token_hint": token}).status_code == 400
    assert answer_of(scene.ask(browser, scene.honest, id_token_hint=token))["error"] == "invalid_request"
    assert scene.read(token).status_code == 401
    sent = {"grant_type": "authorization_code", "client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
    assert error_of(scene.post("/oauth/token", sent, None)) == (401, "invalid_client")


# 4.11 Open redirection, and 4.1: addresses that are nearly right.


@without_database
@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/back",
        "https://clinic.example.evil.example/back",
        "https://clinic.example@evil.example/back",
        "https://clinic.example/back/../../evil",
        "https://clinic.example/back?next=https://evil.example",
        "https://clinic.example/back#@evil.example",
        "https://clinic.example\\@evil.example/back",
        "//evil.example/back",
        "http://clinic.example/back",
        "https://clinic.example/Back",
        "https://clinic.example:443/back",
        "https://clinic.example/back%2f",
        "javascript:alert(1)//https://clinic.example/back",
    ],
)
def test_open_redirect_no_address_but_the_registered_one_is_answered_to(scene: Scene, uri: str) -> None:
    """RFC 9700, sections 4.1.3 and 4.11.2: nobody is led there, not even by an error"""
    for asked in ({}, {"scope": "nonsense"}, {"response_type": "token"}, {"prompt": "none"}):
        answer = scene.ask(scene.open_browser(CITIZEN), scene.honest, redirect_uri=uri, **asked)
        assert (answer.status_code, answer.headers.get("Location")) == (400, None)


def unreviewed(scene: Scene, is_test: bool) -> None:
    with scene.app.app_context():
        changing = update(Client).where(Client.client_id == scene.evil.client_id)
        db.session.execute(changing.values(is_test=is_test))
        db.session.commit()


@without_database
@pytest.mark.parametrize("asked", [{"scope": "nonsense"}, {"response_type": "token"}, {"prompt": "none"}])
def test_open_redirect_nobody_is_led_to_an_address_that_was_not_reviewed_before_they_signed_in(
    scene: Scene, asked: dict[str, str]
) -> None:
    """RFC 9700, section 4.11.2: a client that registered itself, which takes no more than a token; also by POST"""
    assert back_of(scene.evil) in scene.ask(scene.open_browser(), scene.evil, **asked).headers["Location"]
    unreviewed(scene, True)
    answer = scene.ask(scene.open_browser(), scene.evil, **asked)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    assert "dùng để thử" in answer.text
    posted = scene.open_browser().post(
        "/oauth/authorize", data=scene.request(scene.evil, **asked), follow_redirects=True
    )
    assert posted.status_code == 400 and "dùng để thử" in posted.text
    led = scene.ask(scene.open_browser(CITIZEN), scene.evil, **asked).headers["Location"]
    assert led.startswith(back_of(scene.evil))
    unreviewed(scene, False)


@without_database
def test_open_redirect_one_services_address_is_not_anothers(scene: Scene) -> None:
    answer = scene.ask(scene.open_browser(CITIZEN), scene.honest, redirect_uri=EVIL_BACK)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)
    repeated = [*scene.request(scene.honest).items(), ("redirect_uri", EVIL_BACK)]
    assert scene.open_browser(CITIZEN).get("/oauth/authorize", query_string=repeated).status_code == 400


@without_database
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/%09/evil.example"])
def test_open_redirect_neither_signing_in_nor_out_leads_away(scene: Scene, target: str) -> None:
    signed_in = scene.open_browser(CITIZEN).get("/citizen/sign-in", query_string={"next": target})
    host = urlsplit(signed_in.headers.get("Location", "")).netloc
    assert host in ("", "localhost:8000")
    named = {"client_id": scene.honest.client_id, "post_logout_redirect_uri": target}
    out = scene.open_browser(CITIZEN).get("/oauth/logout", query_string=named)
    assert (out.status_code, out.headers.get("Location")) == (400, None)


# 4.7 Cross-site request forgery.


def test_csrf_an_answer_of_the_attackers_visit_gives_the_citizen_nothing(scene: Scene) -> None:
    """They lead the citizen's browser back to the service with their own code: it is bound to their challenge, nonce and state"""
    asked = {"code_challenge": s256("a" * 43), "state": "theirs", "nonce": "theirs"}
    answer = answer_of(scene.ask(scene.open_browser(ATTACKER), scene.honest, **asked))
    assert answer["state"] == "theirs"
    assert error_of(scene.redeem(answer["code"], scene.honest)) == (400, "invalid_grant")


def test_csrf_no_other_site_consents_in_the_citizens_name(scene: Scene) -> None:
    """A form elsewhere leads to the consent page's address: without the page's own token nothing happens"""
    browser = scene.open_browser(CITIZEN)
    at = scene.ask(browser, scene.honest, prompt="consent").headers["Location"]
    scopes = ["openid", "identity", "phone"]
    forged = {"act": "approve", "scope": scopes, "passcode": PASSCODE}
    assert browser.post(at, data=forged).status_code == 400
    token = form_token(scene.open_browser(ATTACKER).get("/citizen/sign-in?again=yes"))
    assert browser.post(at, data=forged | {"csrf_token": token}).status_code == 400
    assert browser.get(at).status_code == 200


def test_csrf_no_other_site_signs_a_browser_in(scene: Scene) -> None:
    """The citizen would act in the attacker's account without knowing"""
    browser = scene.open_browser()
    sent = {"pin": f"979085000{ATTACKER}", "password": PASSWORD}
    assert browser.post("/citizen/sign-in?level=LoA1", data=sent).status_code == 400
    assert browser.get_cookie(COOKIE) is None


def test_csrf_no_other_site_signs_a_browser_out(scene: Scene) -> None:
    browser = scene.open_browser(CITIZEN)
    named = {"client_id": scene.evil.client_id}
    assert browser.get("/oauth/logout", query_string=named).status_code == 200
    assert browser.post("/oauth/logout/confirm", data={"act": "sign-out"} | named).status_code == 400
    assert "code" in answer_of(scene.ask(browser, scene.honest, prompt="none"))


# Fixation: the attacker begins what the citizen finishes.


def test_session_fixation_a_planted_cookie_is_not_what_the_citizen_is_signed_in_with(scene: Scene) -> None:
    """Neither a made-up token nor one of the attacker's own session is carried over"""
    mine = scene.open_browser(ATTACKER)
    theirs = mine.get_cookie(COOKIE)
    assert theirs is not None
    for planted in ("made-up", theirs.value):
        browser = scene.open_browser()
        browser.set_cookie(COOKIE, planted)
        page = browser.get("/citizen/sign-in?again=yes&level=LoA1")
        sent = {"pin": f"979085000{CITIZEN}", "password": PASSWORD, "csrf_token": form_token(page)}
        assert browser.post("/citizen/sign-in?again=yes&level=LoA1", data=sent).status_code == 303
        now = browser.get_cookie(COOKIE)
        assert now is not None and now.value != planted
    kept = scene.ask(mine, scene.honest)
    assert kept.headers["Location"].startswith("/citizen/sign-in")


def test_request_fixation_a_request_that_the_attacker_began_answers_nobody_but_who_decided(scene: Scene) -> None:
    """Their link leads the citizen to the consent page of a request of theirs; once it is the citizen's, they are out"""
    browser, other = scene.open_browser(CITIZEN), scene.open_browser(ATTACKER)
    asked = scene.request(scene.honest, prompt="consent", state="theirs")
    at = scene.open_browser().post("/oauth/authorize", data=asked).headers["Location"]
    page = browser.get(at)
    assert page.status_code == 200
    assert other.get(at).status_code == 404
    forged = {"act": "approve", "scope": "openid", "passcode": PASSCODE, "csrf_token": form_token(page)}
    assert other.post(at, data=forged).status_code in (400, 404)


# 4.3, 4.9, 4.10, 4.12, 4.13, 4.15: the rest that an attacker can do here.


def test_a_stolen_access_token_does_not_work_for_another_service(scene: Scene) -> None:
    """Neither told about nor ended by a service that it is not of (RFC 7009, section 2.1; RFC 7662, section 4)"""
    token = scene.get_tokens(scene.open_browser(CITIZEN), scene.honest)["access_token"]
    assert scene.post("/oauth/introspect", {"token": token}, scene.evil).get_json() == {"active": False}
    scene.post("/oauth/revoke", {"token": token}, scene.evil)
    assert scene.read(token).status_code == 200


@without_database
def test_no_answer_to_a_form_with_secrets_makes_a_browser_post_them_again(scene: Scene) -> None:
    """RFC 9700, section 4.12: 303, never 307 or 308; here of signing in and of consenting"""
    browser = scene.open_browser()
    at = scene.ask(browser, scene.honest).headers["Location"]
    page = browser.get(at)
    sent = {"pin": f"979085000{CITIZEN}", "password": PASSWORD, "csrf_token": form_token(page)}
    assert browser.post(at, data=sent).status_code == 303
    consenting = scene.open_browser(CITIZEN)
    at = scene.ask(consenting, scene.honest, prompt="consent").headers["Location"]
    page = consenting.get(at)
    agreed = {"act": "approve", "scope": ["openid", "identity", "phone", "offline_access"], "passcode": PASSCODE}
    agreed["claim"] = _claims_of(page)
    answer = consenting.post(at, data=agreed | {"csrf_token": form_token(page)})
    assert "code" in answer_of(answer)


def _claims_of(page: TestResponse) -> list[str]:
    fields = [pair for form in read_forms(page.text) for pair in form.fields]
    return [value for name, value in fields if name == "claim"]


@without_database
@pytest.mark.parametrize(
    "field", ["Client-Cert", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Forwarded-Host"]
)
def test_header_fields_that_only_a_proxy_may_send_change_nothing(scene: Scene, field: str) -> None:
    """RFC 9700, section 4.13: nobody is believed to be a proxy who was not named"""
    forged = {field: ":MIIB:" if field == "Client-Cert" else "evil.example"}
    browser = scene.open_browser(CITIZEN)
    answer = browser.get("/oauth/authorize", query_string=scene.request(scene.honest), headers=forged)
    assert answer_of(answer)["iss"] == ISSUER
    told = browser.get("/.well-known/openid-configuration", headers=forged).get_json()
    assert "evil.example" not in json.dumps(told)


@without_database
def test_a_service_that_would_pass_for_a_citizen_cannot_choose_its_name(scene: Scene) -> None:
    """RFC 9700, section 4.15: a client's name is drawn by us, and what it gets in its own name names no subject"""
    with scene.app.app_context():
        assert scene.evil.client_id != scene.honest.client_id
        assert len(scene.evil.client_id) >= 40
    sent = {"grant_type": "client_credentials", "client_id": f"979085000{CITIZEN}"}
    assert scene.app.test_client().post("/oauth/token", data=sent).status_code == 401


@without_database
def test_a_native_apps_answer_goes_to_a_port_of_this_machine_and_nowhere_else(scene: Scene) -> None:
    """RFC 8252, section 7.3: the port is free, host and path are not"""
    browser = scene.open_browser(CITIZEN)
    for uri in (
        "http://127.0.0.1.evil.example/back",
        "http://127.0.0.1:80@evil.example/back",
        "http://127.0.0.1:1/other",
    ):
        assert scene.ask(browser, scene.native, redirect_uri=uri).status_code == 400
    good = scene.ask(browser, scene.native, redirect_uri=NATIVE_BACK.replace("127.0.0.1", "127.0.0.1:50123"))
    assert "code" in answer_of(good)
