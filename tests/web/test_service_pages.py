"""What the developers of a service do on its pages: programs, inspector, requests, faults, and a run to its signed score."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from eid.oauth.clients import RegisteredClient
from eid.oauth.faults.catalogue import FAULTS
from eid.oauth.faults.planning import find_planned
from eid.oauth.ownership import Owner, give_client
from eid.web.session import COOKIE
from tests.engines import one_engine
from tests.oauth.conftest import Citizen, citizen, consented, make_citizen, request_of, service  # noqa: F401
from tests.oauth.faults import Tried
from tests.web.conftest import Browser

pytestmark = one_engine

PAGES = ("examples", "walk", "inspector", "requests", "faults", "runs")


@pytest.fixture
def owner(
    client: FlaskClient,
    service: RegisteredClient,  # noqa: F811
    citizen: Citizen,  # noqa: F811
    consented: None,  # noqa: F811
) -> Tried:
    """The citizen looks after the service that they sign in at."""
    give_client(service.client, Owner(person_id=citizen.person_id))
    client.set_cookie(COOKIE, citizen.new_session.token)
    return Tried(client, service, citizen)


@pytest.fixture
def at(owner: Tried) -> str:
    return f"/services/{owner.service.client_id}"


@pytest.fixture
def browser(owner: Tried) -> Browser:
    return Browser(owner.client)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_of_a_service_is_there_in_both_languages(owner: Tried, at: str, language: str) -> None:
    owner.client.set_cookie("eid_locale", language)
    for page in PAGES:
        answer = owner.client.get(f"{at}/{page}")
        assert answer.status_code == 200
        assert [link for link in PAGES if f'href="{at}/{link}"' not in answer.text] == []
        assert owner.service.secret not in answer.text
    assert len(re.findall("<dt><code>", owner.client.get(f"{at}/faults").text)) == len(FAULTS)


def test_a_stranger_reaches_none_of_them_and_plans_nothing(owner: Tried, at: str, make_citizen) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    stranger = make_citizen(103, given_name="Nam")
    owner.client.set_cookie(COOKIE, stranger.new_session.token)
    assert [owner.client.get(f"{at}/{page}").status_code for page in PAGES] == [404] * len(PAGES)
    browser = Browser(owner.client)
    browser.open("/citizen/security/")
    for address in ("faults", "runs", "trial", "trial/stop", "inspector"):
        assert browser.send(f"{at}/{address}", fault="nonce_wrong", times="1").status_code == 404
    assert find_planned(owner.service.client_id) == []


def test_a_fault_is_planned_taken_back_and_seen_in_the_log(owner: Tried, browser: Browser, at: str) -> None:
    browser.open(f"{at}/faults")
    page = browser.submit(f"{at}/faults", fault="state_wrong", times="2")
    assert page.text.count('data-act="take-back"') == 2
    browser.press("take-back")
    assert owner.ask()["state"] != "the-state"
    assert owner.ask()["state"] == "the-state"
    log = browser.open(f"{at}/requests").text
    assert log.count('data-step="authorization"') == 2 and "state_wrong" in log
    assert log.count('data-check="check_pkce" data-outcome="passed"') == 2
    browser.open(f"{at}/faults")
    browser.press("stop-trial")
    assert 'data-act="watch"' in browser.open(f"{at}/requests").text


def test_a_form_that_is_refused_says_why(browser: Browser, at: str) -> None:
    browser.open(f"{at}/faults")
    for fields, code in (
        ({"fault": "userinfo_unsigned", "times": "1"}, "fault_clash"),
        ({"fault": "nonce_wrong", "times": "no"}, "fault_times"),
        ({"fault": "bogus", "times": "1"}, "fault_unknown"),
    ):
        refused = browser.send(f"{at}/faults", **fields)
        assert refused.status_code in (400, 404, 409)
        assert f'data-code="{code}"' in refused.text
    browser.open(f"{at}/inspector")
    assert 'data-code="pasted_unreadable"' in browser.send(f"{at}/inspector", pasted="hello there").text


def test_the_inspector_explains_what_is_pasted(owner: Tried, browser: Browser, at: str) -> None:
    browser.open(f"{at}/inspector")
    good = "http://localhost:8000/oauth/authorize?" + urlencode(request_of(owner.service))
    page = browser.send(f"{at}/inspector", pasted=good, at="token").text
    assert 'data-kind="authorization_request" data-accepted="yes"' in page
    bad = good.replace("S256", "plain")
    page = browser.send(f"{at}/inspector", pasted=bad, at="token").text
    assert 'data-accepted="no"' in page and 'data-check="check_pkce" data-outcome="failed"' in page
    assert "RFC 7636, sections 4.3 and 4.4.1" in page
    script = browser.send(f"{at}/inspector", pasted="client_id=<script>alert(1)</script>&scope=<u>", at="token").text
    assert "<script>alert" not in script and "<u>" not in script


def test_a_sign_in_is_played_step_by_step_with_the_services_own_values(owner: Tried, browser: Browser, at: str) -> None:
    page = browser.open(f"{at}/walk").text
    steps = re.findall(r'<section aria-labelledby="step-\w+" data-step="(\w+)">', page)
    assert steps == ["authorization", "callback", "token", "id_token", "userinfo", "introspection", "logout"]
    assert 'data-outcome="failed"' not in page and page.count('data-check="check_pkce" data-outcome="passed"') == 1
    assert owner.service.client_id in page and owner.service.secret not in page
    assert all(f"<code>{error}</code>" in page for error in ("invalid_grant", "access_denied", "invalid_token"))


def test_a_run_is_played_by_hand_and_its_score_is_checked_by_anybody(owner: Tried, browser: Browser, at: str) -> None:
    browser.open(f"{at}/runs")
    browser.submit(f"{at}/runs", fault=["answer_issuer_wrong", "person_changed"])
    owner.userinfo(owner.tokens()["access_token"])
    browser.open(f"{at}/runs")
    browser.press("go-on")
    owner.ask()
    browser.open(f"{at}/runs")
    browser.press("declare-incorrect")
    owner.userinfo(owner.tokens()["access_token"])
    browser.open(f"{at}/runs")
    page = browser.press("declare-correct").text
    assert 'data-fault="answer_issuer_wrong" data-verdict="passed" data-basis="observed"' in page
    assert 'data-fault="person_changed" data-verdict="passed" data-basis="declared"' in page
    [score] = set(re.findall(r'data-copy="(eyJ[^"]+)"', page))
    owner.client.delete_cookie(COOKIE)
    browser.open("/services/scores")
    assert owner.service.client_id in browser.send("/services/scores", score=score).text
    assert 'data-code="token_signature"' in browser.send("/services/scores", score=score[:-4] + "AAAA").text
