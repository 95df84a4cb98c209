"""What was not agreed to is released nowhere: userinfo, ID tokens, refreshed tokens; and when a citizen is asked again."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from eid.cards.models import Card
from eid.clock import wall_now
from eid.crypto.jwt import verify_signature
from eid.db import db
from eid.errors import Conflict, Malformed
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import ends_at, find_consents, withdraw_attribute, withdraw_consent
from eid.oauth.models import Client, Consent
from eid.web.session import COOKIE
from tests.conformance.provider import Provider, provider
from tests.engines import one_engine
from tests.oauth.conftest import BACK, Citizen, answer_at, redeem, request_of
from tests.oauth.verified_claims_rules import check_verified_claims

__all__ = ["provider"]


@pytest.fixture
def fresh(provider: Provider) -> Provider:
    """The provider's citizen has agreed to nothing yet."""
    with provider.app.app_context():
        for consent in db.session.scalars(select(Consent).where(Consent.withdrawn_at.is_(None))):
            consent.withdrawn_at = wall_now()
        db.session.commit()
    return provider


def wish(**members: Any) -> str:
    return json.dumps(members)


VERIFIED = {"verification": {"trust_framework": None}, "claims": {"name": None, "birthdate": None}}
NO_BIRTHDATE = {("claim", "birthdate")}


def test_an_attribute_that_was_withheld_is_in_no_token_and_no_answer(fresh: Provider) -> None:
    browser = fresh.open_signed_in()
    asked = wish(
        userinfo={"birthdate": {"essential": True}, "verified_claims": VERIFIED},
        id_token={"name": None, "birthdate": None, "verified_claims": VERIFIED},
    )
    page = fresh.ask(browser, scope="openid profile offline_access", claims=asked, prompt="consent")
    tokens = fresh.redeem(answer_at(fresh.go_on(browser, page, untick=NO_BIRTHDATE))["code"]).get_json()
    auth = (fresh.service.client_id, fresh.service.secret or "")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    again = fresh.open_browser().post("/oauth/token", data=form, auth=auth).get_json()
    for answer in (tokens, again):
        userinfo = fresh.read_userinfo(answer["access_token"]).get_json()
        id_token = fresh.verify_id_token(answer["id_token"])
        assert "birthdate" not in json.dumps([userinfo, id_token])
        assert "1985" not in json.dumps([userinfo, id_token])
        assert (userinfo["name"], set(userinfo["verified_claims"]["claims"])) == ("Trần Văn Minh", {"name"})
        check_verified_claims(userinfo["verified_claims"])
    assert fresh.verify_id_token(tokens["id_token"])["name"] == "Trần Văn Minh"


def test_how_it_was_verified_is_withheld_by_itself(fresh: Provider) -> None:
    browser = fresh.open_signed_in()
    page = fresh.ask(browser, claims=wish(userinfo={"name": None, "verified_claims": VERIFIED}), prompt="consent")
    assert 'value="verified_claims"' in page.text
    untick = {("claim", "verified_claims")}
    tokens = fresh.redeem(answer_at(fresh.go_on(browser, page, untick=untick))["code"]).get_json()
    assert set(fresh.read_userinfo(tokens["access_token"]).get_json()) == {"sub", "name"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"name": {"value": "Trần Văn Minh"}}, {"name"}),
        ({"name": {"value": "Somebody else"}}, set()),
        ({"name": {"values": ["Somebody else", "Trần Văn Minh"]}}, {"name"}),
        ({"gender": {"essential": True}, "shoe_size": {"essential": True}}, {"gender"}),
        ({"name#vi": None, "middle_name": None}, {"middle_name"}),
    ],
)
def test_a_claim_is_told_as_it_is_wished_for_or_not_at_all(
    provider: Provider, asked: dict[str, Any], told: set[str]
) -> None:
    """OpenID Connect Core, section 5.5.1."""
    userinfo, id_token = provider.get_claims(claims=wish(userinfo=asked, id_token=asked))
    assert set(userinfo) - {"sub"} == told
    assert set(id_token) & {*asked} == told


