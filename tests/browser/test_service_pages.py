"""The pages for a service's developers, with something on each: they fit, are accessible, and work without scripts."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser

from eid.oauth.clients import register_client
from eid.oauth.faults.planning import plan_fault
from eid.oauth.faults.runs import SKIP, close_turn, open_run
from eid.oauth.ownership import Owner, give_client
from eid.population.service import find_person
from tests.browser.conftest import DESK, PHONE, TABLET
from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor
from tests.engines import one_engine
from tests.oauth.conftest import BACK, VERIFIER, s256

LOOKS = [(PHONE, "vi", "dark"), (TABLET, "en", "light"), (DESK, "vi", "light")]


def fill(country: Country) -> tuple[str, str]:
    """The client id of a service of Thắng's with something on each page, and an authorization request of it."""
    with country.app.app_context():
        registered = register_client(name="Cổng thử nghiệm", redirect_uris=[BACK], scopes=["openid", "profile"])
        owner = find_person(country.cast("Thắng").pin)
        give_client(registered.client, Owner(person_id=owner.id))
        run = open_run(registered.client_id, ["state_wrong", "nonce_wrong"])
        for _ in range(3):
            run = close_turn(registered.client_id, run.reference, SKIP, issuer=country.url)
        open_run(registered.client_id, ["person_changed"])
        plan_fault(registered.client_id, "answer_issuer_wrong")
    asked = urlencode(
        {
            "client_id": registered.client_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "openid profile",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "plain",
        }
    )
    browser = country.app.test_client()
    browser.get(f"/oauth/authorize?{asked}")
    browser.post("/oauth/token", data={"grant_type": "authorization_code", "client_id": registered.client_id})
    return registered.client_id, f"{country.url}/oauth/authorize?{asked}"


@one_engine
@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS)
def test_every_page_for_developers_is_accessible_and_fits(
    chromium: Browser, country: Country, width: int, language: str, scheme: str
) -> None:
    client_id, asked = fill(country)
    with Visitor.arriving(chromium, country.url, width=width, language=language, scheme=scheme) as visitor:
        sign_in(visitor, country, "Thắng", to=f"/services/{client_id}/examples")
        visitor.look()
        for page in ("trust", "walk", "requests", "faults", "runs", "inspector"):
            visitor.goto(f"/services/{client_id}/{page}")
            assert visitor.page.locator(".error-number").count() == 0
        visitor.page.fill("#pasted", asked)
        visitor.page.click("[data-act=inspect]")
        visitor.look()
        assert visitor.page.locator('[data-check="check_pkce"][data-outcome="failed"]').count() == 1
