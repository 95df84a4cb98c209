"""Papers over HTTP: tokens for access tokens, keys, status lists, and every way in which they are refused."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete

from eid.accounts.levels import AuthenticationLevel, Factor
from eid.agencies.service import deduct_licence_points, record_health_insurance
from eid.clock import wall_now
from eid.credentials.additions import record_prepared_additions
from eid.credentials.catalogue import DRIVING_LICENCE
from eid.credentials.formats import VerifiedPaper, verify_paper_token
from eid.credentials.models import PaperAddition
from eid.crypto.status_list import check_status, verify_status_list
from eid.db import db
from eid.errors import VerificationFailed
from eid.oauth.authorize import open_authorization
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.responses import AuthorizationResponse
from eid.population.registration import register_death
from eid.population.service import find_person_by_id
from tests.oauth.conftest import BACK, ISSUER, Citizen, citizen, make_citizen, redeem, request_of
from tests.people import record_added_licence

__all__ = ["citizen", "make_citizen"]

PATH = "/api/v1/papers/driving_licence/tokens"

GetToken = Callable[..., str]


@pytest.fixture
def clinic(citizen: Citizen) -> RegisteredClient:
    """A clinic that may ask for papers; the citizen has a driving licence and no insurance."""
    record_added_licence(citizen.person_id)
    db.session.commit()
    return register_client(name="Phòng khám Thử", redirect_uris=[BACK], default_level=AuthenticationLevel.LOA1)


@pytest.fixture
def get_token(client: FlaskClient, clinic: RegisteredClient) -> GetToken:
    """An access token of a citizen's session for the clinic, with these scopes."""

    def get(citizen: Citizen, *scopes: str) -> str:
        asked = ["openid", *scopes]
        record_consent(citizen.person_id, clinic.client, asked=asked, granted=asked, now=wall_now())
        db.session.commit()
        parameters = request_of(clinic, scope=" ".join(asked))
        outcome = open_authorization(parameters.items(), session=citizen.new_session.session, issuer=ISSUER)
        assert isinstance(outcome, AuthorizationResponse)
        return str(redeem(client, clinic, outcome.parameters["code"]).get_json()["access_token"])

    return get


def ask(client: FlaskClient, token: str, path: str = PATH) -> tuple[int, dict[str, object]]:
    answer = client.post(path, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.get_json()


def verify(client: FlaskClient, token: str, clinic: RegisteredClient) -> VerifiedPaper:
    return verify_paper_token(
        token,
        paper=DRIVING_LICENCE,
        keys=client.get("/api/v1/keys").get_json()["keys"],
        expected_issuer=ISSUER,
        expected_audience=clinic.client_id,
        now=wall_now(),
        status_list=None,
    )


def test_a_service_gets_a_token_that_only_it_can_use(
    client: FlaskClient, citizen: Citizen, clinic: RegisteredClient, get_token: GetToken
) -> None:
    access = get_token(citizen, "driving_licence")
    answer = client.post(PATH, headers={"Authorization": f"Bearer {access}"})
    assert (answer.status_code, answer.get_json()["expires_in"]) == (200, 300)
    assert answer.headers["Cache-Control"] == "no-store"
    verified = verify(client, answer.get_json()["token"], clinic)
    userinfo = client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {access}"}).get_json()
    assert verified.subject == userinfo["sub"]
    assert verified.content == userinfo["driving_licence"]


def test_without_an_access_token_the_challenge_names_no_error(client: FlaskClient, clinic: RegisteredClient) -> None:
    """RFC 6750, section 3.1; RFC 9449, section 7.1"""
    answer = client.post(PATH)
    challenges = 'Bearer realm="eid", DPoP realm="eid", algs="PS256 ES256 EdDSA Ed25519"'
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, challenges)
    assert answer.content_type == "application/problem+json"


def test_an_unknown_access_token_is_invalid(client: FlaskClient, clinic: RegisteredClient) -> None:
    answer = client.post(PATH, headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_an_access_token_in_the_address_is_none(
    client: FlaskClient, citizen: Citizen, clinic: RegisteredClient, get_token: GetToken
) -> None:
    """RFC 9700, section 4.3.2."""
    assert client.post(f"{PATH}?access_token={get_token(citizen, 'driving_licence')}").status_code == 401


def test_an_access_token_for_something_else_does_not_suffice(
    client: FlaskClient, citizen: Citizen, clinic: RegisteredClient, get_token: GetToken
) -> None:
    """RFC 6750, section 3.1: insufficient_scope, 403, with the scope that is needed."""
    token = get_token(citizen, "profile")
    answer = client.post(PATH, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="driving_licence"' in challenge


def test_a_weak_sign_in_is_asked_to_be_a_stronger_one(
    client: FlaskClient, make_citizen: Callable[..., Citizen], clinic: RegisteredClient, get_token: GetToken
) -> None:
    """RFC 9470, section 3: insufficient_user_authentication, 401, with the acr_values that would do."""
    weak = make_citizen(103, factors=(Factor.PASSWORD,))
    answer = client.post(PATH, headers={"Authorization": f"Bearer {get_token(weak, 'driving_licence')}"})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "insufficient_user_authentication")
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'acr_values="LoA2"' in challenge


def test_a_paper_that_nobody_or_the_citizen_does_not_have_is_not_found(
    client: FlaskClient, citizen: Citizen, clinic: RegisteredClient, get_token: GetToken
) -> None:
    token = get_token(citizen, "driving_licence", "wallet")
    status, problem = ask(client, token, "/api/v1/papers/passport/tokens")
    assert (status, problem["code"]) == (404, "paper_kind_unknown")
    status, problem = ask(client, token, "/api/v1/papers/wallet/tokens")
    assert (status, problem["code"]) == (404, "paper_unknown")


@pytest.mark.parametrize("paper", ["health_insurance", "driving_licence"])
def test_what_the_agency_has_and_the_citizen_has_not_added_is_no_token_and_no_claim(
    client: FlaskClient, citizen: Citizen, clinic: RegisteredClient, get_token: GetToken, paper: str
) -> None:
    record_health_insurance(citizen.person_id)
    db.session.execute(delete(PaperAddition))
    db.session.commit()
    token = get_token(citizen, "profile", paper)
    status, problem = ask(client, token, f"/api/v1/papers/{paper}/tokens")
    assert (status, problem["code"]) == (409, "paper_not_added")
    told = client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert told.status_code == 200 and paper not in told.get_json()
    record_prepared_additions(citizen.person_id, [paper])
    db.session.commit()
    assert ask(client, token, f"/api/v1/papers/{paper}/tokens")[0] == 200
    assert paper in client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).get_json()