def test_a_subject_that_is_wished_for_is_the_only_one_answered_about(provider: Provider) -> None:
    """OpenID Connect Core, section 3.1.2.2."""
    browser = provider.open_signed_in()
    mine = provider.verify_id_token(provider.get_tokens(browser)["id_token"])["sub"]
    good = answer_at(provider.ask(browser, prompt="none", claims=wish(id_token={"sub": {"value": mine}})))
    assert "code" in good
    other = answer_at(provider.ask(browser, prompt="none", claims=wish(id_token={"sub": {"value": "another"}})))
    assert other["error"] == "login_required"
    hint = provider.get_tokens(browser)["id_token"]
    both = provider.ask(browser, id_token_hint=hint, claims=wish(id_token={"sub": {"value": "another"}}))
    assert answer_at(both)["error"] == "invalid_request"


def test_a_voluntary_acr_is_a_wish_as_acr_values_are(provider: Provider) -> None:
    """OpenID Connect Core, section 5.5.1.1."""
    page = provider.ask(provider.open_signed_in(), claims=wish(id_token={"acr": {"values": ["gold", "LoA2"]}}))
    assert 'name="otp"' in page.text


def test_a_new_attribute_is_asked_about_alone(fresh: Provider) -> None:
    browser = fresh.open_browser()
    fresh.get_tokens(browser, scope="openid profile")
    page = fresh.ask(browser, scope="openid profile address")
    boxes = re.findall(r'<input type="checkbox"[^>]*value="([^"]+)"', page.text)
    assert boxes == ["address"]
    tokens = fresh.redeem(answer_at(fresh.go_on(browser, page))["code"]).get_json()
    assert tokens["scope"] == "openid profile address"
    assert {"name", "address"} <= set(fresh.read_userinfo(tokens["access_token"]).get_json())
    assert "code" in answer_at(fresh.ask(browser, scope="openid profile", prompt="none"))
    claims = wish(userinfo={"name": None})
    assert "code" in answer_at(fresh.ask(browser, prompt="none", claims=claims))


def test_what_was_asked_for_by_claims_covers_no_whole_scope(fresh: Provider) -> None:
    browser = fresh.open_browser()
    fresh.get_tokens(browser, claims=wish(userinfo={"name": None}))
    answer = answer_at(fresh.ask(browser, scope="openid profile", prompt="none"))
    assert answer["error"] == "consent_required"


@pytest.mark.parametrize(("days", "counts_for"), [(None, 365), (30, 30)])
def test_a_consent_is_asked_for_again_after_a_year_or_earlier_where_registered_so(
    provider: Provider, days: int | None, counts_for: int
) -> None:
    browser = provider.open_strongly_signed_in()
    with provider.app.app_context():
        client = db.session.scalars(select(Client)).one()
        client.consent_days = days
        db.session.commit()
    provider.authorize(browser, scope="openid gone phone", prompt="consent")
    now = datetime.now(UTC)
    with time_machine.travel(now + timedelta(days=counts_for, hours=-1)):
        later = provider.open_strongly_signed_in()
        assert "code" in answer_at(provider.ask(later, scope="openid phone", prompt="none"))
    with time_machine.travel(now + timedelta(days=counts_for, hours=1)):
        later = provider.open_strongly_signed_in()
        assert answer_at(provider.ask(later, scope="openid phone", prompt="none"))["error"] == "consent_required"
        assert "Phòng khám Thử" not in later.get("/citizen/services").text


def test_a_grant_ends_with_the_consent_that_it_rests_on(fresh: Provider) -> None:
    with fresh.app.app_context():
        db.session.scalars(select(Client)).one().consent_days = 7
        db.session.commit()
    tokens = fresh.get_tokens(scope="openid offline_access")
    auth = (fresh.service.client_id, fresh.service.secret or "")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    with time_machine.travel(datetime.now(UTC) + timedelta(days=7, hours=1)):
        answer = fresh.open_browser().post("/oauth/token", data=form, auth=auth)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")


