"""How clients prove themselves at the endpoints, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OctKey
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from eid.accounts.sealing_rotation import rotate_sealing_key
from eid.clock import wall_now
from eid.crypto.sealing import read_head
from eid.db import db
from eid.errors import Malformed
from eid.keystore import current_keystore
from eid.oauth.client_assertions import ASSERTION_TYPE
from eid.oauth.client_authentication import FORGETTING
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.models import AuthMethod, Client, Profile, UsedAssertion
from eid.oauth.opaque import digest_of
from tests.engines import one_engine
from tests.oauth.assertions import claims_of, jwks_of, key_for, proof_of, register_keyed, sign
from tests.oauth.conftest import BACK, ISSUER
from tests.oauth.proving import HeldKey, proven
from tests.oauth.test_statements import counting
from tests.turns import both_engines

OWN = ["health_insurance"]
GRANT = {"grant_type": "client_credentials"}
KEY = HeldKey.generate()
"""Tokens of profile fapi2 are bound to a key."""


@pytest.fixture
def bank(app: Flask) -> RegisteredClient:
    return register_keyed(own_scopes=OWN)


def ask(client: FlaskClient, proof: dict[str, str], address: str = "/oauth/token") -> TestResponse:
    parameters = GRANT if address == "/oauth/token" else {"token": "unknown"}
    return client.post(address, data=parameters | proof, headers=proven(client, KEY, address))


def error_of(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


@pytest.mark.parametrize("address", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
def test_a_client_proves_itself_with_its_key_once_an_assertion(
    client: FlaskClient, bank: RegisteredClient, address: str
) -> None:
    """RFC 7523, section 2.2, at each endpoint; OpenID Connect Core, section 9: an assertion is used once"""
    proof = proof_of(bank.client_id)
    assert ask(client, proof, address).status_code == 200
    assert error_of(ask(client, proof, address)) == (401, "invalid_client")
    assert ask(client, proof_of(bank.client_id), address).status_code == 200


def test_an_assertion_that_was_used_for_something_refused_is_used(client: FlaskClient, bank: RegisteredClient) -> None:
    proof = proof_of(bank.client_id)
    assert error_of(client.post("/oauth/token", data={"grant_type": "nonsense"} | proof)) == (
        400,
        "unsupported_grant_type",
    )
    assert error_of(ask(client, proof)) == (401, "invalid_client")


@both_engines
def test_of_twenty_who_use_one_assertion_at_once_one_is_let_in(app: Flask, bank: RegisteredClient) -> None:
    """On both databases, as it is between workers"""
    proof = proof_of(bank.client_id)

    def use(_: int) -> int:
        return ask(app.test_client(), proof).status_code

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(use, range(20))) == [200] + [401] * 19


@one_engine
def test_one_clients_jti_says_nothing_about_anothers(client: FlaskClient, bank: RegisteredClient) -> None:
    other = register_keyed(own_scopes=OWN)
    for service in (bank, other):
        assert ask(client, proof_of(service.client_id, jti="the-same")).status_code == 200


def test_used_assertions_are_forgotten_when_they_have_expired(client: FlaskClient, bank: RegisteredClient) -> None:
    """By those assertions whose turn it is"""
    turn = next(f"jti-{n}" for n in range(10_000) if digest_of(f"jti-{n}")[0] < FORGETTING)
    with time_machine.travel(wall_now(), tick=False) as traveller:
        for _ in range(3):
            ask(client, proof_of(bank.client_id))
        traveller.shift(timedelta(seconds=81))
        ask(client, proof_of(bank.client_id, jti=turn))
    assert db.session.scalar(select(func.count()).select_from(UsedAssertion)) == 1


@one_engine
def test_an_assertion_that_its_leeway_keeps_alive_is_still_remembered(
    client: FlaskClient, bank: RegisteredClient
) -> None:
    """The clock's leeway of ten seconds opens no window for a second use"""
    with time_machine.travel(wall_now(), tick=False) as traveller:
        proof = proof_of(bank.client_id)
        assert ask(client, proof).status_code == 200
        traveller.shift(timedelta(seconds=69))
        turn = next(f"jti-{n}" for n in range(10_000) if digest_of(f"jti-{n}")[0] < FORGETTING)
        assert ask(client, proof_of(bank.client_id, jti=turn)).status_code == 200
        assert error_of(ask(client, proof)) == (401, "invalid_client")


