"""A service that has documents signed, and the phone of the person who signs them."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.db import db
from eid.oauth.authorize import open_authorization
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.responses import AuthorizationResponse
from eid.signing.certificates import issue_signing_certificate
from eid.signing.csc_wire import ECDSA_SHA256, SHA256
from eid.signing.holder_certificate import HolderCertificate
from tests.oauth.conftest import BACK, ISSUER, Citizen, redeem, request_of
from tests.oauth.decoupled import Phone, give_phone
from tests.people import PASSCODE


def register_notary(name: str = "Văn phòng Thử", scopes: Sequence[str] = ("openid", "service")) -> RegisteredClient:
    registered = register_client(name=name, purpose="Ký hợp đồng", redirect_uris=[BACK], scopes=list(scopes))
    db.session.commit()
    return registered


def take_token(app: Flask, citizen: Citizen, service: RegisteredClient, scope: str = "openid service") -> str:
    """An access token of this citizen, by the way over the consent that they gave before."""
    asked = scope.split()
    record_consent(citizen.person_id, service.client, asked=asked, granted=asked, now=wall_now())
    db.session.commit()
    parameters = request_of(service, scope=scope)
    outcome = open_authorization(parameters.items(), session=citizen.new_session.session, issuer=ISSUER)
    assert isinstance(outcome, AuthorizationResponse)
    return str(redeem(app.test_client(), service, outcome.parameters["code"]).get_json()["access_token"])


def give_certificate(citizen: Citizen) -> HolderCertificate:
    return issue_signing_certificate(citizen.new_session.session, passcode=PASSCODE)


def digest_of(text: bytes) -> str:
    return b64encode(hashlib.sha256(text).digest()).decode()


@dataclass
class Notary:
    """The service's side of the CSC API."""

    app: Flask
    token: str
    credential_id: str
    handle: str = ""
    number: str = ""
    sad: str = ""

    def post(self, path: str, body: object = None, **members: Any) -> TestResponse:
        sent = body if body is not None else members
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.app.test_client().post(f"/csc/v2/{path}", json=sent, headers=headers)

    def authorize(self, *texts: bytes, **changes: Any) -> TestResponse:
        given: dict[str, Any] = {
            "credentialID": self.credential_id,
            "numSignatures": len(texts),
            "hashes": [digest_of(text) for text in texts],
            "hashAlgorithmOID": SHA256,
            "authData": [],
        }
        answer = self.post("credentials/authorize", given | changes)
        if answer.status_code == 202:
            self.handle, self.number = answer.get_json()["handle"], answer.get_json()["matchingNumber"]
        return answer

    def check(self) -> TestResponse:
        answer = self.post("credentials/authorizeCheck", handle=self.handle)
        if answer.status_code == 200:
            self.sad = answer.get_json()["SAD"]
        return answer

    def sign(self, *texts: bytes, **changes: Any) -> TestResponse:
        given: dict[str, Any] = {
            "credentialID": self.credential_id,
            "SAD": self.sad,
            "hashes": [digest_of(text) for text in texts],
            "signAlgo": ECDSA_SHA256,
        }
        return self.post("signatures/signHash", given | changes)


def error_of(answer: TestResponse) -> tuple[int, str, str]:
    said = answer.get_json()
    assert set(said) == {"error", "error_description"}, said
    return answer.status_code, said["error"], said["error_description"]


def open_notary(app: Flask, citizen: Citizen) -> tuple[Notary, Phone]:
    """A service with a token, a citizen with a certificate and a phone."""
    phone, certificate = give_phone(app, citizen), give_certificate(citizen)
    return Notary(app, take_token(app, citizen, register_notary()), certificate.credential_id), phone
