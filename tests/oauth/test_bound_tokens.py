"""Tokens bound to keys, how often a proof counts, and for whom tokens are (RFC 8705; RFC 8707; RFC 9068; RFC 9449)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.config import EXTENSION
from eid.crypto.jwt import verify_jwt, verify_signature
from eid.db import db
from eid.errors import Malformed, OAuthError
from eid.keystore import KeyUse, current_keystore
from eid.oauth.authorize import open_authorization
from eid.oauth.client_certificates import ClientCertificate
from eid.oauth.client_choices import ClientChoices
from eid.oauth.client_tokens import check_client_token
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.dpop import PROOF_KEPT, ShownProofs
from eid.oauth.models import AccessToken, ApplicationType, AuthMethod, DpopProof, TokenFormat
from eid.oauth.proofs import record_sender
from eid.oauth.responses import AuthorizationResponse
from eid.oauth.sender import Sender
from tests.engines import one_engine
from tests.oauth.assertions import proof_of, register_keyed
from tests.oauth.conftest import BACK, ISSUER, Citizen, redemption_of, request_of
from tests.oauth.proving import HeldKey, proven
from tests.oauth.test_client_certificates import client_certificate, header_of, key_of
from tests.people import record_added_insurance
from tests.turns import both_engines

KEY, OTHER = HeldKey.generate(), HeldKey.generate()
SCOPES = ["openid", "identity", "phone", "health_insurance", "driving_licence", "offline_access"]
Register = Callable[..., "Service"]


class Service:
    """A registered client whose citizen has consented, and that may prove a key."""

    def __init__(self, app: Flask, registered: RegisteredClient, citizen: Citizen) -> None:
        self.app, self.registered, self.citizen = app, registered, citizen
        record_consent(citizen.person_id, registered.client, asked=SCOPES, granted=SCOPES, now=wall_now())
        db.session.commit()

    def code(self, **changes: Any) -> str:
        changes = {"scope": " ".join(SCOPES), **changes}
        resources = changes.pop("resources", ())
        pairs = [*request_of(self.registered, **changes).items(), *(("resource", one) for one in resources)]
        outcome = open_authorization(pairs, session=self.citizen.new_session.session, issuer=ISSUER)
        assert isinstance(outcome, AuthorizationResponse)
        return outcome.parameters["code"]

    def ask(self, parameters: dict[str, Any], key: HeldKey | None = None) -> TestResponse:
        client = self.app.test_client()
        headers = {} if key is None else proven(client, key, "/oauth/token")
        secret = {} if self.registered.secret is None else {"client_secret": self.registered.secret}
        proof = {"client_id": self.registered.client_id, **secret}
        return client.post("/oauth/token", data=parameters | proof, headers=headers)

    def redeem(self, key: HeldKey | None = None, **changes: Any) -> TestResponse:
        asked = changes.pop("ask", {})
        return self.ask(redemption_of(self.code(**changes)) | asked, key)

    def refresh(self, token: str, key: HeldKey | None = None, **more: Any) -> TestResponse:
        return self.ask({"grant_type": "refresh_token", "refresh_token": token, **more}, key)

    def read(self, token: str, key: HeldKey | None = None) -> TestResponse:
        client = self.app.test_client()
        if key is None:
            headers = {"Authorization": f"Bearer {token}"}
        else:
            headers = proven(client, key, "/oauth/userinfo", method="GET", token=token)
        return client.get("/oauth/userinfo", headers=headers)


@pytest.fixture
def register(app: Flask, citizen: Citizen) -> Register:
    def make(choices: ClientChoices | None = None, **changes: Any) -> Service:
        given = {"name": "Thử", "redirect_uris": [BACK], "choices": choices or ClientChoices()}
        return Service(app, register_client(**given | changes), citizen)

    return make


def error_of(response: TestResponse) -> tuple[int, str]:
    body = response.get_json()
    return response.status_code, body.get("error") or body["code"]


@one_engine
def test_any_client_may_have_its_tokens_bound(register: Register) -> None:
    """RFC 9449, section 5: a proof at the token endpoint binds them"""
    service = register()
    bound = service.redeem(KEY).get_json()
    assert bound["token_type"] == "DPoP"
    assert service.read(bound["access_token"], KEY).status_code == 200
    assert error_of(service.read(bound["access_token"])) == (401, "invalid_token")
    assert error_of(service.read(bound["access_token"], OTHER)) == (401, "invalid_token")
    plain = service.redeem().get_json()
    assert plain["token_type"] == "Bearer"
    assert service.read(plain["access_token"]).status_code == 200
    assert error_of(service.read(plain["access_token"], KEY)) == (401, "invalid_token")


@one_engine
def test_a_client_that_registered_so_must_prove_a_key(register: Register) -> None:
    """RFC 9449, section 5.2"""
    service = register(ClientChoices(dpop_bound_access_tokens=True))
    assert error_of(service.redeem()) == (400, "invalid_request")
    assert service.redeem(KEY).get_json()["token_type"] == "DPoP"


@one_engine
def test_what_was_bound_stays_bound_when_it_is_refreshed(register: Register) -> None:
    """RFC 9449, section 5: a client that proves itself may change its key, and never give it up"""
    service = register()
    first = service.redeem(KEY).get_json()
    assert error_of(service.refresh(first["refresh_token"])) == (400, "invalid_grant")
    second = service.refresh(first["refresh_token"], OTHER).get_json()
    assert second["token_type"] == "DPoP"
    assert service.read(second["access_token"], OTHER).status_code == 200
    assert error_of(service.read(second["access_token"], KEY)) == (401, "invalid_token")
    assert error_of(service.refresh(second["refresh_token"])) == (400, "invalid_grant")


@one_engine
def test_a_public_clients_refresh_token_is_bound_to_its_key(register: Register) -> None:
    """RFC 9449, section 5: nothing else binds it"""
    app = register(auth_method=AuthMethod.NONE, application_type=ApplicationType.NATIVE)
    first = app.redeem(KEY).get_json()
    for key in (OTHER, None):
        assert error_of(app.refresh(first["refresh_token"], key)) == (400, "invalid_grant")
    second = app.refresh(first["refresh_token"], KEY)
    assert second.status_code == 200
    plain = app.redeem().get_json()
    assert app.refresh(plain["refresh_token"], KEY).get_json()["token_type"] == "DPoP"


@both_engines
def test_of_many_redemptions_with_proofs_at_once_exactly_one_succeeds(app: Flask, register: Register) -> None:
    """fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second, without the second; on both databases"""
    service = register()
    code = service.code()
    db.session.rollback()

    def attempt(_: int) -> int:
        return service.ask(redemption_of(code), KEY).status_code

    with ThreadPoolExecutor(50) as pool:
        assert sorted(pool.map(attempt, range(50))) == [200] + [400] * 49
    assert db.session.scalar(select(func.count()).select_from(AccessToken)) == 1


@both_engines
def test_of_many_who_send_one_proof_at_once_one_is_let_in(app: Flask, register: Register) -> None:
    """RFC 9449, section 11.1; on both databases"""
    service = register()
    token = service.redeem(KEY).get_json()["access_token"]
    headers = proven(app.test_client(), KEY, "/oauth/userinfo", method="GET", token=token)
    db.session.rollback()

    def attempt(_: int) -> int:
        return app.test_client().get("/oauth/userinfo", headers=headers).status_code

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(attempt, range(20))) == [200] + [401] * 19


@one_engine
def test_proofs_are_remembered_as_long_as_they_could_be_sent_again(app: Flask, register: Register) -> None:
    service = register()
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        service.redeem(KEY)
        [kept] = db.session.scalars(select(DpopProof.expires_at)).all()
        assert kept == wall_now() + PROOF_KEPT
        traveller.shift(PROOF_KEPT + timedelta(seconds=1))
        for _ in range(1500):
            shown = ShownProofs((prove_now(app),), "POST", f"{ISSUER}/oauth/token")
            record_sender(service.registered.client, Sender(shown=shown))
            db.session.commit()
            if db.session.scalar(select(func.min(DpopProof.expires_at))) > kept:
                break
        else:
            pytest.fail("nobody cleared away what had expired")


def prove_now(app: Flask) -> str:
    return proven(app.test_client(), KEY, "/oauth/token")["DPoP"]


@one_engine
def test_papers_take_bound_tokens_and_ask_for_better_sign_ins_by_their_scheme(
    app: Flask, register: Register, citizen: Citizen
) -> None:
    """RFC 9449, section 7; RFC 9470, section 3"""
    record_added_insurance(citizen.person_id)
    db.session.commit()
    service = register()
    token = service.redeem(KEY).get_json()["access_token"]

    def fetch(paper: str) -> TestResponse:
        path = f"/api/v1/papers/{paper}/tokens"
        client = app.test_client()
        return client.post(path, headers=proven(client, KEY, path, token=token))

    assert fetch("health_insurance").status_code == 200
    refused = app.test_client().post(
        "/api/v1/papers/health_insurance/tokens", headers={"Authorization": f"Bearer {token}"}
    )
    assert error_of(refused) == (401, "invalid_token")
    db.session.execute(AccessToken.__table__.update().values(acr="LoA1"))
    db.session.commit()
    weak = fetch("health_insurance")
    assert error_of(weak) == (401, "insufficient_user_authentication")
    assert weak.headers["WWW-Authenticate"].startswith('DPoP realm="eid", error="insufficient_user_authentication"')
    assert 'acr_values="LoA2"' in weak.headers["WWW-Authenticate"]
    assert weak.headers["DPoP-Nonce"]


@one_engine
def test_an_old_sign_in_gives_no_wallet_a_copy(app: Flask, register: Register) -> None:
    """RFC 9470, sections 3 and 4: max_age goes by the sign-in and not by the token, and is the same after a refresh"""
    service = register()
    first = service.redeem().get_json()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, seconds=1), tick=False):
        token = service.refresh(first["refresh_token"]).get_json()["access_token"]
        body = {"credential_configuration_id": "driving_licence_sd_jwt", "proofs": {"jwt": ["any"]}}
        refused = app.test_client().post("/oauth/credentials", json=body, headers={"Authorization": f"Bearer {token}"})
    assert error_of(refused) == (401, "insufficient_user_authentication")
    assert 'max_age="86400"' in refused.headers["WWW-Authenticate"]


@one_engine
def test_a_token_of_a_client_in_its_own_name_can_be_bound(app: Flask, client: FlaskClient) -> None:
    """RFC 9449, section 5, with RFC 6749, section 4.4"""
    bank = register_keyed(own_scopes=["health_insurance"])
    asked = {"grant_type": "client_credentials"} | proof_of(bank.client_id)
    found = client.post("/oauth/token", data=asked, headers=proven(client, KEY, "/oauth/token")).get_json()
    assert found["token_type"] == "DPoP"
    asked = {"token": found["access_token"]} | proof_of(bank.client_id)
    told = client.post("/oauth/introspect", data=asked).get_json()
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": KEY.jkt})
    with pytest.raises(OAuthError) as refused:
        check_client_token(found["access_token"], [])
    assert refused.value.code == "invalid_token"
    path = "/api/v1/card-verifications/batch"
    proof = proven(client, KEY, path, token=found["access_token"])["DPoP"]
    sender = Sender(scheme="DPoP", shown=ShownProofs((proof,), "POST", ISSUER + path))
    grant = check_client_token(found["access_token"], ["health_insurance"], sender=sender)
    next_line = replace(sender, proven=grant.confirmation)
    assert check_client_token(found["access_token"], [], sender=next_line) == grant
    with pytest.raises(OAuthError) as refused:
        check_client_token(found["access_token"], [], sender=sender)
    assert refused.value.code == "invalid_dpop_proof"


@one_engine
def test_a_token_bound_to_a_certificate_needs_that_certificate(app: Flask, register: Register) -> None:
    """RFC 8705, sections 3, 3.1 and 3.4; as a proxy of ours passes the certificate on (RFC 9440)"""
    proxies = (ip_network("127.0.0.1/32"),)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], client_certificate_proxies=proxies)
    service = register(ClientChoices(tls_client_certificate_bound_access_tokens=True))
    secret = {"client_id": service.registered.client_id, "client_secret": service.registered.secret or ""}
    shown = client_certificate()
    own, other = ({"Client-Cert": header_of(each)} for each in (shown, client_certificate(key=key_of("other"))))
    refused = app.test_client().post("/oauth/token", data=redemption_of(service.code()) | secret)
    assert error_of(refused) == (400, "invalid_request")
    given = app.test_client().post("/oauth/token", data=redemption_of(service.code()) | secret, headers=own)
    tokens = given.get_json()
    assert tokens["token_type"] == "Bearer"
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert app.test_client().get("/oauth/userinfo", headers=bearer | own).status_code == 200
    for headers in (bearer, bearer | other):
        assert error_of(app.test_client().get("/oauth/userinfo", headers=headers)) == (401, "invalid_token")
    asked = {"token": tokens["access_token"]} | secret
    told = app.test_client().post("/oauth/introspect", data=asked).get_json()
    assert told["cnf"] == {"x5t#S256": ClientCertificate(shown).thumbprint}
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]} | secret
    assert error_of(app.test_client().post("/oauth/token", data=again)) == (400, "invalid_request")
    assert app.test_client().post("/oauth/token", data=again, headers=own).status_code == 200


def verify_jwt_audience(token: str) -> Any:
    keys = [current_keystore().find_signing_key(KeyUse.ID_TOKEN).public_jwk()]
    return verify_signature(token, keys=keys, expected_typ="at+jwt").claims["aud"]


def read_jwt(token: str, audience: str) -> dict[str, Any]:
    return dict(
        verify_jwt(
            token,
            keys=[current_keystore().find_signing_key(KeyUse.ID_TOKEN).public_jwk()],
            expected_typ="at+jwt",
            expected_issuer=ISSUER,
            expected_audience=audience,
            now=wall_now(),
        ).claims
    )


@one_engine
def test_an_access_token_is_a_jwt_for_whoever_registered_that(register: Register) -> None:
    """RFC 9068, sections 2.1 and 2.2; RFC 9449, section 6.1; RFC 9470, section 6.1. A revoked one opens nothing here"""
    service = register(ClientChoices(access_token_format=TokenFormat.JWT))
    tokens = service.redeem(KEY).get_json()
    claims = read_jwt(tokens["access_token"], ISSUER)
    assert claims["client_id"] == service.registered.client_id
    assert claims["cnf"] == {"jkt": KEY.jkt}
    assert (claims["acr"], claims["exp"] - claims["iat"]) == ("LoA2", 600)
    assert claims["auth_time"] == int(service.citizen.new_session.session.authenticated_at.timestamp())
    assert claims["scope"] == tokens["scope"]
    assert claims["sub"] == service.read(tokens["access_token"], KEY).get_json()["sub"]
    assert len(claims["jti"]) == 43
    proof = {"client_id": service.registered.client_id, "client_secret": service.registered.secret or ""}
    service.app.test_client().post("/oauth/revoke", data={"token": tokens["access_token"]} | proof)
    assert error_of(service.read(tokens["access_token"], KEY)) == (401, "invalid_token")


RESOURCES = ("https://one.example/api", "https://two.example/api")


@one_engine
def test_a_token_is_for_the_services_that_were_named(register: Register) -> None:
    """RFC 8707, sections 2 and 2.2; RFC 9068, section 3"""
    service = register(ClientChoices(access_token_format=TokenFormat.JWT, resources=RESOURCES))
    both = service.redeem(resources=RESOURCES).get_json()
    assert verify_jwt_audience(both["access_token"]) == list(RESOURCES)
    one = service.redeem(resources=RESOURCES, ask={"resource": RESOURCES[0]}).get_json()
    assert read_jwt(one["access_token"], RESOURCES[0])["aud"] == RESOURCES[0]
    assert error_of(service.read(one["access_token"])) == (401, "invalid_token")
    again = service.refresh(both["refresh_token"], resource=RESOURCES[1]).get_json()
    assert read_jwt(again["access_token"], RESOURCES[1])
    ours = service.redeem(resources=[ISSUER, RESOURCES[0]], ask={"resource": ISSUER}).get_json()
    assert service.read(ours["access_token"]).status_code == 200


@one_engine
def test_services_that_were_not_named_or_registered_are_refused(register: Register) -> None:
    """RFC 8707, section 2: invalid_target"""
    service = register(ClientChoices(resources=RESOURCES))
    assert error_of(service.redeem(resources=RESOURCES[:1], ask={"resource": RESOURCES[1]})) == (400, "invalid_target")
    with pytest.raises(OAuthError) as refused:
        service.code(resources=["https://three.example/"])
    assert refused.value.code == "invalid_target"


@pytest.mark.parametrize(
    "resource", ["http://one.example/", "https://one.example/#part", "one", "https://[", "https://u@h/"]
)
@one_engine
def test_a_resource_is_an_https_address(register: Register, resource: str) -> None:
    """RFC 8707, section 2"""
    with pytest.raises(Malformed) as refused:
        register(ClientChoices(resources=(resource,)))
    assert refused.value.code == "resource_not_allowed"


@pytest.mark.parametrize(
    "choices",
    [
        ClientChoices(dpop_bound_access_tokens=True, tls_client_certificate_bound_access_tokens=True),
        ClientChoices(require_signed_request_object=True),
    ],
)
@one_engine
def test_choices_that_nobody_could_meet_are_refused(register: Register, choices: ClientChoices) -> None:
    with pytest.raises(Malformed) as refused:
        register(choices)
    assert refused.value.code == "choices_contradict"
