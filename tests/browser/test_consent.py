"""A relying service asks, and the citizen decides: with approval, with refusal, with a part only, and with wrong codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask, request
from playwright.sync_api import Browser

from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import find_client, register_client
from eid.oauth.consents import record_consent
from eid.population.service import find_person
from tests.browser.conftest import DESK, PHONE
from tests.browser.country import Authenticator, Country, sign_in
from tests.browser.visitor import Visitor
from tests.live import bound_listener, serving
from tests.oauth.conftest import VERIFIER, s256


@dataclass
class Service:
    """A relying service that shows what it received; its page is not ours to judge."""

    url: str
    client_id: str

    def request(self, **changes: str) -> str:
        """The path of an authorization request."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": f"{self.url}/back",
            "scope": "openid profile address phone",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        return "/oauth/authorize?" + urlencode(asked | changes)


@pytest.fixture
def service(country: Country) -> Iterator[Service]:
    listener, url = bound_listener()
    relying = Flask("relying")
    page = "<!doctype html><title>Back</title><p>Back at the service."
    relying.add_url_rule("/back", "back", lambda: page + " ".join(sorted(request.form)), methods=["GET", "POST"])
    relying.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    with country.app.app_context():
        registered = register_client(
            name="Phòng khám Thử Nghiệm",
            purpose="Tiếp đón người bệnh",
            redirect_uris=[f"{url}/back"],
            scopes=["profile", "address", "phone"],
            required_scopes=["profile"],
        )
        client_id = registered.client.client_id
    with listener, serving(relying, listener):
        yield Service(url, client_id)


@pytest.mark.parametrize("scripted", [True, False], ids=["scripts", "no scripts"])
def test_an_answer_is_posted_by_a_script_of_ours_or_by_a_button(
    chromium: Browser, country: Country, service: Service, scripted: bool
) -> None:
    """OAuth 2.0 Form Post Response Mode, under our policy: no inline script, and a form that may lead to the service"""
    arriving = Visitor.arriving(
        chromium, country.url, width=PHONE, language="vi", friends=(service.url,), scripted=scripted
    )
    with arriving as visitor:
        sign_in(visitor, country, "Minh", to=service.request(response_mode="form_post", prompt="consent"))
        visitor.fill(passcode=country.cast("Minh").passcode)
        visitor.press("approve")
        if not scripted:
            visitor.press("continue")
        visitor.page.wait_for_url(f"{service.url}/back")
        assert visitor.reads("code iss state")


@pytest.fixture(
    params=[(PHONE, "vi"), (DESK, "en"), (PHONE, "en"), (DESK, "vi")],
    ids=["phone-vi", "desk-en", "phone-en", "desk-vi"],
)
def patient(request: pytest.FixtureRequest, chromium: Browser, country: Country, service: Service) -> Iterator[Visitor]:
    width, language = request.param
    with Visitor.arriving(chromium, country.url, width=width, language=language, friends=(service.url,)) as visitor:
        yield visitor


def sign_in_on_the_way(visitor: Visitor, country: Country, service: Service) -> None:
    sign_in(visitor, country, "Minh", to=service.request())


def received(visitor: Visitor, service: Service) -> dict[str, str]:
    assert visitor.page.url.startswith(service.url + "/back?")
    return dict(parse_qsl(urlsplit(visitor.page.url).query))


def test_a_citizen_approves_and_the_service_gets_a_code(patient: Visitor, country: Country, service: Service) -> None:
    sign_in_on_the_way(patient, country, service)
    assert patient.reads("Phòng khám Thử Nghiệm")
    assert patient.reads("Tiếp đón người bệnh")
    patient.fill(passcode=country.cast("Minh").passcode)
    patient.press("approve")
    answer = received(patient, service)
    assert {"code", "state", "iss"} <= set(answer)
    assert (answer["state"], answer["iss"]) == ("state-1", country.url)