@one_engine
@pytest.mark.parametrize("days", [0, 366, -1])
def test_a_registration_cannot_make_a_consent_last_longer(client: FlaskClient, days: int) -> None:
    with pytest.raises(Malformed) as refused:
        register_client(name="Forever", redirect_uris=[BACK], consent_days=days)
    assert refused.value.code == "consent_days"


def test_a_request_with_characters_that_no_text_may_hold_is_kept_and_answered(
    client: FlaskClient, citizen: Citizen, service: RegisteredClient
) -> None:
    """In JSON they are escapes; PostgreSQL keeps those as they are."""
    client.set_cookie(COOKIE, citizen.new_session.token)
    verification = {"trust_framework": None, "\x00": None, "\ud800": {"\x00": "\ud800"}}
    claims = wish(userinfo={"verified_claims": {"verification": verification, "claims": {"name": None}}})
    page = client.get("/oauth/authorize", query_string=request_of(service, claims=claims))
    answer = send(client, page.headers["Location"], scope=["openid", "identity"], claim=["verified_claims"])
    assert redeem(client, service, answer["code"]).status_code == 200


def test_one_attribute_is_withdrawn_and_tokens_that_told_it_are_dead(
    client: FlaskClient, citizen: Citizen, service: RegisteredClient
) -> None:
    client.set_cookie(COOKIE, citizen.new_session.token)
    page = client.get("/oauth/authorize", query_string=request_of(service, scope="openid profile vneid"))
    answer = send(client, page.headers["Location"], scope=["openid", "profile", "vneid"])
    token = redeem(client, service, answer["code"]).get_json()["access_token"]
    [consent] = find_consents(citizen.person_id)
    withdraw_attribute(citizen.person_id, consent.id, "birthdate")
    withdraw_attribute(citizen.person_id, consent.id, "nonsense")
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/oauth/userinfo", headers=bearer).status_code == 401
    [rest] = find_consents(citizen.person_id)
    assert "birthdate" in (rest.asked_items or []) and "birthdate" not in (rest.granted_items or [])
    assert ends_at(rest) == ends_at(consent)
    again = client.get("/oauth/authorize", query_string=request_of(service, scope="openid profile vneid"))
    token = redeem(client, service, answer_at(again)["code"]).get_json()["access_token"]
    told = client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).get_json()
    assert "name" in told and "birthdate" not in told


def test_an_attribute_that_the_service_needs_ends_with_the_whole_only(
    client: FlaskClient, citizen: Citizen, service: RegisteredClient
) -> None:
    client.set_cookie(COOKIE, citizen.new_session.token)
    page = client.get("/oauth/authorize", query_string=request_of(service))
    send(client, page.headers["Location"], scope=["openid", "identity", "phone"])
    [consent] = find_consents(citizen.person_id)
    with pytest.raises(Conflict) as refused:
        withdraw_attribute(citizen.person_id, consent.id, "pin")
    assert refused.value.code == "consent_scope_needed"


