"""Registering a service on the pages, and reviewing it at the desk: from the first draft to a citizen who is asked to share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from eid.accounts.models import Account, Officer, OfficerRole
from eid.accounts.service import record_officer
from eid.db import db
from eid.oauth.clients import find_clients
from eid.oauth.grant_types import CIBA
from eid.oauth.models import Client
from eid.web.session import COOKIE
from tests.engines import one_engine
from tests.oauth.conftest import Citizen, RegisteredClient, citizen, make_citizen, request_of  # noqa: F401
from tests.oauth.registering import GOOD_FORM, approve, submit
from tests.web.conftest import Browser

WRITTEN: dict[str, Any] = {name: value for name, value in GOOD_FORM.items() if name != "scope_purposes" and value} | {
    f"purpose_of_{scope}": text for scope, text in GOOD_FORM["scope_purposes"].items()
}


@pytest.fixture
def owner(citizen: Citizen, browser: Browser) -> Browser:  # noqa: F811
    """Minh at the pages, signed in."""
    browser.client.set_cookie(COOKIE, citizen.new_session.token)
    return browser


@pytest.fixture
def reviewer(make_citizen: Callable[..., Citizen], another_browser: Browser) -> Browser:  # noqa: F811
    """Hải at the desk, signed in."""
    hai = make_citizen(112, given_name="Hải")
    record_officer(hai.account, place="Phường Bến Thử", role=OfficerRole.REVIEWER)
    db.session.commit()
    another_browser.client.set_cookie(COOKIE, hai.new_session.token)
    return another_browser


def _begin(owner: Browser) -> str:
    """The address of a new draft."""
    owner.open("/services/mine")
    page = owner.press("begin")
    assert page.status_code == 200
    return page.request.path


def test_a_service_goes_from_a_draft_to_a_secret_that_is_shown_once(owner: Browser, reviewer: Browser) -> None:
    here = _begin(owner)
    kept = owner.submit(here, **WRITTEN | {"then": "keep", "redirect_uris": "ftp://wrong"})
    assert "Your draft is kept." in kept.text and "ftp://wrong" in kept.text
    refused = owner.submit(here, **WRITTEN | {"then": "submit", "redirect_uris": "ftp://wrong"})
    assert (refused.status_code, 'data-code="redirect_uri_not_allowed"' in refused.text) == (400, True)
    assert "ftp://wrong" in refused.text and GOOD_FORM["legal_basis"] in refused.text
    submitted = owner.submit(here, **WRITTEN | {"then": "submit"})
    assert "an officer looks at it" in submitted.text and 'data-act="withdraw"' in submitted.text

    assert "1 registrations wait" in reviewer.open("/desk/").text
    number = here.rpartition("/")[2]
    there = f"/desk/services/registrations/{number}"
    assert there in reviewer.open("/desk/services").text
    reviewer.open(there)
    page = reviewer.press("take-over").text
    assert GOOD_FORM["legal_basis"] in page and GOOD_FORM["scope_purposes"]["phone"] in page
    approved = reviewer.press("approve")
    assert "The service is approved" in approved.text and "data-secret" not in approved.text

    [client] = find_clients()
    assert client.secret_digest is None, "the officer saw none, because there was none"
    overview = owner.open(f"/services/{client.client_id}/")
    assert "Thư viện Thử" in overview.text and GOOD_FORM["scope_purposes"]["profile"] in overview.text
    shown = owner.press("make-secret")
    secret = re.search(r"data-secret.*?<code>([^<]{43})</code>", shown.text, re.DOTALL)
    assert secret is not None and shown.headers["Cache-Control"] == "no-store"
    assert secret[1] not in owner.open(f"/services/{client.client_id}/").text
    proof = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://library.example/back"}
    asked = owner.client.post("/oauth/token", data=proof, auth=(client.client_id, secret[1]))
    assert asked.get_json()["error"] == "invalid_grant", "the secret is the client's"


@one_engine
def test_a_service_asks_for_grants_on_other_devices_and_the_officer_and_its_owner_see_them(
    owner: Browser, reviewer: Browser
) -> None:
    here = _begin(owner)
    written = WRITTEN | {"extra_grant_types": CIBA, "backchannel_token_delivery_mode": "poll", "then": "submit"}
    assert "an officer looks at it" in owner.submit(here, **written).text
    reviewer.open(f"/desk/services/registrations/{here.rpartition('/')[2]}")
    page = reviewer.press("take-over").text
    assert 'data-warning="other_device"' in page and "it asks again (poll)" in page
    reviewer.press("approve")
    [client] = find_clients()
    assert "(CIBA)" in owner.open(f"/services/{client.client_id}/").text
    assert f'value="{CIBA}" checked' in owner.press("change").text
    assert "(CIBA)" in owner.open("/services/").text


def test_a_returned_registration_comes_back_with_the_officers_reason_and_is_written_on(
    owner: Browser,
    reviewer: Browser,
    citizen: Citizen,  # noqa: F811
) -> None:
    registration = submit(citizen.new_session.session)
    reviewer.open(f"/desk/services/registrations/{registration.id}")
    reviewer.press("take-over")
    without = reviewer.press("return", reason="")
    assert (without.status_code, 'data-code="reason_missing"' in without.text) == (400, True)
    reviewer.open(f"/desk/services/registrations/{registration.id}")
    reviewer.press("return", reason="Nêu rõ vì sao cần số điện thoại")
    page = owner.open(f"/services/registrations/{registration.id}")
    assert "Nêu rõ vì sao cần số điện thoại" in page.text and 'data-act="submit"' in page.text
    assert "returned to you" in owner.open("/services/mine").text
    owner.open(f"/services/registrations/{registration.id}")
    again = owner.submit(f"/services/registrations/{registration.id}", **WRITTEN | {"then": "submit"})
    assert "an officer looks at it" in again.text


def test_an_officer_suspends_a_service_and_its_owner_reads_why(
    app: Flask,
    owner: Browser,
    reviewer: Browser,
    citizen: Citizen,  # noqa: F811
) -> None:
    client = approve(citizen.new_session.session, _only_officer())
    reviewer.open(f"/desk/services/{client.client_id}")
    reviewer.press("suspend", reason="Lộ dữ liệu")
    assert "Lộ dữ liệu" in owner.open(f"/services/{client.client_id}/").text
    page = owner.open(f"/oauth/authorize?client_id={client.client_id}")
    assert (page.status_code, "nobody can sign in there" in page.text) == (403, True)
    reviewer.open(f"/desk/services/{client.client_id}")
    assert "People can sign in there again." in reviewer.press("resume").text
    refused = reviewer.press("give", pin="979085000999")
    assert (refused.status_code, 'data-code="person_unknown"' in refused.text) == (404, True)
    reviewer.open(f"/desk/services/{client.client_id}")
    assert "The service has another owner now" in reviewer.press("give", pin="979 085 000 102").text


def _only_officer() -> Account:
    return db.session.get_one(Account, db.session.scalars(db.select(Officer)).one().account_id)


def test_the_owner_makes_a_token_that_is_shown_once_and_registers_a_test_client(owner: Browser) -> None:
    owner.open("/services/mine")
    refused = owner.press("make-token", uses="99")
    assert (refused.status_code, 'data-code="uses_many"' in refused.text) == (400, True)
    owner.open("/services/mine")
    page = owner.press("make-token")
    token = re.search(r"data-secret.*?<code>([^<]{43})</code>", page.text, re.DOTALL)
    assert token is not None
    answer = owner.client.post(
        "/oauth/register",
        json={"redirect_uris": ["https://library.example/back"], "client_name": "Máy thử"},
        headers={"Authorization": f"Bearer {token[1]}"},
    )
    client_id = answer.get_json()["client_id"]
    mine = owner.open("/services/mine").text
    assert f"/services/{client_id}/" in mine and "for tests" in mine and token[1] not in mine
    page = owner.open(f"/services/{client_id}/").text
    assert "This client registered itself" in page and "Only that somebody signed in" in page


def test_a_citizen_reads_why_each_thing_is_asked_for_and_the_name_in_their_language(
    owner: Browser,
    reviewer: Browser,
    citizen: Citizen,  # noqa: F811
) -> None:
    client = approve(citizen.new_session.session, _only_officer())
    asked = request_of(
        RegisteredClient(client, client.client_id, None),
        scope="openid profile phone",
        redirect_uri="https://library.example/back",
    )
    page = owner.open(f"/oauth/authorize?{urlencode(asked)}").text
    assert "Share with Sample Library?" in page
    assert all(f"Why: {text}" in page for text in GOOD_FORM["scope_purposes"].values())
    assert "This service is for tests" not in page
    client.is_test = True
    db.session.commit()
    assert "This service is for tests" in owner.open(f"/oauth/authorize?{urlencode(asked)}").text
    owner.client.set_cookie("eid_locale", "vi")
    assert "Thư viện Thử?" in owner.open(f"/oauth/authorize?{urlencode(asked)}").text


def test_contacts_are_changed_without_a_review_and_a_change_begins_as_the_service_is(
    owner: Browser,
    reviewer: Browser,
    citizen: Citizen,  # noqa: F811
) -> None:
    client = approve(citizen.new_session.session, _only_officer())
    owner.open(f"/services/{client.client_id}/")
    assert "The contacts are kept." in owner.press("keep-contacts", contacts="a@library.example").text
    refused = owner.press("keep-contacts", contacts="nobody")
    assert 'data-code="client_contacts"' in refused.text
    owner.open(f"/services/{client.client_id}/")
    page = owner.press("change")
    assert "https://library.example/back" in page.text and "A change of a service that there is:" in page.text


@one_engine
def test_pages_of_services_are_no_strangers(browser: Browser) -> None:
    for address in ("/services/mine", "/services/registrations/1", "/desk/services", "/desk/services/registrations/1"):
        assert browser.client.get(address).headers["Location"].startswith("/citizen/sign-in?")
    assert db.session.scalars(db.select(Client)).all() == []
