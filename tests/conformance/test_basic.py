"""OpenID Connect Basic OP (oidcc-basic-certification-test-plan): one test a module, under its name."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from joserfc import jws
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import RegisteredClient, find_client
from eid.oauth.initial_tokens import issue_initial_token
from tests.conformance.provider import ISSUER, Provider, provider
from tests.oauth.conftest import BACK, answer_at, s256

__all__ = ["provider"]

PROFILE = {"name", "family_name", "given_name", "middle_name", "birthdate", "gender"}


def unsigned(provider: Provider, **claims: str) -> str:
    """A request object that nobody signed."""
    parts = ({"alg": "none"}, {"iss": provider.service.client_id, "aud": ISSUER, **claims})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join(encoded) + "."


def test_oidcc_server(provider: Provider) -> None:
    """A code becomes tokens, the ID token is ours and says the nonce, and userinfo is about the same person."""
    tokens = provider.get_tokens(nonce="n-0S6_WzA2Mj")
    assert tokens["token_type"] == "Bearer"
    claims = provider.verify_id_token(tokens["id_token"])
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    assert provider.read_userinfo(tokens["access_token"]).get_json()["sub"] == claims["sub"]


def test_oidcc_response_type_missing(provider: Provider) -> None:
    """A request without response_type is refused at the client, with its state."""
    answer = answer_at(provider.ask(provider.open_browser(), response_type=None))
    assert answer["error"] in ("invalid_request", "unsupported_response_type")
    assert (answer["state"], "code" in answer) == ("the-state", False)


def test_oidcc_userinfo_get(provider: Provider) -> None:
    """GET with the token in the header gives JSON."""
    answer = provider.read_userinfo(provider.get_tokens()["access_token"])
    assert (answer.status_code, answer.mimetype) == (200, "application/json")


def test_oidcc_userinfo_post_header(provider: Provider) -> None:
    """POST with the token in the header gives the same."""
    headers = {"Authorization": f"Bearer {provider.get_tokens()['access_token']}"}
    answer = provider.open_browser().post("/oauth/userinfo", headers=headers)
    assert (answer.status_code, "sub" in answer.get_json()) == (200, True)


def test_oidcc_userinfo_post_body(provider: Provider) -> None:
    """A token in a body is not supported, which the module permits: an error of HTTP, and nothing of the person."""
    answer = provider.open_browser().post(
        "/oauth/userinfo", data={"access_token": provider.get_tokens()["access_token"]}
    )
    assert (answer.status_code, "sub" in answer.get_json()) == (401, False)


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(provider: Provider) -> None:
    """Without a nonce the code flow goes on, and the ID token has none."""
    assert "nonce" not in provider.verify_id_token(provider.get_tokens(nonce=None)["id_token"])


def test_oidcc_scope_profile(provider: Provider) -> None:
    """The scope gives the profile's claims in userinfo, and none of another scope."""
    userinfo, id_token = provider.get_claims(scope="openid profile")
    assert set(userinfo) == {"sub", *PROFILE}
    assert not PROFILE & set(id_token)


def test_oidcc_scope_email(provider: Provider) -> None:
    """The scope gives the address and whether it is verified."""
    userinfo, _ = provider.get_claims(scope="openid email")
    assert userinfo["email"] == "minh@mail.example"
    assert isinstance(userinfo["email_verified"], bool)
    assert set(userinfo) == {"sub", "email", "email_verified"}


def test_oidcc_scope_address(provider: Provider) -> None:
    """The scope gives the address as an object with its members as text."""
    userinfo, _ = provider.get_claims(scope="openid address")
    assert set(userinfo) == {"sub", "address"}
    assert all(isinstance(value, str) and value for value in userinfo["address"].values())
    assert {"formatted", "street_address", "locality", "region", "country"} == set(userinfo["address"])


def test_oidcc_scope_phone(provider: Provider) -> None:
    """The scope gives the number and whether it is verified."""
    userinfo, _ = provider.get_claims(scope="openid phone")
    assert set(userinfo) == {"sub", "phone_number", "phone_number_verified"}
    assert userinfo["phone_number_verified"] is True


