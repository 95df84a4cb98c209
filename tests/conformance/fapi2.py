"""A bank with keys of its own and a citizen who is signed in: FAPI 2.0 over HTTP, as the OpenID Foundation's suite plays it.

The bank proves itself by private_key_jwt and holds its tokens by DPoP, or does both by the certificate of its connections, which
a proxy passes on (RFC 9440): a test says `both_ways`, and plays a module as either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.sessions import UsedFactor, record_session
from eid.clock import wall_now
from eid.db import db
from eid.oauth.client_choices import USUAL_CHOICES, ClientChoices
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import RegisteredClient
from eid.oauth.consents import record_consent
from eid.oauth.models import AuthMethod
from eid.oauth.proofs import make_dpop_nonce
from eid.web.session import COOKIE
from tests.conftest import Databases, make_settings, running_app
from tests.oauth.assertions import ALGS, jwks_of, key_for, proof_of, register_keyed
from tests.oauth.conftest import BACK, ISSUER, VERIFIER, s256
from tests.oauth.proving import HeldKey
from tests.oauth.test_client_certificates import ANCHOR, certify, header_of, key_of
from tests.people import record_account_of, record_one

SCOPES = ["openid", "profile", "identity", "phone", "offline_access"]
SCOPE = "openid identity phone offline_access"
CERTIFICATE = "Client-Cert"


class Variant(StrEnum):
    DPOP = "dpop"
    MTLS = "mtls"


both_ways = pytest.mark.parametrize("variant", list(Variant), indirect=True, scope="module")


@dataclass
class Bank:
    """One client, its DPoP key, and the browser of a citizen who has consented."""

    app: Flask
    registered: RegisteredClient
    browser: FlaskClient
    person_id: int
    key: HeldKey = field(default_factory=HeldKey.generate)
    header: ClassVar[str] = "DPoP"
    """The field that proves what the bank holds; of the methods below, each takes its value as `proof`: by default a good one,
    and none where it is None."""
    scheme: ClassVar[str] = "DPoP"

    @property
    def client_id(self) -> str:
        return self.registered.client_id

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of a good authorization request, changed where a test says so; None leaves one out."""
        good: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": SCOPE,
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            "state": "the-state",
            "nonce": "the-nonce",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def prove(
        self, path: str, *, method: str = "POST", key: HeldKey | None = None, nonce: bool = True, **changes: Any
    ) -> str:
        """A DPoP proof; with a nonce of ours unless a test says otherwise."""
        given = self.nonce() if nonce else None
        return (key or self.key).prove(method, ISSUER + path, nonce=given, **changes)

    def nonce(self) -> str:
        return make_dpop_nonce()

    def authenticate(self, **changes: Any) -> dict[str, str]:
        """The parameters by which the bank proves itself."""
        return proof_of(self.client_id, **changes)

    def hold(self, path: str, *, method: str = "POST", token: str | None = None) -> str:
        """What proves that the bank holds its key."""
        return self.prove(path, method=method, **({} if token is None else {"token": token}))

    def post(self, path: str, parameters: dict[str, str], *, proof: str | None = "", **assertion: Any) -> TestResponse:
        shown = self.hold(path) if proof == "" else proof
        headers = {} if shown is None else {self.header: shown}
        sent = self.authenticate(**assertion) | parameters
        return self.app.test_client().post(path, data=sent, headers=headers)

    def push(
        self, parameters: dict[str, str] | None = None, *, proof: str | None = None, **assertion: Any
    ) -> TestResponse:
        """`assertion` changes claims of the client assertion; a push needs no proof of a key."""
        return self.post("/oauth/par", parameters or self.request(), proof=proof, **assertion)

    def pushed(self, **changes: str | None) -> str:
        """The request_uri of a good request."""
        answer = self.push(self.request(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["request_uri"])

    def send(self, request_uri: str, **more: str) -> TestResponse:
        """The citizen follows the bank to the authorization endpoint."""
        named = {"client_id": self.client_id, "request_uri": request_uri}
        return self.browser.get("/oauth/authorize", query_string=named | more)

    def code(self, **changes: str | None) -> str:
        return answer_of(self.send(self.pushed(**changes)))["code"]

    def redemption(self, code: str, **changes: str | None) -> dict[str, str]:
        """The parameters of a good redemption, changed where a test says so; None leaves one out."""
        good: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def redeem(self, code: str, *, proof: str | None = "", **changes: str | None) -> TestResponse:
        return self.post("/oauth/token", self.redemption(code, **changes), proof=proof)

    def refresh(self, token: str, *, proof: str | None = "") -> TestResponse:
        return self.post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": token}, proof=proof)

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        answer = self.redeem(self.code(**changes))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def read(self, token: str, *, proof: str | None = "", scheme: str | None = None) -> TestResponse:
        """Userinfo, the protected resource that every client has."""
        shown = self.hold("/oauth/userinfo", method="GET", token=token) if proof == "" else proof
        proving = {} if shown is None else {self.header: shown}
        headers = {"Authorization": f"{scheme or self.scheme} {token}", **proving}
        return self.app.test_client().get("/oauth/userinfo", headers=headers)


@dataclass
class CertifiedBank(Bank):
    """A bank that proves itself and holds its tokens by one certificate (RFC 8705, sections 2 and 3)."""

    certificate: x509.Certificate = ANCHOR
    header: ClassVar[str] = CERTIFICATE
    scheme: ClassVar[str] = "Bearer"

    def authenticate(self, **changes: Any) -> dict[str, str]:
        assert not changes
        return {"client_id": self.client_id}

    def hold(self, path: str, *, method: str = "POST", token: str | None = None) -> str:
        return header_of(self.certificate)

    def post(self, path: str, parameters: dict[str, str], *, proof: str | None = "", **assertion: Any) -> TestResponse:
        headers = {} if proof is None else {CERTIFICATE: proof or header_of(self.certificate)}
        return self.app.test_client().post(path, data=self.authenticate() | parameters, headers=headers)

    def push(
        self, parameters: dict[str, str] | None = None, *, proof: str | None = "", **assertion: Any
    ) -> TestResponse:
        return super().push(parameters, proof=proof, **assertion)


def answer_of(response: TestResponse) -> dict[str, str]:
    """The parameters that the bank gets at its redirect URI."""
    assert response.status_code == 303, response.text
    location = response.headers["Location"]
    assert location.startswith(BACK + "?"), location
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True, strict_parsing=True))