def test_a_receipt_is_signed_and_says_what_was_agreed_to(
    client: FlaskClient, citizen: Citizen, service: RegisteredClient
) -> None:
    client.set_cookie(COOKIE, citizen.new_session.token)
    page = client.get("/oauth/authorize", query_string=request_of(service, scope="openid identity phone email"))
    send(client, page.headers["Location"], scope=["openid", "identity", "phone"])
    [consent] = find_consents(citizen.person_id)
    assert f"/citizen/services/{consent.id}/receipt" in client.get("/citizen/services").text
    answer = client.get(f"/citizen/services/{consent.id}/receipt")
    assert answer.mimetype == "application/eid-consent-receipt+jwt"
    keys = client.get("/api/v1/keys").get_json()["keys"]
    claims = verify_signature(answer.text, keys=keys, expected_typ="eid-consent-receipt+jwt").claims
    [purpose] = claims["purposes"]
    assert (purpose["purpose"], purpose["lawful_basis"]) == ("Tiếp nhận người bệnh", "consent")
    assert {name for one in purpose["pii"] for name in one["names"]} == set(consent.granted_items or [])
    assert [one["names"] for one in purpose["withheld"]] == [["email", "email_verified"]]
    assert claims["pii_controllers"][0] == {
        "name": "Phòng khám Thử",
        "identifier": service.client_id,
        "role": "recipient",
    }
    assert (claims["event"]["state"], claims["event"]["given_by"]) == ("given", "principal")
    assert claims["event"]["valid_until"].startswith(f"{ends_at(consent):%Y-%m-%d}")
    assert claims["sub"] != str(citizen.person_id) and "979085000102" not in json.dumps(claims)


def test_a_service_gets_the_receipt_for_the_consent_behind_its_token(
    client: FlaskClient, citizen: Citizen, service: RegisteredClient, consented: None
) -> None:
    """It must be able to show what it works under; once that was withdrawn, its token opens nothing"""
    client.set_cookie(COOKIE, citizen.new_session.token)
    code = answer_at(client.get("/oauth/authorize", query_string=request_of(service)))["code"]
    token = redeem(client, service, code).get_json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    receipt = client.post("/api/v1/consent-receipts", headers=headers).get_json()["receipt"]
    keys = client.get("/api/v1/keys").get_json()["keys"]
    claims = verify_signature(receipt, keys=keys, expected_typ="eid-consent-receipt+jwt").claims
    [consent] = find_consents(citizen.person_id)
    assert claims["record_id"] == f"consent-{consent.id}"
    assert claims["pii_controllers"][0]["identifier"] == service.client_id
    withdraw_consent(citizen.person_id, consent.id)
    refused = client.post("/api/v1/consent-receipts", headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (401, "invalid_token")
    assert client.post("/api/v1/consent-receipts").status_code == 401


def test_nobody_gets_another_persons_receipt(
    client: FlaskClient, citizen: Citizen, make_citizen: Any, service: RegisteredClient
) -> None:
    client.set_cookie(COOKIE, citizen.new_session.token)
    page = client.get("/oauth/authorize", query_string=request_of(service))
    send(client, page.headers["Location"], scope=["openid", "identity", "phone"])
    [consent] = find_consents(citizen.person_id)
    client.set_cookie(COOKIE, make_citizen(103, given_name="Nam").new_session.token)
    assert client.get(f"/citizen/services/{consent.id}/receipt").status_code == 404
    assert client.get("/citizen/services/999/receipt").status_code == 404


def send(client: FlaskClient, address: str, **ticked: list[str]) -> dict[str, str]:
    """The answer to the service after the citizen decided."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert token is not None
    form = {"act": "approve", "passcode": "497135", "csrf_token": token[1], **ticked}
    return answer_at(client.post(address, data=form))


def test_evidence_names_the_very_card_that_the_account_rests_on(provider: Provider) -> None:
    """The digest in the evidence is that of the card's EF.SOD, and the time that of its verification."""
    wanted = {
        "verification": {
            "trust_framework": None,
            "evidence": [{"type": {"value": "document"}, "document_details": {"digest": {"alg": None, "value": None}}}],
        },
        "claims": {"pin": None},
    }
    userinfo, _ = provider.get_claims(claims=wish(userinfo={"verified_claims": wanted}))
    [evidence] = userinfo["verified_claims"]["verification"]["evidence"]
    with provider.app.app_context():
        [card] = db.session.scalars(select(Card)).all()
        digest = base64.b64encode(card.sod_sha256).decode()
    assert evidence["document_details"]["digest"] == {"alg": "sha-256", "value": digest}
