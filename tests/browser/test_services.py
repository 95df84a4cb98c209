"""A relying service's life at the pages: registered for an organisation, reviewed at the desk, and signed in at by a citizen."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.conftest import DESK, PHONE
from tests.browser.country import Country, sign_in, sign_in_here
from tests.browser.visitor import Visitor
from tests.engines import one_engine
from tests.live import bound_listener, serving
from tests.oauth.conftest import VERIFIER, s256
from tests.oauth.registering import GOOD_FORM


@pytest.fixture
def library() -> Iterator[str]:
    """Where the library's own server is; it has a page to come back to."""
    server = Flask("library")
    server.add_url_rule("/back", "back", lambda: "<!doctype html><title>Thư viện</title>")
    listener, url = bound_listener()
    with listener, serving(server, listener):
        yield url


@one_engine
def test_a_service_is_registered_and_approved_and_a_citizen_signs_in_there(
    chromium: Browser, country: Country, library: str
) -> None:
    with Visitor.arriving(chromium, country.url, width=DESK, language="vi") as owner:
        sign_in(owner, country, "Phúc", to="/services/mine")
        owner.page.select_option("#organisation", label="Công ty TNHH Mẫu Bến Thử")
        owner.press("begin")
        owner.fill(**{name: GOOD_FORM[name] for name in ("name", "purpose", "legal_basis", "contacts")})
        owner.fill(redirect_uris=f"{library}/back")
        for scope, why in GOOD_FORM["scope_purposes"].items():
            owner.page.check(f"#scope-{scope}")
            owner.fill(**{f"purpose_of_{scope}": why})
        owner.page.check("#required-profile")
        owner.press("submit")
        assert owner.page.locator("[data-act=withdraw]").is_visible()
        number = owner.page.url.rpartition("/")[2]
        _review(chromium, country, number)
        owner.page.reload()
        owner.page.click(".actions a.button")
        owner.page.wait_for_url("**/services/*/")
        owner.look()
        client_id = urlsplit(owner.page.url).path.split("/")[2]
        owner.press("make-secret")
        secret = owner.page.inner_text("[data-secret] code")
    assert _sign_in(chromium, country, library, client_id, secret) == "Trần Văn Minh"


def _review(chromium: Browser, country: Country, number: str) -> None:
    with Visitor.arriving(chromium, country.url, width=PHONE, language="en") as officer:
        sign_in(officer, country, "Hải", to="/desk/services")
        officer.follow(f"/desk/services/registrations/{number}")
        officer.press("take-over")
        assert officer.reads(GOOD_FORM["legal_basis"])
        officer.press("approve")
        assert officer.reads("The service is approved, and its owner is told.")


def _sign_in(chromium: Browser, country: Country, library: str, client_id: str, secret: str) -> str:
    """The name that the library's own server reads of Minh."""
    asked = {
        "client_id": client_id,
        "redirect_uri": f"{library}/back",
        "response_type": "code",
        "scope": "openid profile",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    }
    minh = country.cast("Minh")
    with Visitor.arriving(chromium, country.url, width=PHONE, language="vi", friends=(library,)) as reader:
        reader.goto(f"/oauth/authorize?{urlencode(asked)}")
        sign_in_here(reader, minh)
        assert reader.reads(GOOD_FORM["name"])
        reader.fill(passcode=minh.passcode)
        reader.press("approve")
        [code] = parse_qs(urlsplit(reader.page.url).query)["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{library}/back",
        "code_verifier": VERIFIER,
    }
    tokens = requests.post(f"{country.url}/oauth/token", data=form, auth=(client_id, secret), timeout=30).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    name: str = requests.get(f"{country.url}/oauth/userinfo", headers=bearer, timeout=30).json()["name"]
    return name


@pytest.mark.parametrize(("given_name", "path"), [("Hải", "/desk/services"), ("Phúc", "/services/mine")])
@one_engine
def test_the_pages_are_accessible_and_fit(chromium: Browser, country: Country, given_name: str, path: str) -> None:
    with Visitor.arriving(chromium, country.url, width=PHONE, language="en", scheme="dark") as visitor:
        sign_in(visitor, country, given_name, to=path)
        assert visitor.seen[-1] == path
