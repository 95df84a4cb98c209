"""What a paper that was added by docs/papers.md can do: asked for, on the consent page, as a token, on its page, from its agency.

Run by tests/credentials/test_adding_a_paper.py in a copy of eid to which the paper was added; no part of the suite by itself.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import time_machine
from flask.testing import FlaskClient

from eid.accounts.models import Account
from eid.clock import wall_now
from eid.credentials.additions import ANSWERED_AFTER
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.formats import verify_paper_token
from eid.oauth.clients import register_client
from eid.population.models import Person
from tests.oauth.conftest import BACK, ISSUER, answer_at, redeem, request_of
from tests.people import PASSCODE
from tests.web.conftest import Browser, account, browser, make_account, make_person, person

__all__ = ["account", "browser", "make_account", "make_person", "person"]

PAPER = "fishing_permit"


def ask(browser: Browser, person: Person, number: str) -> str:
    browser.open(f"/citizen/papers/{PAPER}/request")
    given = {"name": person.full_name, "birth_date": f"{person.birth_date:%d/%m/%Y}", "pin": person.pin}
    return browser.submit(f"/citizen/papers/{PAPER}/request", **given, number=number).text


def test_an_added_paper_is_asked_for_agreed_to_fetched_and_shown(
    client: FlaskClient, browser: Browser, account: Account, person: Person
) -> None:
    browser.sign_in(person.pin, at="/robots.txt")
    assert "Fishing permit" in browser.open("/citizen/papers/").text
    assert "Number of the permit" in browser.open(f"/citizen/papers/{PAPER}/request").text
    assert "in progress" in ask(browser, person, "F-1")
    angler = register_client(
        name="Angler",
        purpose="To let you fish",
        redirect_uris=[BACK],
        scopes=["openid", PAPER],
        required_scopes=["openid"],
    )
    with time_machine.travel(wall_now() + ANSWERED_AFTER + timedelta(seconds=1)):
        page = browser.open(f"/oauth/authorize?{urlencode(request_of(angler, scope=f'openid {PAPER}'))}")
        for words in ("Your fishing permit", "Waters"):
            assert words in page.text
        agreed = browser.send(page.request.path, act="approve", scope=["openid", PAPER], passcode=PASSCODE)
        access = redeem(client, angler, answer_at(agreed)["code"]).get_json()["access_token"]
        bearer = {"Authorization": f"Bearer {access}"}
        told = client.get("/oauth/userinfo", headers=bearer).get_json()[PAPER]
        token = client.post(f"/api/v1/papers/{PAPER}/tokens", headers=bearer).get_json()["token"]
        verified = verify_paper_token(
            token,
            paper=CATALOGUE[PAPER],
            keys=client.get("/api/v1/keys").get_json()["keys"],
            expected_issuer=ISSUER,
            expected_audience=angler.client_id,
            now=wall_now(),
            status_list=None,
        )
        assert verified.content == told
        assert told["waters"] == "Hồ Mẫu"
        browser.open(f"/citizen/papers/{PAPER}")
        page = browser.submit(f"/citizen/papers/{PAPER}", passcode=PASSCODE)
        for words in ("Fisheries (simulated)", "Hồ Mẫu", "no. F-1", 'id="code-text"'):
            assert words in page.text
    offered = client.get("/.well-known/openid-credential-issuer").get_json()["credential_configurations_supported"]
    assert f"{PAPER}_sd_jwt" in offered
    assert "Fisheries (simulated)" in client.get("/agencies/").text
