"""Signing out of a service and of everything: the question, the frames, and the way back, as a browser enforces them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from flask import Flask, request
from playwright.sync_api import Browser

from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import find_client, register_client
from eid.oauth.consents import record_consent
from eid.oauth.logout.addresses import LogoutAddresses
from eid.population.service import find_person
from eid.web.session import COOKIE
from tests.browser.conftest import DESK, PHONE
from tests.browser.country import Country
from tests.browser.visitor import Visitor
from tests.live import bound_listener, serving
from tests.oauth.conftest import redemption_of, s256

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SCOPES = ["openid", "profile"]
VERIFIER = "v" * 43


@dataclass
class Service:
    """A relying service whose logout page is loaded in a frame; its own pages are not ours to judge."""

    url: str
    client_id: str
    secret: str
    left: list[dict[str, str]] = field(default_factory=list)
    """With which parameters its logout page was loaded."""

    def logout(self, **changes: str) -> str:
        return "/oauth/logout?" + urlencode({"post_logout_redirect_uri": f"{self.url}/left", "state": "s-1"} | changes)


@pytest.fixture
def service(country: Country) -> Iterator[Service]:
    listener, url = bound_listener()
    relying = Flask("relying")
    left: list[dict[str, str]] = []

    def leave() -> str:
        left.append(request.args.to_dict())
        return "<!doctype html><title>Out</title><p>Signed out."

    relying.add_url_rule("/out", "out", leave)
    relying.add_url_rule("/left", "left", lambda: "<!doctype html><title>Left</title><p>You left the service.")
    relying.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    with country.app.app_context():
        registered = register_client(
            name="Phòng khám Thử Nghiệm",
            redirect_uris=[f"{url}/back"],
            scopes=SCOPES,
            logout=LogoutAddresses(
                post_logout_redirect_uris=(f"{url}/left",),
                frontchannel_logout_uri=f"{url}/out",
                frontchannel_logout_session_required=True,
            ),
        )
        made = Service(url, registered.client_id, registered.secret or "", left)
    with listener, serving(relying, listener):
        yield made


@pytest.fixture(params=[(PHONE, "vi"), (DESK, "en")], ids=["phone-vi", "desk-en"])
def citizen(request: pytest.FixtureRequest, chromium: Browser, country: Country, service: Service) -> Iterator[Visitor]:
    width, language = request.param
    with Visitor.arriving(chromium, country.url, width=width, language=language, friends=(service.url,)) as visitor:
        yield visitor


def sign_in_at(service: Service, country: Country, visitor: Visitor) -> str:
    """Minh is signed in with us in this browser, and at the service; the ID token that it has of him."""
    with country.app.app_context():
        person_id = find_person(country.cast("Minh").pin).id
        now = wall_now()
        used = [UsedFactor(Factor.PASSWORD, now), UsedFactor(Factor.TOTP, now)]
        token = record_session(find_account(person_id), used, now=now).token
        record_consent(person_id, find_client(service.client_id), asked=SCOPES, granted=SCOPES, now=now)
        db.session.commit()
    visitor.page.context.add_cookies([{"name": COOKIE, "value": token, "url": country.url}])
    asked = {
        "response_type": "code",
        "client_id": service.client_id,
        "redirect_uri": f"{service.url}/back",
        "scope": " ".join(SCOPES),
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    }
    browser = country.app.test_client()
    browser.set_cookie(COOKIE, token)
    code = browser.get("/oauth/authorize", query_string=asked).location.partition("code=")[2].partition("&")[0]
    redeemed = browser.post(
        "/oauth/token",
        data=redemption_of(code, redirect_uri=f"{service.url}/back", code_verifier=VERIFIER),
        auth=(service.client_id, service.secret),
    )
    return str(redeemed.get_json()["id_token"])


def test_a_citizen_is_asked_signs_out_everywhere_and_is_led_back(
    citizen: Visitor, country: Country, service: Service
) -> None:
    """The form, the frame and the way back pass the Content-Security-Policy of each page."""
    sign_in_at(service, country, citizen)
    citizen.goto(service.logout(client_id=service.client_id))
    assert citizen.reads("Phòng khám Thử Nghiệm")
    citizen.page.click("[data-act=sign-out]")
    citizen.page.wait_for_url(f"{service.url}/left?state=s-1")
    assert [set(parameters) for parameters in service.left] == [{"iss", "sid"}]
    citizen.goto("/citizen/")
    assert "/citizen/sign-in" in citizen.page.url


def test_a_service_that_proves_itself_signs_out_unasked(citizen: Visitor, country: Country, service: Service) -> None:
    hint = sign_in_at(service, country, citizen)
    citizen.page.goto(country.url + service.logout(id_token_hint=hint))
    citizen.page.wait_for_url(f"{service.url}/left?state=s-1")
    assert service.left[0]["iss"] == country.url


def test_a_citizen_who_did_not_want_this_stays(citizen: Visitor, country: Country, service: Service) -> None:
    sign_in_at(service, country, citizen)
    citizen.goto("/oauth/logout")
    citizen.press("stay")
    assert citizen.page.url == f"{country.url}/citizen/"
    assert service.left == []


def test_the_end_of_a_session_is_a_page_of_ours(citizen: Visitor, country: Country, service: Service) -> None:
    """Signed out already, and nothing proves who asks: a page that says so, with a link to the service."""
    citizen.goto(service.logout(client_id=service.client_id))
    assert citizen.page.locator("h1").count() == 1
    assert citizen.page.get_attribute("[data-act=continue]", "href") == f"{service.url}/left?state=s-1"
    citizen.goto("/oauth/logout/done")
    assert citizen.page.locator("h1").count() == 1


def test_a_logout_that_cannot_be_is_a_page_that_a_person_understands(
    citizen: Visitor, country: Country, service: Service
) -> None:
    sign_in_at(service, country, citizen)
    citizen.goto(service.logout(client_id=service.client_id, post_logout_redirect_uri="https://evil.example/"))
    assert citizen.page.url.startswith(country.url)
    citizen.goto("/citizen/")
    assert citizen.page.url == f"{country.url}/citizen/"
