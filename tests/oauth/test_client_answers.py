"""ID tokens and userinfo in the form that a client asked for: signed by an algorithm of its choice, encrypted for its key."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwe, jws
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.crypto.jwks import parse_jwk_set
from eid.crypto.keys import SIGNING_ALGORITHMS
from eid.db import db
from eid.errors import Malformed
from eid.oauth.client_metadata import ClientKeys, ResponseAlgorithms
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.models import Profile
from eid.population.service import find_person_by_id
from eid.web.session import COOKIE
from tests.engines import one_engine
from tests.oauth.assertions import jwks_of, key_for, register_keyed
from tests.oauth.conftest import BACK, ISSUER, Citizen, answer_at, redeem, request_of
from tests.oauth.test_client_keys import KeyServer
from tests.test_fetching import peer

pytestmark = one_engine

KINDS = {
    "RSA-OAEP-256": lambda: RSAKey.generate_key(2048, {"kid": "rsa", "use": "enc"}),
    "ECDH-ES": lambda: ECKey.generate_key("P-256", {"kid": "ec", "use": "enc"}),
}


def register(algorithms: ResponseAlgorithms, *keys: Any) -> RegisteredClient:
    return register_client(
        name="Bank",
        purpose="Mở tài khoản",
        redirect_uris=[BACK],
        scopes=["openid", "identity", "phone"],
        keys=ClientKeys(jwks_of(*keys) if keys else None),
        algorithms=algorithms,
    )


def sign_in(client: FlaskClient, service: RegisteredClient, citizen: Citizen) -> dict[str, Any]:
    """The answer of the token endpoint to a citizen who has agreed already."""
    scopes = ["openid", "identity", "phone"]
    record_consent(citizen.person_id, service.client, asked=scopes, granted=scopes, now=wall_now())
    db.session.commit()
    client.set_cookie(COOKIE, citizen.new_session.token)
    code = answer_at(client.get("/oauth/authorize", query_string=request_of(service)))["code"]
    answer = redeem(client, service, code)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def read_userinfo(client: FlaskClient, tokens: dict[str, Any]) -> TestResponse:
    return client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})


def verify(client: FlaskClient, token: str, alg: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims under our published keys."""
    keys = KeySet.import_key_set(client.get("/oauth/jwks.json").get_json())
    found = jws.deserialize_compact(token, keys, algorithms=[alg])
    return dict(found.headers()), json.loads(found.payload)


