"""FAPI 2.0 as the bank speaks it: push the request, read the signed answer, redeem the code with a key, read what was agreed to.

PAR (RFC 9126), private_key_jwt (RFC 7523), DPoP (RFC 9449), JARM. One `Conversation` is one visitor on the way to sign in.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests
from joserfc import jwt
from joserfc.jwk import ECKey

from eid.samples.bank.config import BankConfig
from eid.samples.bank.rules import ASKED, LEVEL, SIGN_IN_AGE
from eid.samples.signatures import TIMEOUT, NotVerified, PublishedKeys, check_expected, check_time, verify_signature

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE = 60
"""Seconds."""


class Refused(Exception):
    """The service, or the visitor, said no: `code` is its error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Conversation:
    """What only this visitor's answer will fit."""

    product: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"), repr=False)
    """Its tokens are bound to this key, which nobody else has ever seen."""


@dataclass(frozen=True)
class Received:
    """What came back, verified: the ID token's claims, userinfo, and the receipt for the consent."""

    id_token: Mapping[str, Any]
    userinfo: Mapping[str, Any]
    receipt: str
    raw_id_token: str = field(repr=False)


class Provider:
    """The service, as this bank speaks with it."""

    def __init__(self, config: BankConfig) -> None:
        self.config = config
        self.key = ECKey.import_key(json.loads(config.key))
        self._metadata: dict[str, Any] = {}
        self._keys: PublishedKeys | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        """Where everything is; asked for once. Raises NotVerified where it describes another service (RFC 8414, section 3.3)."""
        if not self._metadata:
            answer = requests.get(f"{self.config.issuer}/.well-known/openid-configuration", timeout=TIMEOUT)
            answer.raise_for_status()
            check_expected(answer.json(), issuer=self.config.issuer)
            self._metadata = answer.json()
        return self._metadata

    @property
    def keys(self) -> PublishedKeys:
        self._keys = self._keys or PublishedKeys(self.metadata["jwks_uri"])
        return self._keys

    def push(self, visit: Conversation, *, language: str) -> str:
        """Push what is asked for, and return where to send the visitor. Raises Refused."""
        asked = {
            "response_type": "code",
            "response_mode": "jwt",
            "redirect_uri": f"{self.config.url}/callback",
            "scope": "openid",
            "claims": json.dumps(ASKED),
            "acr_values": LEVEL,
            "max_age": str(SIGN_IN_AGE),
            "prompt": "consent",
            "state": visit.state,
            "nonce": visit.nonce,
            "code_challenge": _digest(visit.verifier),
            "code_challenge_method": "S256",
            "dpop_jkt": visit.key.thumbprint(),
            "ui_locales": language,
        }
        answer = requests.post(
            self.metadata["pushed_authorization_request_endpoint"], data=asked | self._prove(), timeout=TIMEOUT
        )
        pushed = _read(answer)
        query = {"client_id": self.config.client_id, "request_uri": pushed["request_uri"]}
        return f"{self.metadata['authorization_endpoint']}?{urlencode(query)}"

    def read_answer(self, response: str, visit: Conversation) -> str:
        """The code. Raises Refused with what the service answered instead, NotVerified where the answer is none of its own.

        1. It is a signed answer (JARM, section 2.4) of our service: `typ`, `kid`, signature, `iss`.
        2. It is for us, and of now: `aud`, `exp`.
        3. It answers this visitor's request: `state`.
        """
        # (1)
        _header, claims = verify_signature(response, typ="oauth-authz-resp+jwt", keys=self.keys)
        # (2)
        check_expected(claims, iss=self.config.issuer, aud=self.config.client_id)
        if not isinstance(claims.get("exp"), int) or time.time() > claims["exp"]:
            raise NotVerified("time", "not valid now")
        # (3)
        check_expected(claims, state=visit.state)
        if "error" in claims:
            raise Refused(str(claims["error"]))
        return str(claims["code"])

    def redeem(self, code: str, visit: Conversation) -> Received:
        """What the citizen agreed to. Raises Refused or NotVerified.

        1. The code becomes a token that is bound to this visitor's key.
        2. The ID token is the service's, for us, of now, and for this request: signature, `iss`, `aud`, `iat`, `exp`, `nonce`.
        3. Userinfo, read with the key, is about the same person.
        4. The receipt says under which consent all this was given.
        """
        # (1)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{self.config.url}/callback",
            "code_verifier": visit.verifier,
        }
        tokens = _read(self._send("POST", self.metadata["token_endpoint"], visit.key, form=form))
        if str(tokens["token_type"]).lower() != "dpop":
            raise NotVerified("token_type", "a token that anybody could use")
        # (2)
        _header, claims = verify_signature(tokens["id_token"], typ="JWT", keys=self.keys)
        check_expected(claims, iss=self.config.issuer, aud=self.config.client_id, nonce=visit.nonce)
        check_time(claims, now=time.time())
        # (3)
        token = tokens["access_token"]
        person = _read(self._send("GET", self.metadata["userinfo_endpoint"], visit.key, token=token))
        check_expected(person, sub=claims["sub"])
        # (4)
        receipt = _read(self._send("POST", f"{self.config.issuer}/api/v1/consent-receipts", visit.key, token=token))
        return Received(claims, person, receipt["receipt"], tokens["id_token"])

    def _send(
        self, method: str, address: str, key: ECKey, *, form: Mapping[str, str] | None = None, token: str = ""
    ) -> requests.Response:
        """A request that proves the key; once more where the service names a nonce for the proof (RFC 9449, section 8)."""
        nonce = ""
        for _ in range(2):
            headers = {"DPoP": _build_proof(method, address, key, token=token, nonce=nonce)}
            if token:
                headers["Authorization"] = f"DPoP {token}"
            data = None if form is None else {**form, **self._prove()}
            answer = requests.request(method, address, data=data, headers=headers, timeout=TIMEOUT)
            nonce = answer.headers.get("DPoP-Nonce", "")
            if answer.status_code not in (400, 401) or "use_dpop_nonce" not in (
                answer.text + answer.headers.get("WWW-Authenticate", "")
            ):
                break
        return answer

    def _prove(self) -> dict[str, str]:
        """That we are this bank: an assertion for this one request."""
        now = int(time.time())
        claims = {
            "iss": self.config.client_id,
            "sub": self.config.client_id,
            "aud": self.config.issuer,
            "iat": now,
            "exp": now + ASSERTION_LIFE,
            "jti": secrets.token_urlsafe(16),
        }
        assertion = jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)
        return {
            "client_id": self.config.client_id,
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion,
        }


def _build_proof(method: str, address: str, key: ECKey, *, token: str, nonce: str) -> str:
    claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": address, "iat": int(time.time())}
    if token:
        claims["ath"] = _digest(token)
    if nonce:
        claims["nonce"] = nonce
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key)


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _read(answer: requests.Response) -> dict[str, Any]:
    """What the service answered. Raises Refused with its error, requests.RequestException where there is none to read."""
    if 400 <= answer.status_code < 500:
        told = answer.json()
        raise Refused(str(told.get("error") or told.get("code")))
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
