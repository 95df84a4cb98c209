"""Request objects as the suite's client signs them (RFC 9101), pushed."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.crypto.jwt import verify_signature
from eid.keystore import KeyUse, current_keystore
from tests.conformance.fapi2 import Bank, answer_of
from tests.oauth.assertions import sign
from tests.oauth.conftest import ISSUER


def request_object(bank: Bank, *, alg: str = "ES256", key: Any = None, header: Any = None, **changes: Any) -> str:
    """A good request object, changed where a test says so; None leaves a claim out."""
    now = int(wall_now().timestamp())
    claims = bank.request() | {"iss": bank.client_id, "aud": ISSUER, "nbf": now, "exp": now + 300}
    found = {name: value for name, value in (claims | changes).items() if value is not None}
    return sign(found, alg=alg, key=key, **{"typ": "oauth-authz-req+jwt"} | (header or {}))


def push(bank: Bank, token: str, **outside: str) -> TestResponse:
    return bank.push({"client_id": bank.client_id, "request": token} | outside)


def answer(bank: Bank, token: str, **outside: str) -> dict[str, str]:
    pushed = push(bank, token, **outside)
    assert pushed.status_code == 201, pushed.text
    return answer_of(bank.send(pushed.get_json()["request_uri"], **outside))


def verify(token: str, typ: str) -> dict[str, Any]:
    keys = [current_keystore().find_signing_key(KeyUse.ID_TOKEN).public_jwk()]
    return dict(verify_signature(token, keys=keys, expected_typ=typ).claims)
