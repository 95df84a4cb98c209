"""The clinic's counter as a relying service: where it sends people, what it asks with the code, what it checks of the answer.

OAuth 2.0 code flow with PKCE (RFC 7636) and OpenID Connect Core 1.0, section 3.1.3.7; papers are verified offline with keys that
were fetched once. Sends nothing itself.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from eid.crypto.jwt import VerifiedToken, verify_jwt
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen
from eid.randomness import random_token
from eid.scenarios.roster import LoadClient

SCOPES = ("openid", "profile", "health_insurance", "driving_licence")


@frozen
class Endpoints:
    authorization: str
    token: str
    userinfo: str
    jwks: str


@frozen
class SignInRequest:
    """What the counter remembers between sending somebody away and their return."""

    url: str
    state: str
    nonce: str
    verifier: str


@frozen
class Counter:
    client: LoadClient
    endpoints: Endpoints
    id_token_keys: Sequence[Mapping[str, Any]]
    paper_keys: Sequence[Mapping[str, Any]]

    def begin_sign_in(self, *, ask_consent: bool = False) -> SignInRequest:
        """A fresh request that sends somebody to sign in; `ask_consent` asks again for what was allowed before."""
        state, nonce, verifier = random_token(), random_token(), random_token()
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uri,
            "scope": " ".join(SCOPES),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | ({"prompt": "consent"} if ask_consent else {})
        return SignInRequest(f"{self.endpoints.authorization}?{urlencode(query)}", state, nonce, verifier)

    def read_callback(self, url: str, request: SignInRequest) -> str:
        """The code that somebody brought back. Raises VerificationFailed (RFC 6749, 4.1.2; RFC 9207, 2.4)."""
        answer = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if answer.get("state") != request.state:
            raise VerificationFailed("state", "callback_state", "The answer belongs to another request.")
        if answer.get("iss") != self.client.issuer:
            raise VerificationFailed("iss", "callback_issuer", "The answer names another issuer.")
        if "code" not in answer:
            raise VerificationFailed("code", "callback_error", f"The answer is the error {answer.get('error', '?')}.")
        return answer["code"]

    def token_form(self, code: str, request: SignInRequest) -> dict[str, str]:
        """What is sent to the token endpoint (RFC 6749, 4.1.3)."""
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uri,
            "code_verifier": request.verifier,
        }

    @property
    def basic_authorization(self) -> str:
        """The Authorization header of RFC 6749, section 2.3.1."""
        pair = f"{quote(self.client.client_id, safe='')}:{quote(self.client.client_secret, safe='')}"
        return "Basic " + b64encode(pair.encode()).decode()

    def verify_id_token(self, token: str, request: SignInRequest, *, now: datetime) -> VerifiedToken:
        """Raises VerificationFailed unless the token is for this counter and this request (OpenID Connect Core, 3.1.3.7)."""
        verified = verify_jwt(
            token,
            keys=self.id_token_keys,
            expected_typ="JWT",
            expected_issuer=self.client.issuer,
            expected_audience=self.client.client_id,
            now=now,
        )
        if verified.claims.get("nonce") != request.nonce:
            raise VerificationFailed("nonce", "token_nonce", "The token answers another request.")
        return verified

    def verify_paper(self, token: str, *, paper: str, expected_subject: str, now: datetime) -> VerifiedToken:
        """Raises VerificationFailed unless the paper is whole, for this counter, and of the person at it."""
        verified = verify_jwt(
            token,
            keys=self.paper_keys,
            expected_typ=f"eid-{paper}+jwt",
            expected_issuer=self.client.issuer,
            expected_audience=self.client.client_id,
            now=now,
        )
        if verified.claims.get("sub") != expected_subject:
            raise VerificationFailed("sub", "token_subject", "The paper is somebody else's.")
        if paper not in verified.claims:
            raise VerificationFailed("claims", "token_claims", "The paper says nothing.")
        return verified