@one_engine
@pytest.mark.parametrize(
    "changes",
    [
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_assertion": "rubbish"},
        {"client_assertion": "a.b.c"},
    ],
)
def test_what_is_no_assertion_is_refused(client: FlaskClient, bank: RegisteredClient, changes: dict[str, str]) -> None:
    """RFC 7521, section 4.2.1: invalid_client"""
    assert error_of(ask(client, proof_of(bank.client_id) | changes)) == (401, "invalid_client")


@one_engine
def test_two_proofs_in_one_request_are_refused(client: FlaskClient, bank: RegisteredClient) -> None:
    """RFC 6749, section 2.3: one method a request; RFC 7521, section 4.2: client_id and sub are the same client"""
    proof = proof_of(bank.client_id)
    assert error_of(ask(client, proof | {"client_secret": "x"})) == (400, "invalid_request")
    both = client.post("/oauth/token", data=GRANT | proof, auth=(bank.client_id, "x"))
    assert error_of(both) == (400, "invalid_request")
    assert error_of(ask(client, proof | {"client_id": "another"})) == (400, "invalid_request")
    assert ask(client, proof | {"client_id": bank.client_id}).status_code == 200


@one_engine
def test_an_assertion_of_a_client_that_does_not_exist_is_refused(client: FlaskClient, bank: RegisteredClient) -> None:
    assert error_of(ask(client, proof_of("nobody"))) == (401, "invalid_client")


@one_engine
def test_no_client_comes_in_by_another_way_than_its_own(client: FlaskClient, bank: RegisteredClient) -> None:
    """A client with keys is not let in by name, by an empty secret, or by a secret at all; one with a secret not by keys"""
    named = {"client_id": bank.client_id}
    for proof in (named, named | {"client_secret": ""}, named | {"client_secret": "None"}):
        assert error_of(ask(client, proof)) == (401, "invalid_client")
    assert error_of(client.post("/oauth/token", data=GRANT, auth=(bank.client_id, ""))) == (401, "invalid_client")
    secret = register_client(name="Clinic", redirect_uris=[BACK], own_scopes=OWN)
    assert error_of(ask(client, proof_of(secret.client_id))) == (401, "invalid_client")


@one_engine
def test_a_registered_algorithm_is_the_only_one(client: FlaskClient, app: Flask) -> None:
    """OpenID Connect Registration, section 2, token_endpoint_auth_signing_alg"""
    keys = ClientKeys(jwks_of(key_for("ES256"), key_for("PS256")), token_endpoint_auth_signing_alg="PS256")
    bank = register_keyed(keys=keys, own_scopes=OWN)
    assert error_of(ask(client, proof_of(bank.client_id, alg="ES256"))) == (401, "invalid_client")
    assert ask(client, proof_of(bank.client_id, alg="PS256")).status_code == 200


@one_engine
def test_a_basic_client_may_sign_with_rs256_and_name_the_token_endpoint(client: FlaskClient, app: Flask) -> None:
    shop = register_keyed(profile=Profile.BASIC, own_scopes=OWN)
    assert ask(client, proof_of(shop.client_id, alg="RS256", aud=f"{ISSUER}/oauth/token")).status_code == 200


@one_engine
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"auth_method": AuthMethod.SECRET_BASIC, "keys": ClientKeys()}, "client_auth_weak"),
        ({"auth_method": AuthMethod.SECRET_POST, "keys": ClientKeys()}, "client_auth_weak"),
        ({"auth_method": AuthMethod.NONE, "keys": ClientKeys()}, "client_auth_weak"),
        ({"keys": ClientKeys()}, "jwks_missing"),
        ({"keys": ClientKeys({"keys": []})}, "jwks_missing"),
        ({"keys": ClientKeys(jwks_of(key_for("RS256")), token_endpoint_auth_signing_alg="ES256")}, "jwks_missing"),
        ({"keys": ClientKeys(jwks_of(key_for("RS256")), token_endpoint_auth_signing_alg="RS256")}, "client_auth_alg"),
        ({"keys": ClientKeys(jwks_of(key_for("ES256")), token_endpoint_auth_signing_alg="none")}, "client_auth_alg"),
        ({"keys": ClientKeys({})}, "jwks_malformed"),
        ({"keys": ClientKeys(jwks_of(key_for("ES256")), "https://bank.example/jwks.json")}, "jwks_both"),
    ],
)
def test_a_client_that_could_not_prove_itself_strongly_enough_is_not_registered(
    app: Flask, changes: dict[str, Any], code: str
) -> None:
    """FAPI 2.0 Security Profile, section 5.3.2.1; RFC 7591, section 2"""
    with pytest.raises(Malformed) as refused:
        register_keyed(**changes)
    assert refused.value.code == code