def test_oidcc_scope_all(provider: Provider) -> None:
    """All standard scopes at once give the claims of all."""
    userinfo, _ = provider.get_claims(scope="openid profile email address phone")
    assert {*PROFILE, "email", "address", "phone_number"} <= set(userinfo)


def test_oidcc_alternate_happy_flow(provider: Provider) -> None:
    """Neither the order of the scopes nor that of the parameters matters."""
    browser = provider.open_browser()
    request = dict(reversed(provider.request(scope="email openid").items()))
    page = provider.visit(browser, f"/oauth/authorize?{urlencode(request)}")
    tokens = provider.redeem(answer_at(provider.go_on(browser, page))["code"]).get_json()
    assert "email" in provider.read_userinfo(tokens["access_token"]).get_json()


@pytest.mark.parametrize("display", ["page"])
def test_oidcc_display_page(provider: Provider, display: str) -> None:
    """The display that is asked for changes nothing that would fail."""
    assert "code" in provider.authorize(provider.open_browser(), display=display)


@pytest.mark.parametrize("display", ["popup"])
def test_oidcc_display_popup(provider: Provider, display: str) -> None:
    """The display that is asked for changes nothing that would fail."""
    assert "code" in provider.authorize(provider.open_browser(), display=display)


def test_oidcc_prompt_login(provider: Provider) -> None:
    """Who is signed in already has to sign in again, and auth_time is later."""
    browser = provider.open_browser()
    first = provider.verify_id_token(provider.get_tokens(browser)["id_token"])
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=2)):
        page = provider.ask(browser, prompt="login")
        assert 'data-act="sign-in"' in page.text
        code = answer_at(provider.go_on(browser, page))["code"]
        second = provider.verify_id_token(provider.redeem(code).get_json()["id_token"])
    assert second["auth_time"] > first["auth_time"]
    assert second["sub"] == first["sub"]


def test_oidcc_prompt_none_not_logged_in(provider: Provider) -> None:
    """Nobody is signed in, and no page may be shown: an error at the client."""
    answer = answer_at(provider.ask(provider.open_browser(), prompt="none"))
    assert answer["error"] in ("login_required", "interaction_required")
    assert answer["state"] == "the-state"


def test_oidcc_prompt_none_logged_in(provider: Provider) -> None:
    """Who is signed in and agreed gets a code without a page, as the same person, signed in at the same time."""
    browser = provider.open_browser()
    first = provider.verify_id_token(provider.get_tokens(browser)["id_token"])
    code = answer_at(provider.ask(browser, prompt="none"))["code"]
    second = provider.verify_id_token(provider.redeem(code).get_json()["id_token"])
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


def test_oidcc_max_age_1(provider: Provider) -> None:
    """Who signed in more than a second ago signs in again, and auth_time says when."""
    browser = provider.open_browser()
    first = provider.verify_id_token(provider.get_tokens(browser)["id_token"])
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=3)):
        page = provider.ask(browser, max_age="1")
        assert 'data-act="sign-in"' in page.text
        code = answer_at(provider.go_on(browser, page))["code"]
        second = provider.verify_id_token(provider.redeem(code).get_json()["id_token"])
    assert second["auth_time"] > first["auth_time"]


def test_oidcc_max_age_10000(provider: Provider) -> None:
    """Who signed in less than that ago does not sign in again, and auth_time is told and the same."""
    browser = provider.open_browser()
    first = provider.verify_id_token(provider.get_tokens(browser)["id_token"])
    code = answer_at(provider.ask(browser, max_age="10000"))["code"]
    second = provider.verify_id_token(provider.redeem(code).get_json()["id_token"])
    assert second["auth_time"] == first["auth_time"]


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(provider: Provider) -> None:
    """A parameter that nobody knows is ignored."""
    assert "code" in provider.authorize(provider.open_browser(), extra="foobar")


def test_oidcc_id_token_hint(provider: Provider) -> None:
    """With prompt=none and a hint at who is signed in, the same person is told of."""
    browser = provider.open_browser()
    first = provider.get_tokens(browser)
    code = answer_at(provider.ask(browser, prompt="none", id_token_hint=first["id_token"]))["code"]
    second = provider.verify_id_token(provider.redeem(code).get_json()["id_token"])
    assert second["sub"] == provider.verify_id_token(first["id_token"])["sub"]