@pytest.mark.parametrize("patient", [(PHONE, "vi")], indirect=True)
def test_a_citizen_withholds_one_thing_and_approves_by_keyboard_alone(
    patient: Visitor, country: Country, service: Service
) -> None:
    sign_in_on_the_way(patient, country, service)
    patient.tab_to("#scope-phone")
    patient.page.keyboard.press("Space")
    assert not patient.page.is_checked("#scope-phone")
    patient.type_into("passcode", str(country.cast("Minh").passcode))
    patient.tab_to("[data-act=approve]")
    patient.press_enter()
    assert "code" in received(patient, service)


@pytest.mark.parametrize("patient", [(PHONE, "vi"), (DESK, "en")], indirect=True)
def test_a_citizen_withholds_one_attribute_by_keyboard_and_sees_it_on_the_page_of_services(
    patient: Visitor, country: Country, service: Service
) -> None:
    with country.app.app_context():
        find_client(service.client_id).required_scopes = ["openid"]
        db.session.commit()
    sign_in_on_the_way(patient, country, service)
    patient.tab_to("#claim-birthdate")
    patient.page.keyboard.press("Space")
    assert not patient.page.is_checked("#claim-birthdate")
    assert patient.page.is_checked("#claim-name")
    patient.type_into("passcode", str(country.cast("Minh").passcode))
    patient.tab_to("[data-act=approve]")
    patient.press_enter()
    assert "code" in received(patient, service)
    patient.goto("/citizen/services")
    assert patient.page.locator("[data-act=withdraw-attribute]").count() == 2
    assert patient.page.locator("a[href$='/receipt']").count() == 1
    patient.goto("/conformance")
    assert patient.page.locator("h1").count() == 1


def test_a_citizen_refuses_and_the_service_hears_only_that(
    patient: Visitor, country: Country, service: Service
) -> None:
    sign_in_on_the_way(patient, country, service)
    patient.press("deny")
    answer = received(patient, service)
    assert answer["error"] == "access_denied"
    assert "code" not in answer


@pytest.mark.parametrize("patient", [(PHONE, "vi")], indirect=True)
def test_a_wrong_passcode_is_refused_on_the_consent_page_and_the_ticks_stay(
    patient: Visitor, country: Country, service: Service
) -> None:
    sign_in_on_the_way(patient, country, service)
    patient.page.uncheck("#scope-phone")
    patient.fill(passcode="864209")
    patient.press("approve")
    assert patient.page.locator(".notice.danger [data-code]").count() == 1
    assert not patient.page.is_checked("#scope-phone")
    patient.fill(passcode=country.cast("Minh").passcode)
    patient.press("approve")
    assert "code" in received(patient, service)


@pytest.mark.parametrize("patient", [(PHONE, "vi")], indirect=True)
def test_who_mistook_their_code_is_led_on_to_a_service_that_has_a_consent(
    patient: Visitor, country: Country, service: Service
) -> None:
    """The browser judges the second try by where it ends, too (CSP 3, form-action)"""
    minh = country.cast("Minh")
    with country.app.app_context():
        client, scopes = find_client(service.client_id), ["openid", "profile", "address", "phone"]
        record_consent(find_person(str(minh.pin)).id, client, asked=scopes, granted=scopes, now=wall_now())
        db.session.commit()
    patient.goto(service.request())
    patient.fill(pin=minh.pin, password=minh.password)
    patient.press("sign-in")
    right = Authenticator().code(str(minh.totp_secret))
    patient.fill(otp=f"{(int(right) + 7) % 1_000_000:06}")
    patient.press("continue")
    patient.fill(otp=right)
    patient.press("continue")
    assert "code" in received(patient, service)


@pytest.mark.parametrize("patient", [(DESK, "en")], indirect=True)
def test_a_request_that_cannot_be_answered_ends_on_our_own_page(patient: Visitor, service: Service) -> None:
    patient.goto(service.request(redirect_uri="https://evil.example/back"))
    assert patient.page.url.startswith(patient.url)
    assert patient.page.locator("h1").count() == 1


pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