def error_of(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


@pytest.fixture(scope="module")
def fapi_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for all tests of a module, each of which has clients of its own or disturbs none; behind a proxy at
    127.0.0.1, and with an authority for certificates of clients."""
    folder: Path = tmp_path_factory.mktemp("fapi2")
    authorities = folder / "authorities.pem"
    authorities.write_bytes(ANCHOR.public_bytes(Encoding.PEM))
    with databases.empty("sqlite", folder) as url:
        settings = make_settings(
            folder / "state",
            url,
            client_certificate_proxies=(ip_network("127.0.0.1/32"),),
            client_certificate_authorities=authorities,
        )
        with running_app(settings) as app:
            yield app


@pytest.fixture(scope="module")
def variant(request: pytest.FixtureRequest) -> Variant:
    return getattr(request, "param", Variant.DPOP)


@pytest.fixture(scope="module")
def bank(fapi_app: Flask, variant: Variant) -> Bank:
    return open_bank(fapi_app) if variant is Variant.DPOP else open_certified_bank(fapi_app)


@pytest.fixture(scope="module")
def second(bank: Bank, variant: Variant) -> Bank:
    """The suite's second client, with the same citizen."""
    changes = {} if variant is Variant.DPOP else certified("second")
    registered = register_keyed(scopes=SCOPE.split(), **changes)
    asked = SCOPE.split()
    record_consent(bank.person_id, registered.client, asked=asked, granted=asked, now=wall_now())
    db.session.commit()
    if variant is Variant.DPOP:
        return Bank(bank.app, registered, bank.browser, bank.person_id)
    return CertifiedBank(bank.app, registered, bank.browser, bank.person_id, certificate=certificate_of("second"))


def certificate_of(name: str, **changes: Any) -> x509.Certificate:
    """The certificate of the bank of this name, by the authority that is believed."""
    return certify(f"CN={name},O=Ngân hàng Thử,C=VN", changes.pop("key", key_of(name)), **changes)


def certified(name: str) -> dict[str, Any]:
    """How the bank of this name is registered: it has keys as well, to sign requests with."""
    subject = f"CN={name},O=Ngân hàng Thử,C=VN"
    keys = ClientKeys(jwks_of(*map(key_for, ALGS)), tls_subject_kind="tls_client_auth_subject_dn", tls_subject=subject)
    return {"auth_method": AuthMethod.TLS, "keys": keys}


def open_certified_bank(
    app: Flask, number: int = 104, name: str = "bank", choices: ClientChoices = USUAL_CHOICES
) -> CertifiedBank:
    opened = open_bank(app, number, choices, **certified(name))
    return CertifiedBank(app, opened.registered, opened.browser, opened.person_id, certificate=certificate_of(name))


def open_bank(app: Flask, number: int = 102, choices: ClientChoices = USUAL_CHOICES, **changes: Any) -> Bank:
    """A registered client of profile fapi2 and a consented citizen of this number; committed."""
    registered = register_keyed(scopes=SCOPES, choices=choices, **changes)
    person = record_one(person_id=number, pin=f"979085000{number:03}", given_name="Minh")
    account = record_account_of(person.id, phone=f"0100000{number:03}")
    used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
    session = record_session(account, used, now=wall_now())
    asked = SCOPE.split()
    record_consent(person.id, registered.client, asked=asked, granted=asked, now=wall_now())
    person_id = person.id
    db.session.commit()
    browser = app.test_client()
    browser.set_cookie(COOKIE, session.token)
    for name in list(g):
        g.pop(name)  # the context stays open: what a browser before this one was shown is none of this one's business
    return Bank(app, registered, browser, person_id)