def test_nothing_is_told_of_the_dead(
    client: FlaskClient, citizen: Citizen, clinic: RegisteredClient, get_token: GetToken
) -> None:
    token = get_token(citizen, "driving_licence")
    register_death(find_person_by_id(citizen.person_id).pin, died_on=date(2026, 1, 2))
    status, problem = ask(client, token)
    assert (status, problem["code"]) == (401, "invalid_token")


def test_only_post_makes_tokens(client: FlaskClient) -> None:
    assert client.get(PATH).status_code == 405


def test_keys_are_public_may_be_kept_and_hold_nothing_private(client: FlaskClient) -> None:
    """RFC 7517."""
    answer = client.get("/api/v1/keys")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document = answer.get_json()
    assert document["issuer"] == ISSUER
    assert len({key["kid"] for key in document["keys"]}) == 2
    for key in document["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_a_status_list_is_fetched_as_the_draft_says_and_follows_the_licence(
    client: FlaskClient, citizen: Citizen, clinic: RegisteredClient, get_token: GetToken
) -> None:
    """Draft Token Status List 20, sections 5.1, 8.1 and 8.2: type, subject, times, CORS."""
    _, issued = ask(client, get_token(citizen, "driving_licence"))
    place = verify(client, str(issued["token"]), clinic).status
    answer = client.get(place.uri.removeprefix(ISSUER))
    assert answer.content_type == "application/statuslist+jwt"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    keys = client.get("/api/v1/keys").get_json()["keys"]
    before = verify_status_list(answer.text, keys=keys, expected_uri=place.uri, now=wall_now())
    check_status(place, before)
    assert before.time_to_live is not None
    assert before.expires_at is not None
    deduct_licence_points(find_person_by_id(citizen.person_id).pin, 2, decision="QĐ-1")
    after = verify_status_list(
        client.get(place.uri.removeprefix(ISSUER)).text, keys=keys, expected_uri=place.uri, now=wall_now()
    )
    with pytest.raises(VerificationFailed) as refusal:
        check_status(place, after)
    assert refusal.value.code == "paper_invalid"


def test_a_status_list_comes_compressed_to_whoever_takes_it_so(
    client: FlaskClient, citizen: Citizen, clinic: RegisteredClient, get_token: GetToken
) -> None:
    """Draft Token Status List 20, section 8.1: gzip."""
    ask(client, get_token(citizen, "driving_licence"))
    answer = client.get("/api/v1/status-lists/1", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"
    assert gzip.decompress(answer.data).count(b".") == 2
    assert "Content-Encoding" not in client.get("/api/v1/status-lists/1").headers


@pytest.mark.parametrize("number", ["1", "2", "0", "-1", "99999999999999999999", "x"])
def test_a_list_that_is_not_there_is_not_found(client: FlaskClient, number: str) -> None:
    answer = client.get(f"/api/v1/status-lists/{number}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_lists_of_the_past_are_not_kept(client: FlaskClient) -> None:
    """Draft Token Status List 20, section 8.4: historical resolution that is not supported is answered with 501."""
    assert client.get("/api/v1/status-lists/1?time=1700000000").status_code == 501


def test_all_of_it_is_described(client: FlaskClient) -> None:
    """OpenAPI 3.1: every reference and every way to prove oneself that an operation names is there."""
    document = client.get("/api/openapi.json").get_json()
    paths, components = document["paths"], document["components"]
    assert {"/api/v1/papers/{paper}/tokens", "/api/v1/keys", "/api/v1/status-lists/{list_id}"} <= set(paths)
    issuing = paths["/api/v1/papers/{paper}/tokens"]["post"]
    assert {"200", "401", "403", "404", "409"} <= set(issuing["responses"])
    assert {name for needed in issuing["security"] for name in needed} <= set(components["securitySchemes"])
    for reference in re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(document)):
        assert reference[1] in components[reference[0]]
