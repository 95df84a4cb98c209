"""A wallet of profile haip and a citizen who is signed in: OpenID4VCI over HTTP, as the OpenID Foundation's suite plays it."""

from __future__ import annotations

import json
import uuid
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwe
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.sessions import UsedFactor, record_session
from eid.cards.service import issue_card
from eid.clock import wall_now
from eid.crypto.cbor import parse_cbor
from eid.crypto.mdoc import parse_issuer_signed, parse_mso
from eid.crypto.sd_jwt import parse_sd_jwt
from eid.db import db
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.models import Profile
from eid.oauth.proofs import make_dpop_nonce
from eid.web.session import COOKIE
from tests.conformance.fapi2 import answer_of
from tests.conftest import Databases, make_settings, running_app
from tests.oauth.conftest import BACK, ISSUER, VERIFIER, s256
from tests.oauth.proving import HeldKey
from tests.people import record_account_of, record_added_licence, record_one

SCOPES = ["openid", "driving_licence", "identity_card", "vehicle", "offline_access"]
LICENCE, MDL = "driving_licence_sd_jwt", "driving_licence_mso_mdoc"
FORMATS = (LICENCE, MDL)
CHANGED_LAST = "A"


@dataclass
class Wallet:
    """One wallet instance, its keys, and the browser of a citizen who has agreed to all of it."""

    app: Flask
    registered: RegisteredClient
    browser: FlaskClient
    person_id: int
    instance: HeldKey = field(default_factory=HeldKey.generate)
    dpop: HeldKey = field(default_factory=HeldKey.generate)
    holder: HeldKey = field(default_factory=HeldKey.generate)

    @property
    def client_id(self) -> str:
        return self.registered.client_id

    def post(self, path: str, **given: Any) -> TestResponse:
        return self.app.test_client().post(path, **given)

    def attest(self, **changes: Any) -> str:
        """A client attestation by the demo's wallet provider."""
        given = {"client_id": self.client_id, "jwk": self.instance.jwk()} | changes
        return str(self.post("/api/v1/wallet-provider/client-attestations", json=given).get_json()["attestation"])

    def prove_instance(self, key: HeldKey | None = None, **changes: Any) -> str:
        now = int(wall_now().timestamp())
        claims = {"iss": self.client_id, "aud": ISSUER, "jti": uuid.uuid4().hex, "iat": now} | changes
        return (key or self.instance).sign({"alg": "ES256", "typ": "oauth-client-attestation-pop+jwt"}, claims)

    def credentials(self, attestation: str | None = None, proof: str | None = None) -> dict[str, str]:
        return {
            "OAuth-Client-Attestation": attestation or self.attest(),
            "OAuth-Client-Attestation-PoP": proof or self.prove_instance(),
        }

    def prove_sender(self, path: str, **changes: Any) -> dict[str, str]:
        return {"DPoP": self.dpop.prove("POST", ISSUER + path, **{"nonce": make_dpop_nonce(), **changes})}

    def push(self, headers: dict[str, str] | None = None, **changes: str | None) -> TestResponse:
        good: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "driving_licence",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            "state": "the-state",
        }
        sent = {name: value for name, value in (good | changes).items() if value is not None}
        return self.post("/oauth/par", data=sent, headers=headers or self.credentials())

    def authorize(self, **changes: str | None) -> dict[str, str]:
        pushed = self.push(**changes)
        assert pushed.status_code == 201, pushed.text
        named = {"client_id": self.client_id, "request_uri": pushed.get_json()["request_uri"]}
        return answer_of(self.browser.get("/oauth/authorize", query_string=named))

    def redeem(self, code: str) -> TestResponse:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
        return self.post("/oauth/token", data=form, headers=self.credentials() | self.prove_sender("/oauth/token"))

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        answer = self.redeem(self.authorize(**changes)["code"])
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def fetch_nonce(self) -> str:
        answer = self.post("/oauth/nonce")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        return str(answer.get_json()["c_nonce"])

    def prove(self, key: HeldKey | None = None, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A proof of type jwt, by the holder's key."""
        key = key or self.holder
        claims = {"aud": ISSUER, "iat": int(wall_now().timestamp()), "nonce": self.fetch_nonce()} | changes
        return key.sign({"alg": "ES256", "typ": "openid4vci-proof+jwt", "jwk": key.jwk()} | (header or {}), claims)

    def attest_keys(self, keys: Sequence[HeldKey], nonce: str = "") -> str:
        given = {"keys": [key.jwk() for key in keys], "nonce": nonce or self.fetch_nonce()}
        return str(self.post("/api/v1/wallet-provider/key-attestations", json=given).get_json()["attestation"])

    def ask(
        self, token: str, configuration: str = LICENCE, *, path: str = "/oauth/credentials", **changes: Any
    ) -> TestResponse:
        """A credential request; None leaves something out, `accept` and `sealed` are about how it is sent."""
        accept, sealed = changes.pop("accept", None), changes.pop("sealed", None)
        body = {"credential_configuration_id": configuration, "proofs": {"jwt": [self.prove()]}} | changes
        body = {name: value for name, value in body.items() if value is not None}
        content = {"data": sealed(body), "content_type": "application/jwt"} if sealed else {"json": body}
        return self.call(path, token, headers={"Accept": accept} if accept else {}, **content)

    def call(self, path: str, token: str, *, headers: dict[str, str] | None = None, **content: Any) -> TestResponse:
        proof = self.prove_sender(path.partition("?")[0], token=token)
        return self.post(path, headers={"Authorization": f"DPoP {token}"} | proof | (headers or {}), **content)

    def get(self, path: str, **given: Any) -> Any:
        return self.app.test_client().get(path, **given)

    def metadata(self) -> dict[str, Any]:
        return dict(self.get("/.well-known/openid-credential-issuer").get_json())

    def seal(self, body: object, *, alg: str = "ECDH-ES", enc: str = "A128GCM", **header: str) -> str:
        """The request for the issuer's key."""
        [key] = self.metadata()["credential_request_encryption"]["jwks"]["keys"]
        head = {"alg": alg, "enc": enc, "kid": key["kid"], **header}
        public = ECKey.import_key({name: key[name] for name in ("kty", "crv", "x", "y")})
        return jwe.encrypt_compact(head, json.dumps(body).encode(), public, algorithms=[alg, enc])


def spoil(token: str) -> str:
    """The token with another signature."""
    head, _, signature = token.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def read_vc(credential: str) -> dict[str, Any]:
    """The claims that the issuer signed, and what is disclosed of the rest."""
    sd_jwt = parse_sd_jwt(credential)
    payload = sd_jwt.issuer_jwt.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=="))
    shown = [json.loads(urlsafe_b64decode(each + "==")) for each in sd_jwt.disclosures]
    return claims | {name: value for _salt, name, value in shown}


def read_mdoc(credential: str) -> tuple[Any, dict[str, dict[str, Any]]]:
    """The mobile security object, and the elements by name space."""
    assert "=" not in credential
    issued = parse_issuer_signed(parse_cbor(urlsafe_b64decode(credential + "==")))
    elements = {space: {item.name: item.value for item in items} for space, items in issued.items.items()}
    return parse_mso(issued.issuer_auth.payload), elements


@pytest.fixture(scope="module")
def wallet_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all tests of a module."""
    folder: Path = tmp_path_factory.mktemp("wallets")
    with databases.empty("sqlite", folder) as url, running_app(make_settings(folder / "state", url)) as app:
        yield app


@pytest.fixture(scope="module")
def wallet(wallet_app: Flask) -> Wallet:
    """The wallet of Minh, who has a card and a driving licence."""
    person = record_one()
    account = record_account_of(person.id)
    record_added_licence(person.id)
    db.session.commit()
    issue_card(person.pin)
    session = record_session(
        account, [UsedFactor(one, wall_now()) for one in (Factor.PASSWORD, Factor.TOTP)], now=wall_now()
    )
    token, person_id = session.token, person.id
    db.session.commit()
    browser = wallet_app.test_client()
    browser.set_cookie(COOKIE, token)
    return open_wallet(wallet_app, browser, person_id)


def open_wallet(app: Flask, browser: FlaskClient, person_id: int, name: str = "Ví Thử") -> Wallet:
    registered = register_client(name=name, redirect_uris=[BACK], scopes=SCOPES, profile=Profile.HAIP)
    record_consent(person_id, registered.client, asked=SCOPES, granted=SCOPES, now=wall_now())
    db.session.commit()
    db.session.refresh(registered.client)
    return Wallet(app, registered, browser, person_id)
