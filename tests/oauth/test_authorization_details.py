"""RFC 9396 for papers: asked for, agreed to attribute by attribute, returned, introspected, and used."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jws
from joserfc.jwk import KeySet

from eid.credentials.catalogue import DRIVING_LICENCE
from eid.db import db
from eid.oauth.authorization_details import CREDENTIAL, PAPER
from eid.oauth.clients import RegisteredClient, find_client, register_client
from eid.oauth.models import TokenFormat
from tests.conformance.provider import Provider, provider
from tests.engines import one_engine
from tests.oauth.conftest import BACK, answer_at
from tests.people import record_added_licence

__all__ = ["provider"]


@pytest.fixture(scope="module", autouse=True)
def _licence(provider: Provider) -> None:
    with provider.app.app_context():
        record_added_licence(2)
        db.session.commit()


def ask(provider: Provider, *details: dict[str, Any]) -> dict[str, Any]:
    return provider.get_tokens(authorization_details=json.dumps(details), prompt="consent")


def test_details_are_agreed_to_returned_and_introspected(provider: Provider) -> None:
    """RFC 9396, sections 7 and 9.2."""
    detail = {"type": PAPER, "paper": "driving_licence", "attributes": ["number", "may_drive"]}
    tokens = ask(provider, detail)
    assert tokens["authorization_details"] == [detail]
    assert tokens["scope"] == "openid"
    auth = (provider.service.client_id, provider.service.secret or "")
    form = {"token": tokens["access_token"]}
    said = provider.open_browser().post("/oauth/introspect", data=form, auth=auth).get_json()
    assert said["authorization_details"] == [detail]


def test_an_access_token_that_is_a_jwt_names_them_too(provider: Provider) -> None:
    """RFC 9396, section 9.1."""
    detail = {"type": PAPER, "paper": "driving_licence", "attributes": ["points"]}
    with provider.app.app_context():
        find_client(provider.service.client_id).access_token_format = TokenFormat.JWT
        db.session.commit()
        try:
            token = ask(provider, detail)["access_token"]
        finally:
            find_client(provider.service.client_id).access_token_format = TokenFormat.OPAQUE
            db.session.commit()
    keys = KeySet.import_key_set(provider.open_browser().get("/oauth/jwks.json").get_json())
    claims = json.loads(jws.deserialize_compact(token, keys, algorithms=["ES256"]).payload)
    assert claims["authorization_details"] == [detail]


def test_userinfo_tells_the_attributes_and_no_others(provider: Provider) -> None:
    tokens = ask(provider, {"type": PAPER, "paper": "driving_licence", "attributes": ["may_drive"]})
    assert provider.read_userinfo(tokens["access_token"]).get_json()["driving_licence"] == {"may_drive": True}


@pytest.mark.parametrize("attributes", [["number", "may_drive"], None])
def test_the_papers_token_tells_the_attributes_and_no_others(provider: Provider, attributes: list[str] | None) -> None:
    detail = {"type": PAPER, "paper": "driving_licence", **({"attributes": attributes} if attributes else {})}
    browser = provider.open_strongly_signed_in()
    tokens = provider.get_tokens(browser, authorization_details=json.dumps([detail]), prompt="consent")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    refused = browser.post("/api/v1/papers/health_insurance/tokens", headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "insufficient_scope")
    answer = browser.post("/api/v1/papers/driving_licence/tokens", headers=headers)
    assert answer.status_code == 200, answer.text
    keys = KeySet.import_key_set({"keys": browser.get("/api/v1/keys").get_json()["keys"]})
    told = json.loads(jws.deserialize_compact(answer.get_json()["token"], keys, algorithms=["ES256"]).payload)
    assert set(told["driving_licence"]) == set(attributes or DRIVING_LICENCE.attribute_names)


def test_an_attribute_that_is_withheld_is_returned_and_told_nowhere(provider: Provider) -> None:
    """RFC 9396, section 7: the details returned are those granted."""
    browser = provider.open_signed_in()
    detail = {"type": PAPER, "paper": "driving_licence", "attributes": ["number", "points", "may_drive"]}
    page = provider.ask(browser, authorization_details=json.dumps([detail]), prompt="consent")
    for word in ("driving_licence.number", "driving_licence.points", "driving_licence.may_drive"):
        assert f'value="{word}"' in page.text
    answer = answer_at(provider.go_on(browser, page, untick={("claim", "driving_licence.number")}))
    tokens = provider.redeem(answer["code"]).get_json()
    assert tokens["authorization_details"] == [{**detail, "attributes": ["points", "may_drive"]}]
    told = provider.read_userinfo(tokens["access_token"]).get_json()["driving_licence"]
    assert set(told) == {"points", "may_drive"}


def test_a_refreshed_grant_keeps_its_details(provider: Provider) -> None:
    detail = {"type": PAPER, "paper": "driving_licence", "attributes": ["points"]}
    tokens = provider.get_tokens(
        scope="openid offline_access", authorization_details=json.dumps([detail]), prompt="consent"
    )
    auth = (provider.service.client_id, provider.service.secret or "")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    second = provider.open_browser().post("/oauth/token", data=form, auth=auth).get_json()
    assert second["authorization_details"] == [detail]


def test_a_token_request_cannot_name_details_and_be_given_others(provider: Provider) -> None:
    """RFC 9396, section 6: what cannot be narrowed is refused, and the code is still good."""
    code = provider.authorize(provider.open_browser(), scope="openid offline_access")["code"]
    detail = json.dumps([{"type": PAPER, "paper": "driving_licence"}])
    refused = provider.redeem(code, authorization_details=detail)
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_authorization_details")
    tokens = provider.redeem(code).get_json()
    auth = (provider.service.client_id, provider.service.secret or "")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "authorization_details": detail}
    again = provider.open_browser().post("/oauth/token", data=form, auth=auth)
    assert again.get_json()["error"] == "invalid_authorization_details"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        "[]",
        "[1]",
        '[{"type": "payment_initiation"}]',
        '[{"paper": "driving_licence"}]',
        '[{"type": ["eid_paper"], "paper": "driving_licence"}]',
        '[{"type": "eid_paper"}]',
        '[{"type": "eid_paper", "paper": {"a": 1}}]',
        '[{"type": "eid_paper", "paper": "library_card"}]',
        '[{"type": "eid_paper", "paper": "profile"}]',
        '[{"type": "eid_paper", "paper": "driving_licence", "attributes": []}]',
        '[{"type": "eid_paper", "paper": "driving_licence", "attributes": ["shoe_size"]}]',
        '[{"type": "eid_paper", "paper": "driving_licence", "attributes": "number"}]',
        '[{"type": "eid_paper", "paper": "driving_licence", "amount": 5}]',
        "[" * 2000,
        json.dumps([{"type": "eid_paper", "paper": "driving_licence"}] * 17),
    ],
)
def test_what_is_unknown_or_malformed_is_refused_at_the_client(provider: Provider, text: str) -> None:
    """RFC 9396, section 5."""
    answer = answer_at(provider.ask(provider.open_browser(), authorization_details=text))
    assert (answer["error"], answer["state"]) == ("invalid_authorization_details", "the-state")


@one_engine
def test_a_service_that_is_not_registered_for_a_paper_cannot_ask_for_it_so(client: FlaskClient) -> None:
    narrow: RegisteredClient = register_client(name="Narrow", redirect_uris=[BACK], scopes=["profile"])
    detail = json.dumps([{"type": PAPER, "paper": "driving_licence"}])
    parameters = {
        "client_id": narrow.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
        "authorization_details": detail,
    }
    answer = answer_at(client.get("/oauth/authorize", query_string=parameters))
    assert answer["error"] == "invalid_authorization_details"


def test_the_types_are_promised(provider: Provider) -> None:
    """RFC 9396, section 10."""
    assert provider.get_metadata()["authorization_details_types_supported"] == [PAPER, CREDENTIAL]