def test_oidcc_login_hint(provider: Provider) -> None:
    """A hint at who might sign in stands on the page, and nothing fails."""
    browser = provider.open_browser()
    page = provider.ask(browser, login_hint=provider.pin)
    assert f'value="{provider.pin}"' in page.text
    assert "code" in answer_at(provider.go_on(browser, page))
    assert "buffy" not in provider.ask(provider.open_browser(), login_hint="buffy@example.org").text


def test_oidcc_ui_locales(provider: Provider) -> None:
    """The first language that there is is that of the page; one that there is not does not fail."""
    assert '<html lang="en"' in provider.ask(provider.open_browser(), ui_locales="se en vi").text
    assert "code" in provider.authorize(provider.open_browser(), ui_locales="se")


def test_oidcc_claims_locales(provider: Provider) -> None:
    """A wish for a language of claims does not fail; they come as the register has them."""
    userinfo, _ = provider.get_claims(scope="openid profile", claims_locales="se en")
    assert userinfo["name"] == "Trần Văn Minh"


def test_oidcc_ensure_request_with_acr_values_succeeds(provider: Provider) -> None:
    """A voluntary acr is met where it can be, and the one that happened is told."""
    acr = provider.get_metadata()["acr_values_supported"][0]
    tokens = provider.get_tokens(acr_values=f"urn:other {acr}")
    assert provider.verify_id_token(tokens["id_token"])["acr"] == acr


def test_oidcc_codereuse(provider: Provider) -> None:
    """A code that comes again is refused, and what it gave opens nothing any more."""
    code = provider.authorize(provider.open_browser())["code"]
    token = provider.redeem(code).get_json()["access_token"]
    again = provider.redeem(code)
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
    assert provider.read_userinfo(token).status_code == 401


def test_oidcc_codereuse_30seconds(provider: Provider) -> None:
    """The same half a minute later."""
    code = provider.authorize(provider.open_browser())["code"]
    token = provider.redeem(code).get_json()["access_token"]
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=31)):
        again = provider.redeem(code)
        assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")
        assert provider.read_userinfo(token).status_code == 401


def test_oidcc_ensure_registered_redirect_uri(provider: Provider) -> None:
    """A redirect URI that is not registered is refused on our own page, and nothing is sent there."""
    page = provider.ask(provider.open_browser(), redirect_uri=f"{BACK}/Kq7z")
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_oidcc_ensure_post_request_succeeds(provider: Provider) -> None:
    """An authorization request may be posted."""
    browser = provider.open_signed_in()
    kept = browser.post("/oauth/authorize", data=provider.request())
    assert kept.status_code == 303
    answer = answer_at(provider.go_on(browser, provider.visit(browser, kept.headers["Location"])))
    assert provider.redeem(answer["code"]).status_code == 200


def test_oidcc_server_client_secret_post(provider: Provider) -> None:
    """The client may prove itself in the body."""
    code = provider.authorize(provider.open_browser())["code"]
    secret = {"client_id": provider.service.client_id, "client_secret": provider.service.secret or ""}
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    answer = provider.open_browser().post("/oauth/token", data=form | secret)
    assert answer.status_code == 200
    provider.verify_id_token(answer.get_json()["id_token"])


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(provider: Provider) -> None:
    """A request object that nobody signed is refused with the error for it, and what it says counts for nothing."""
    answer = answer_at(provider.ask(provider.open_browser(), request=unsigned(provider, state="inner")))
    assert answer["error"] in ("request_not_supported", "invalid_request_object")
    assert answer["state"] == "the-state"


def test_oidcc_claims_essential(provider: Provider) -> None:
    """A name that is asked for as essential, without the profile's scope, is in userinfo."""
    wish = json.dumps({"userinfo": {"name": {"essential": True}}})
    userinfo, id_token = provider.get_claims(claims=wish)
    assert userinfo["name"] == "Trần Văn Minh"
    assert set(userinfo) == {"sub", "name"}
    assert "name" not in id_token