@pytest.mark.parametrize("alg", SIGNING_ALGORITHMS)
def test_an_id_token_is_signed_by_the_algorithm_that_was_registered(
    app: Flask, client: FlaskClient, citizen: Citizen, alg: str
) -> None:
    """OpenID Connect Core, section 3.1.3.6: at_hash by the hash of that algorithm"""
    service = register(ResponseAlgorithms(id_token_signed_response_alg=alg))
    tokens = sign_in(client, service, citizen)
    header, claims = verify(client, tokens["id_token"], alg)
    assert header["alg"] == alg
    digest = hashlib.new("sha512" if alg == "Ed25519" else "sha256", tokens["access_token"].encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    assert claims["at_hash"] == half
    hinted = client.get("/oauth/authorize", query_string=request_of(service, id_token_hint=tokens["id_token"]))
    assert "code" in answer_at(hinted)


@pytest.mark.parametrize("alg", KINDS)
@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_id_token_and_userinfo_are_read_by_the_client_alone(
    app: Flask, client: FlaskClient, citizen: Citizen, alg: str, enc: str
) -> None:
    """RFC 7519, section 11.2: signed, then encrypted; OpenID Connect Core, sections 2 and 5.3.2"""
    key = KINDS[alg]()
    service = register(ResponseAlgorithms("PS256", alg, enc, "ES256", alg, enc), key)
    tokens = sign_in(client, service, citizen)
    opened = jwe.decrypt_compact(tokens["id_token"], key, algorithms=[alg, enc])
    assert opened.headers() | {"epk": None} == {"alg": alg, "enc": enc, "kid": key.kid, "cty": "JWT", "epk": None}
    assert opened.plaintext is not None
    _, claims = verify(client, opened.plaintext.decode(), "PS256")
    assert claims["aud"] == service.client_id
    answer = read_userinfo(client, tokens)
    assert answer.content_type == "application/jwt"
    inner = jwe.decrypt_compact(answer.data, key, algorithms=[alg, enc]).plaintext
    assert inner is not None
    header, person = verify(client, inner.decode(), "ES256")
    assert header["typ"] == "userinfo+jwt"
    assert (person["iss"], person["aud"], person["sub"]) == (ISSUER, service.client_id, claims["sub"])
    assert person["name"] == read_name(citizen)


def read_name(citizen: Citizen) -> str:
    return find_person_by_id(citizen.person_id).full_name


def test_userinfo_may_be_signed_alone_or_encrypted_alone(app: Flask, client: FlaskClient, citizen: Citizen) -> None:
    """OpenID Connect Core, section 5.3.2"""
    key = KINDS["ECDH-ES"]()
    signed = register(ResponseAlgorithms(userinfo_signed_response_alg="RS256"))
    answer = read_userinfo(client, sign_in(client, signed, citizen))
    assert verify(client, answer.text, "RS256")[1]["aud"] == signed.client_id
    encrypted = register(
        ResponseAlgorithms(userinfo_encrypted_response_alg="ECDH-ES", userinfo_encrypted_response_enc="A256GCM"), key
    )
    answer = read_userinfo(client, sign_in(client, encrypted, citizen))
    opened = jwe.decrypt_compact(answer.data, key, algorithms=["ECDH-ES", "A256GCM"])
    assert "cty" not in opened.headers()
    assert json.loads(opened.plaintext or b"")["name"] == read_name(citizen)


def test_signed_userinfo_is_no_id_token(app: Flask, client: FlaskClient, citizen: Citizen) -> None:
    """RFC 8725, section 3.11"""
    service = register(ResponseAlgorithms(userinfo_signed_response_alg="ES256"))
    answer = read_userinfo(client, sign_in(client, service, citizen))
    hinted = client.get("/oauth/authorize", query_string=request_of(service, id_token_hint=answer.text))
    assert answer_at(hinted)["error"] == "invalid_request"


def test_who_asked_for_nothing_reads_json(app: Flask, client: FlaskClient, citizen: Citizen) -> None:
    answer = read_userinfo(client, sign_in(client, register(ResponseAlgorithms()), citizen))
    assert answer.content_type == "application/json"


@pytest.mark.parametrize("document", [jwks_of(key_for("ES256")), b"rubbish"])
def test_keys_at_an_address_are_taken_and_without_any_nothing_is_given_in_plain(
    app: Flask, client: FlaskClient, citizen: Citizen, document: Any
) -> None:
    """The code stays good: the client mends its keys, and redeems it"""
    key, keys = KINDS["ECDH-ES"](), KeyServer()
    keys.document = jwks_of(key)
    with peer(keys) as server:
        service = register_client(
            name="Bank",
            purpose="Mở tài khoản",
            redirect_uris=[BACK],
            scopes=["openid", "identity", "phone"],
            keys=ClientKeys(jwks_uri=server.url),
            algorithms=ResponseAlgorithms("ES256", "ECDH-ES", "A256GCM"),
        )
        assert len(sign_in(client, service, citizen)["id_token"].split(".")) == 5
        assert len(server.asked) == 1
        with time_machine.travel(wall_now(), tick=True) as traveller:
            traveller.shift(timedelta(minutes=16))
            code = answer_at(client.get("/oauth/authorize", query_string=request_of(service)))["code"]
            keys.document = document
            refused = redeem(client, service, code)
            assert (refused.status_code, refused.get_json()["error"]) == (503, "temporarily_unavailable")
            keys.document = jwks_of(key)
            traveller.shift(timedelta(seconds=31))
            assert redeem(client, service, code).status_code == 200


SIGNATURE = OKPKey.generate_key("Ed25519", {"kid": "sig"})


@pytest.mark.parametrize(
    ("algorithms", "keys", "code"),
    [
        (ResponseAlgorithms("none"), (), "response_alg"),
        (ResponseAlgorithms("HS256"), (), "response_alg"),
        (ResponseAlgorithms(userinfo_signed_response_alg="none"), (), "response_alg"),
        (ResponseAlgorithms("ES256", "RSA1_5", "A256GCM"), (key_for("RS256"),), "response_enc"),
        (ResponseAlgorithms("ES256", "ECDH-ES", "A128CBC-HS256"), (key_for("ES256"),), "response_enc"),
        (ResponseAlgorithms("ES256", "ECDH-ES"), (key_for("ES256"),), "response_enc"),
        (ResponseAlgorithms("ES256", None, "A256GCM"), (key_for("ES256"),), "response_enc"),
        (ResponseAlgorithms("ES256", "ECDH-ES", "A256GCM"), (), "jwks_missing"),
        (ResponseAlgorithms("ES256", "ECDH-ES", "A256GCM"), (key_for("ES256"),), "jwks_missing"),
        (ResponseAlgorithms("ES256", "ECDH-ES", "A256GCM"), (SIGNATURE,), "jwks_missing"),
        (ResponseAlgorithms("ES256", "RSA-OAEP-256", "A256GCM"), (KINDS["ECDH-ES"](),), "jwks_missing"),
    ],
)
def test_answers_that_could_not_be_given_are_not_registered(
    app: Flask, algorithms: ResponseAlgorithms, keys: tuple[Any, ...], code: str
) -> None:
    """A key for signatures (`use` sig) encrypts nothing; OpenID Connect Registration, section 2"""
    with pytest.raises(Malformed) as refused:
        register(algorithms, *keys)
    assert refused.value.code == code


def test_a_strict_client_is_answered_by_strong_algorithms_alone(app: Flask) -> None:
    """FAPI 2.0 Security Profile, section 5.4.1"""
    with pytest.raises(Malformed) as refused:
        register_keyed(profile=Profile.FAPI2, algorithms=ResponseAlgorithms("RS256"))
    assert refused.value.code == "response_alg"


def test_discovery_says_how_answers_can_be_had(app: Flask, client: FlaskClient) -> None:
    """OpenID Connect Discovery, section 3"""
    found = client.get("/.well-known/openid-configuration").get_json()
    assert found["id_token_encryption_alg_values_supported"] == ["RSA-OAEP-256", "ECDH-ES"]
    assert found["userinfo_encryption_enc_values_supported"] == ["A128GCM", "A256GCM"]
    assert "none" not in found["userinfo_signing_alg_values_supported"]
    assert parse_jwk_set(client.get("/oauth/jwks.json").get_json())
