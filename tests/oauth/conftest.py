"""A citizen with an account, a registered service, and the way from one to the other's tokens."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.accounts.levels import Factor
from eid.accounts.models import Account
from eid.accounts.sessions import NewSession, UsedFactor, record_session
from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from tests.people import record_account_of, record_one

ISSUER = "http://localhost:8000"
BACK = "https://clinic.example/back"
VERIFIER = "v" * 43


def s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Citizen:
    person_id: int
    account: Account
    new_session: NewSession


@pytest.fixture
def make_citizen(app: Flask) -> Callable[..., Citizen]:
    """Add a person with an active account and a session of PIN, password and code; committed."""

    def make(number: int = 102, given_name: str = "Minh", factors: tuple[Factor, ...] = ()) -> Citizen:
        person = record_one(person_id=number, pin=f"979085000{number:03}", given_name=given_name)
        account = record_account_of(person.id, phone=f"0100000{number:03}")
        used = [UsedFactor(factor, wall_now()) for factor in factors or (Factor.PASSWORD, Factor.TOTP)]
        new = record_session(account, used, now=wall_now())
        db.session.commit()
        return Citizen(person.id, account, new)

    return make


@pytest.fixture
def citizen(make_citizen: Callable[..., Citizen]) -> Citizen:
    return make_citizen()


@pytest.fixture
def service(app: Flask) -> RegisteredClient:
    """A clinic that needs to know who is there, and may ask for more."""
    return register_client(
        name="Phòng khám Thử",
        purpose="Tiếp nhận người bệnh",
        redirect_uris=[BACK],
        scopes=["openid", "profile", "identity", "address", "phone", "email", "vneid"],
        required_scopes=["openid", "identity"],
    )


@pytest.fixture
def consented(citizen: Citizen, service: RegisteredClient) -> None:
    """The citizen has already agreed to what `request_of` asks for."""
    scopes = ["openid", "identity", "phone"]
    record_consent(citizen.person_id, service.client, asked=scopes, granted=scopes, now=wall_now())
    db.session.commit()


def request_of(service: RegisteredClient, **changes: str | None) -> dict[str, str]:
    """The parameters of a good authorization request, changed where a test says so; None leaves one out."""
    good: dict[str, str | None] = {
        "client_id": service.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid identity phone",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
        "state": "the-state",
        "nonce": "the-nonce",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def redemption_of(code: str, /, **changes: str | None) -> dict[str, str]:
    good: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def redeem(client: FlaskClient, service: RegisteredClient, code: str, /, **changes: str | None) -> TestResponse:
    """Ask the token endpoint as the service, by HTTP Basic."""
    return client.post(
        "/oauth/token",
        data=redemption_of(code, **changes),
        auth=(service.client_id, service.secret or ""),
    )


def answer_at(response: TestResponse, back: str = BACK) -> dict[str, str]:
    """The parameters that the service gets at its redirect URI."""
    assert response.status_code == 303, response.text
    location = response.headers["Location"]
    assert location.startswith(back + "?")
    pairs: list[Any] = parse_qsl(urlsplit(location).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)