def test_oidcc_ensure_request_object_with_redirect_uri(provider: Provider) -> None:
    """A redirect URI in an unsigned request object leads nobody there: the object is refused at the registered one."""
    inner = unsigned(provider, redirect_uri="https://elsewhere.example/back")
    answer = answer_at(provider.ask(provider.open_browser(), request=inner))
    assert answer["error"] in ("request_not_supported", "invalid_request_object")


def test_oidcc_refresh_token(provider: Provider) -> None:
    """A refresh token gives tokens for the same person, signed in at the same time, and not to another client."""
    tokens = provider.get_tokens(scope="openid offline_access", prompt="consent")
    auth = (provider.service.client_id, provider.service.secret or "")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    answer = provider.open_browser().post("/oauth/token", data=form, auth=auth)
    assert answer.status_code == 200
    first, second = (provider.verify_id_token(t["id_token"]) for t in (tokens, answer.get_json()))
    assert {n: second[n] for n in ("iss", "sub", "aud", "auth_time")} == {
        n: first[n] for n in ("iss", "sub", "aud", "auth_time")
    }
    assert second["iat"] >= first["iat"]
    assert provider.read_userinfo(answer.get_json()["access_token"]).status_code == 200


def test_oidcc_ensure_request_with_valid_pkce_succeeds(provider: Provider) -> None:
    """S256 with its verifier is good, with another verifier it is not."""
    verifier = "k" * 64
    challenge = {"code_challenge": s256(verifier), "code_challenge_method": "S256"}
    code = provider.authorize(provider.open_browser(), **challenge)["code"]
    assert provider.redeem(code, code_verifier=verifier).status_code == 200
    other = provider.authorize(provider.open_browser(), **challenge)["code"]
    assert provider.redeem(other, code_verifier="w" * 64).get_json()["error"] == "invalid_grant"


# With a client that registered itself (the variant dynamic_client)


@pytest.fixture
def dynamic(provider: Provider) -> Provider:
    """The provider as a client meets it that registered itself and named no algorithm."""
    return register_itself(provider)


def register_itself(provider: Provider, **changes: object) -> Provider:
    answer = ask_to_register(provider, **changes)
    assert answer.status_code == 201, answer.text
    found = answer.get_json()
    with provider.app.app_context():
        client = find_client(found["client_id"])
        db.session.expunge_all()
    return replace(provider, service=RegisteredClient(client, found["client_id"], found["client_secret"]))


def ask_to_register(provider: Provider, **changes: object) -> TestResponse:
    with provider.app.app_context():
        used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
        session = record_session(find_account(provider.person_id), used, now=wall_now()).session
        token = issue_initial_token(session, organisation_id=None, uses=1)
    document = {"client_name": "conformance", "redirect_uris": [BACK], "response_types": ["code"], "scope": "openid"}
    headers = {"Authorization": f"Bearer {token}"}
    return provider.open_browser().post("/oauth/register", json=document | changes, headers=headers)


def test_oidcc_idtoken_signature(dynamic: Provider) -> None:
    """Where the registration names no algorithm, the ID token is signed by RS256 and names its key."""
    tokens = dynamic.get_tokens(dynamic.open_strongly_signed_in())
    header = jws.extract_compact(tokens["id_token"].encode()).headers()
    assert (header["alg"], bool(header["kid"])) == ("RS256", True)
    dynamic.verify_id_token(tokens["id_token"])


def test_oidcc_idtoken_unsigned(provider: Provider) -> None:
    """`none` is not among the algorithms, which the module permits; who registers it all the same is refused."""
    assert "none" not in provider.get_metadata()["id_token_signing_alg_values_supported"]
    answer = ask_to_register(provider, id_token_signed_response_alg="none")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_client_metadata")


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(dynamic: Provider) -> None:
    """A request object by reference is rejected as unsupported, at the client, as discovery says; a client that registered
    itself is told once somebody has signed in (RFC 9700, section 4.11.2)."""
    assert dynamic.get_metadata()["request_uri_parameter_supported"] is False
    page = dynamic.ask(dynamic.open_strongly_signed_in(), request_uri="https://client.example/request.jwt")
    answer = answer_at(page)
    assert (answer["error"], answer["state"]) == ("request_uri_not_supported", "the-state")
