"""oidc-client-ts, a library for pages, signs a citizen in from a page of another origin: a public client in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, send_from_directory
from playwright.sync_api import Browser, Page

from eid.db import db
from eid.oauth.clients import register_client
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.models import AuthMethod
from tests.browser.country import Authenticator, Country
from tests.live import bound_listener, serving

pytestmark = [pytest.mark.clients, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

CLIENTS = Path(__file__).parent.parent / "clients"
LIBRARY = CLIENTS / "node_modules/oidc-client-ts/dist/browser"


def find_library() -> Path:
    """The library as pages load it; `make clients` installs it."""
    if not LIBRARY.is_dir():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "oidc-client-ts is not installed: make clients"
        )
    return LIBRARY


@pytest.fixture
def spa(country: Country) -> Iterator[str]:
    """Where the page is: files and no server behind them, registered as a public client."""
    library = find_library()
    listener, url = bound_listener()
    addresses = [f"{url}/plain", f"{url}/bound"]
    with country.app.app_context():
        registered = register_client(
            name="Trang",
            redirect_uris=addresses,
            auth_method=AuthMethod.NONE,
            logout=LogoutAddresses(post_logout_redirect_uris=tuple(addresses)),
        )
        client_id = registered.client_id
        db.session.commit()
    files = Flask("spa")
    settings = {"authority": country.url, "client_id": client_id}
    files.add_url_rule("/settings.json", "settings", lambda: settings)
    files.add_url_rule("/spa.js", "script", lambda: send_from_directory(CLIENTS, "spa.js"))
    files.add_url_rule(
        "/oidc-client-ts.min.js", "library", lambda: send_from_directory(library, "oidc-client-ts.min.js")
    )
    for path in ("/plain", "/bound"):
        files.add_url_rule(path, path, lambda: send_from_directory(CLIENTS, "spa.html"))
    with listener, serving(files, listener):
        yield url


@contextmanager
def opened(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context()
    context.set_default_timeout(30_000)
    page = context.new_page()
    try:
        page.goto(address)
        yield page
    finally:
        context.close()


def call(page: Page, what: str) -> Any:
    return page.evaluate(f"ready.then(() => {what})")


def sign_in(page: Page, country: Country, here: str) -> Any:
    """What the library has after the citizen went to the service and came back."""
    minh = country.cast("Minh")
    with page.expect_navigation():
        call(page, "void signIn()")
    page.fill("[name=pin]", minh.pin)
    page.fill("[name=password]:not([type=hidden])", str(minh.password))
    page.click("[data-act=sign-in]")
    page.fill("[name=otp]", Authenticator().code(str(minh.totp_secret)))
    page.click("[data-act=continue]")
    page.fill("[name=passcode]", str(minh.passcode))
    page.click("[data-act=approve]")
    page.wait_for_url(f"{here}?**")
    return call(page, "takeAnswer()")


@pytest.mark.parametrize("way", ["plain", "bound"])
def test_a_page_of_another_origin_signs_a_citizen_in_renews_revokes_and_signs_out(
    chromium: Browser, country: Country, spa: str, way: str
) -> None:
    """Discovery, keys, token, userinfo, revocation and logout with CORS, and never the authorization endpoint (RFC 9700, 2.6)"""
    here = f"{spa}/{way}"
    with opened(chromium, here) as page:
        assert call(page, "fetchAuthorization()") == "refused"
        first = sign_in(page, country, here)
        assert (first["acr"], first["refresh"]) == ("LoA2", True)
        assert first["token_type"].lower() == ("dpop" if way == "bound" else "bearer")
        if way == "plain":
            assert first["name"] == "Trần Văn Minh"
        found = call(page, "askUserinfo()")
        assert (found["status"], found["person"]["name"]) == (200, "Trần Văn Minh")
        if way == "bound":
            assert call(page, "askUserinfo('GET', false)")["status"] == 401
        second = call(page, "renew()")
        assert second["access_token"] != first["access_token"]
        assert second["sub"] == first["sub"]
        call(page, "revoke()")
        with page.expect_navigation(url=f"{here}?**"):
            call(page, "void signOut()")
        assert call(page, "takeReturn()") is None
        with page.expect_navigation():
            call(page, "void signIn()")
        assert page.locator("[name=pin]").count() == 1
