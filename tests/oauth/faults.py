"""A relying service that can be tried: what it sends and what it gets, step by step, over the test client."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from eid.oauth.clients import RegisteredClient
from eid.oauth.faults.planning import find_trial, plan_fault
from eid.web.session import COOKIE
from tests.oauth.conftest import Citizen, answer_at, redeem, request_of


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a compact JWS, unverified."""
    header, claims = (json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in token.split(".")[:2])
    return header, claims


@dataclass
class Tried:
    client: FlaskClient
    service: RegisteredClient
    citizen: Citizen

    def plan(self, fault: str, times: int = 1) -> None:
        plan_fault(self.service.client_id, fault, times=times)

    def ask(self, **changes: str | None) -> dict[str, str]:
        """The authorization response; the citizen has agreed before."""
        self.client.set_cookie(COOKIE, self.citizen.new_session.token)
        return answer_at(self.client.get("/oauth/authorize", query_string=request_of(self.service, **changes)))

    def redeem(self, code: str, **changes: str | None) -> TestResponse:
        return redeem(self.client, self.service, code, **changes)

    def refresh(self, token: str) -> TestResponse:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return self.client.post("/oauth/token", data=form, auth=(self.service.client_id, self.service.secret or ""))

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        found: dict[str, Any] = self.redeem(self.ask(**changes)["code"]).get_json()
        return found

    def userinfo(self, access_token: str) -> TestResponse:
        return self.client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {access_token}"})

    def trial(self) -> str:
        """The reference in the trial's own addresses."""
        trial = find_trial(self.service.client_id)
        assert trial is not None
        return trial.reference

    def discovery(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"/.well-known/openid-configuration?trial={self.trial()}").get_json()
        return found

    def keys(self) -> TestResponse:
        return self.client.get(f"/oauth/jwks.json?trial={self.trial()}")
