"""Signing out at a service's request: who is asked first, who is led where, and what others can do with the address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.sessions import UsedFactor, close_session, find_sessions_of, record_session
from eid.audit import AuditEntry
from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed
from eid.keystore import KeyUse, current_keystore
from eid.oauth.clients import register_client
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.notices.signing import sign_for_client
from eid.web.session import COOKIE
from tests.conformance.logout import FRONTCHANNEL, RETURN, SignedInService, SignIn, query_of, sign_in  # noqa: F401
from tests.engines import one_engine
from tests.oauth.conftest import BACK, Citizen, request_of

pytestmark = one_engine


@pytest.fixture
def service(sign_in: SignIn) -> SignedInService:  # noqa: F811
    return sign_in()


def press(service: SignedInService, page: TestResponse, act: str, **changes: str) -> TestResponse:
    """Press a button of the question: its form is sent as it stands."""
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    return service.browser.post("/oauth/logout/confirm", data=fields | {"act": act} | changes)


def test_who_names_only_itself_is_confirmed_and_then_led_back(service: SignedInService) -> None:
    """RP-Initiated Logout, section 2: without id_token_hint the person is asked; client_id says whose address it is."""
    question = service.ask(id_token_hint=None, client_id=service.registered.client_id)
    assert question.status_code == 200
    assert "Phòng khám Thử" in question.text
    assert "form-action 'self' https://clinic.example" in question.headers["Content-Security-Policy"]
    assert service.is_signed_in()
    answer = press(service, question, "sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{RETURN}?state=s-1")
    assert not service.is_signed_in()


def test_who_stays_signed_in_is_led_nowhere_else(service: SignedInService) -> None:
    question = service.ask(id_token_hint=None, client_id=service.registered.client_id)
    answer = press(service, question, "stay")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/citizen/")
    assert service.is_signed_in()


def test_another_site_can_lead_a_browser_here_and_sign_nobody_out(service: SignedInService) -> None:
    """Neither by a link, nor by a form: the question's own form bears a token (section 6, on cross-site requests)."""
    assert service.ask(id_token_hint=None).status_code == 200
    forged = service.browser.post("/oauth/logout/confirm", data={"act": "sign-out"})
    assert (forged.status_code, "form_expired" in forged.text) == (400, True)
    posted = service.browser.post("/oauth/logout", data={"act": "sign-out"})
    assert (posted.status_code, posted.headers["Location"]) == (303, "/oauth/logout")
    assert service.is_signed_in()


def test_a_posted_request_is_the_same_request(service: SignedInService) -> None:
    """Section 2: GET and POST. Our cookie does not come with a form of another site, so the GET after it decides."""
    form = {"id_token_hint": service.id_token, "post_logout_redirect_uri": RETURN, "state": "s 1&", "other": "x"}
    posted = service.browser.post("/oauth/logout", data=form)
    assert posted.status_code == 303
    assert "other" not in posted.headers["Location"]
    answer = service.browser.get(posted.headers["Location"])
    assert answer.headers["Location"].startswith(RETURN)
    assert query_of(answer) == {"state": "s 1&"}


def test_an_expired_id_token_still_says_who_asks(service: SignedInService) -> None:
    """Section 4: the provider should accept ID tokens that have expired."""
    with time_machine.travel(wall_now() + timedelta(minutes=20), tick=False):
        assert service.ask().headers["Location"] == f"{RETURN}?state=s-1"
    assert not service.is_signed_in()


def test_an_id_token_that_a_key_of_earlier_days_signed_still_says_who_asks(service: SignedInService) -> None:
    """Section 4: any key of ours, dead ones too, as long as it was not removed."""
    with time_machine.travel(wall_now(), tick=False) as traveller:
        current_keystore().signing_keys.add_signing_keys(KeyUse.ID_TOKEN)
        traveller.shift(timedelta(days=2))
        assert service.id_token.split(".")[0] != header_of_today(service)
        assert service.ask().headers["Location"] == f"{RETURN}?state=s-1"