@one_engine
def test_nothing_of_an_assertion_is_kept_but_a_digest(client: FlaskClient, bank: RegisteredClient) -> None:
    assertion = sign(claims_of(bank.client_id, jti="\u0000" + "x" * 200))
    assert ask(client, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}).status_code == 200
    kept = db.session.scalars(select(UsedAssertion)).one()
    assert len(kept.jti_digest) == 32


@one_engine
def test_a_client_may_sign_with_its_secret_which_is_kept_sealed(client: FlaskClient, app: Flask) -> None:
    """OpenID Connect Core, section 9, client_secret_jwt; the others' secrets stay hashed"""
    shop = register_client(name="Shop", redirect_uris=[BACK], auth_method=AuthMethod.SECRET_JWT, own_scopes=OWN)
    assert shop.secret is not None and shop.client.secret_digest is None
    assert shop.secret.encode() not in (shop.client.sealed_secret or b"")
    key = OctKey.import_key(shop.secret)
    proof = {"client_assertion_type": ASSERTION_TYPE}

    def signed(signer: OctKey) -> dict[str, str]:
        return proof | {"client_assertion": sign(claims_of(shop.client_id), alg="HS256", key=signer, kid=None)}

    assert ask(client, signed(key)).status_code == 200
    assert error_of(ask(client, signed(OctKey.import_key("x" * 43)))) == (401, "invalid_client")
    assert error_of(ask(client, proof_of(shop.client_id))) == (401, "invalid_client")
    assert error_of(client.post("/oauth/token", data=GRANT, auth=(shop.client_id, shop.secret))) == (
        401,
        "invalid_client",
    )


def test_a_new_sealing_key_seals_the_secrets_of_clients_anew(client: FlaskClient, app: Flask) -> None:
    shop = register_client(name="Shop", redirect_uris=[BACK], auth_method=AuthMethod.SECRET_JWT, own_scopes=OWN)
    before = shop.client.sealed_secret
    rotate_sealing_key()
    assert before is not None
    keystore = current_keystore()
    keystore.remove_sealing_key(keystore.find_sealing_keys()[0])
    kept = db.session.scalars(select(Client.sealed_secret)).one()
    assert kept is not None and read_head(kept) != read_head(before)
    assertion = sign(claims_of(shop.client_id), alg="HS256", key=OctKey.import_key(shop.secret or ""), kid=None)
    answer = ask(client, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion})
    assert answer.status_code == 200


@one_engine
def test_a_sealed_secret_moved_to_another_client_opens_nothing(client: FlaskClient, app: Flask) -> None:
    shops = [
        register_client(name="Shop", redirect_uris=[BACK], auth_method=AuthMethod.SECRET_JWT, own_scopes=OWN)
        for _ in range(2)
    ]
    shops[1].client.sealed_secret = shops[0].client.sealed_secret
    db.session.commit()
    key = OctKey.import_key(shops[0].secret or "")
    assertion = sign(claims_of(shops[1].client_id), alg="HS256", key=key, kid=None)
    answer = ask(client, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion})
    assert error_of(answer) == (401, "invalid_client")


@one_engine
def test_an_assertion_costs_one_statement_more_than_a_secret(client: FlaskClient, app: Flask) -> None:
    """Beside finding the client, which a secret needs too"""
    shop = register_keyed(profile=Profile.BASIC)
    quiet = next(f"jti-{n}" for n in range(100) if digest_of(f"jti-{n}")[0] >= FORGETTING)
    proof = proof_of(shop.client_id, jti=quiet)
    db.session.remove()
    with counting() as seen:
        assert ask(client, proof, "/oauth/introspect").status_code == 200
    assert [statement.split()[0] for statement in seen][:2] == ["SELECT", "INSERT"]
    assert len([statement for statement in seen if "FROM clients" in statement]) == 1
    assert len([statement for statement in seen if "used_assertions" in statement]) == 1


@one_engine
def test_discovery_lists_every_way_and_every_algorithm(client: FlaskClient) -> None:
    """RFC 8414, section 2: algorithms must be listed where assertions are taken, and none is not among them"""
    found = client.get("/.well-known/oauth-authorization-server").get_json()
    for endpoint in ("token", "revocation", "introspection"):
        methods = set(found[f"{endpoint}_endpoint_auth_methods_supported"])
        assert {"client_secret_jwt", "private_key_jwt"} <= methods
        assert ("none" in methods) == (endpoint != "introspection")
        assert set(found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]) == {
            "PS256", "ES256", "EdDSA", "Ed25519", "RS256", "HS256",
        }  # fmt: skip