def header_of_today(service: SignedInService) -> str:
    """The header that a token of today has."""
    return sign_for_client(service.registered.client, {}, typ="JWT").split(".")[0]


def test_an_id_token_of_another_session_does_not_end_this_one(service: SignedInService, citizen: Citizen) -> None:
    """Section 2: it does not belong to the current session, so the person is asked."""
    used = [UsedFactor(Factor.PASSWORD, wall_now()), UsedFactor(Factor.TOTP, wall_now())]
    other = record_session(citizen.account, used, now=wall_now())
    db.session.commit()
    service.browser.set_cookie(COOKIE, other.token)
    assert 'data-act="sign-out"' in service.ask().text
    assert {found.id for found in find_sessions_of(citizen.account.id)} == {
        citizen.new_session.session.id,
        other.session.id,
    }


def test_an_id_token_of_the_session_that_this_one_went_on_from_does(
    app: Flask, service: SignedInService, citizen: Citizen
) -> None:
    """Who signs in anew in the same browser goes on: the services of before are still in it."""
    used = [UsedFactor(Factor.PASSWORD, wall_now()), UsedFactor(Factor.TOTP, wall_now())]
    new = record_session(citizen.account, used, now=wall_now())
    close_session(citizen.new_session.token, replaced_by=new.session)
    service.browser.set_cookie(COOKIE, new.token)
    assert service.ask().headers["Location"] == f"{RETURN}?state=s-1"
    assert find_sessions_of(citizen.account.id) == []


def test_whoever_is_signed_out_already_goes_back_where_a_token_proves_the_service(service: SignedInService) -> None:
    service.ask()
    assert service.ask().headers["Location"] == f"{RETURN}?state=s-1"
    unproved = service.ask(id_token_hint=None, client_id=service.registered.client_id)
    assert (unproved.status_code, "Location" in unproved.headers) == (200, False)
    assert f'href="{RETURN}?state=s-1"' in unproved.text
    assert "data-leads-on" not in unproved.text


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"id_token_hint": None, "client_id": "nobody"},
        {"id_token_hint": None, "client_id": "\x01"},
        {"post_logout_redirect_uri": BACK},
        {"post_logout_redirect_uri": RETURN.upper()},
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": "javascript:alert(1)"},
        {"post_logout_redirect_uri": RETURN + "#x"},
        {"state": "s" * 3000},
        {"id_token_hint": "x" * 9000},
    ],
    ids=str,
)
def test_what_is_not_sure_leads_nowhere_and_ends_nothing(
    service: SignedInService, changes: dict[str, str | None]
) -> None:
    """Section 3: no redirect to anything that is not registered, character by character."""
    answer = service.ask(**changes)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)
    assert service.is_signed_in()


def test_a_parameter_that_comes_twice_is_refused(service: SignedInService) -> None:
    address = f"/oauth/logout?id_token_hint={service.id_token}&state=a&state=b"
    assert service.browser.get(address).status_code == 400
    assert service.is_signed_in()


def test_another_clients_id_token_is_no_hint_for_this_client(service: SignedInService, sign_in: SignIn) -> None:  # noqa: F811
    """Section 2: client_id and the audience of id_token_hint are the same."""
    other = sign_in("Ngân hàng Mẫu")
    assert service.ask(client_id=other.registered.client_id).status_code == 400


def test_a_token_of_another_kind_is_no_hint(service: SignedInService) -> None:
    """RFC 8725, section 3.11: an access token, or a logout token, is not an ID token."""
    logout_token = sign_for_client(service.registered.client, service.claims, typ="logout+jwt")
    assert service.ask(id_token_hint=logout_token).status_code == 400


def test_the_question_names_every_service_that_will_be_told(service: SignedInService, sign_in: SignIn) -> None:  # noqa: F811
    sign_in("Ngân hàng <Mẫu>")
    page = service.ask(id_token_hint=None, post_logout_redirect_uri=None, state=None).text
    assert "<li>Phòng khám Thử</li>" in page
    assert "<li>Ngân hàng &lt;Mẫu&gt;</li>" in page


def test_a_logout_is_in_the_persons_history(service: SignedInService, citizen: Citizen) -> None:
    service.ask()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "close_session")).one()
    assert (entry.person_id, entry.details) == (citizen.person_id, {"client": service.registered.client_id})


def test_nothing_of_a_logout_is_kept_by_browsers_or_told_to_others(service: SignedInService) -> None:
    for answer in (service.ask(id_token_hint=None), service.ask(), service.browser.get("/oauth/logout/done")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "eid_session=;" in " ".join(sign_out_cookies(service))


def sign_out_cookies(service: SignedInService) -> list[str]:
    return list(service.ask().headers.getlist("Set-Cookie"))


def test_the_logout_page_frames_exactly_the_services_of_the_session(client: FlaskClient, sign_in: SignIn) -> None:  # noqa: F811
    """Front-Channel Logout, sections 2 and 3: `iss` and `sid` where the client asked for them; nobody else can be framed."""
    framed = sign_in(frontchannel_logout_uri=FRONTCHANNEL + "?x=1", frontchannel_logout_session_required=True)
    sign_in("Ngân hàng Mẫu", frontchannel_logout_uri=FRONTCHANNEL)
    page = framed.ask()
    assert page.status_code == 200
    sources = re.findall(r'<iframe src="([^"]+)"', page.text.replace("&amp;", "&"))
    issuer = framed.claims["iss"].replace("://", "%3A%2F%2F").replace("localhost:", "localhost%3A")
    assert sources == [f"{FRONTCHANNEL}?x=1&iss={issuer}&sid={framed.claims['sid']}", FRONTCHANNEL]
    assert page.headers["Content-Security-Policy"].endswith("; frame-src https://clinic.example")
    assert f'href="{RETURN}?state=s-1"' in page.text
    assert "data-leads-on" in page.text
    assert "frame-src" not in client.get("/").headers["Content-Security-Policy"]


def test_signing_out_here_loads_the_services_pages_too(client: FlaskClient, sign_in: SignIn) -> None:  # noqa: F811
    sign_in(frontchannel_logout_uri=FRONTCHANNEL)
    page = client.get("/citizen/")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    answer = client.post("/citizen/sign-out", data={"csrf_token": token[1]})
    assert f'<iframe src="{FRONTCHANNEL}"' in answer.text
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("addresses", "code"),
    [
        ({"post_logout_redirect_uris": ("http://clinic.example/",)}, "redirect_uri_not_allowed"),
        ({"post_logout_redirect_uris": ("https://clinic.example/#x",)}, "redirect_uri_not_allowed"),
        ({"backchannel_logout_uri": "https://user@clinic.example/"}, "url_not_allowed"),
        ({"backchannel_logout_uri": "ftp://clinic.example/"}, "url_not_allowed"),
        ({"frontchannel_logout_uri": "https://other.example/out"}, "frontchannel_logout_uri"),
        ({"frontchannel_logout_uri": "https://clinic.example:444/out"}, "frontchannel_logout_uri"),
    ],
    ids=str,
)
def test_addresses_that_cannot_be_are_not_registered(app: Flask, addresses: dict[str, object], code: str) -> None:
    """Front-Channel Logout, section 2: scheme, host and port are those of a redirect URI."""
    with pytest.raises(Malformed) as refused:
        register_client(name="X", redirect_uris=[BACK], logout=LogoutAddresses(**addresses))  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_session_that_ended_gives_no_code_any_more(service: SignedInService) -> None:
    service.ask()
    answer = service.browser.get("/oauth/authorize", query_string=request_of(service.registered))
    assert "/citizen/sign-in" in answer.headers["Location"]
