"""What a fault makes of an answer: small functions from a good value to a faulty one. Pure.

They know nothing of HTTP, tables or keys: eid.oauth.faults.wire takes an answer apart for them and puts it together again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from eid.late_dataclasses import frozen
from eid.oauth.acr import ACR_VALUES
from eid.oauth.opaque import encode_base64url

ELSEWHERE = "https://another-provider.example"
"""An issuer that is nobody."""
OLD = timedelta(days=1)
"""By how much a time is moved: further than any tolerance reaches."""
UNKNOWN_ERROR = "eid_trial_unheard_of"
"""A code that no specification has."""
KEPT_OF_PERSON = frozenset({"sub", "iss", "aud"})
"""What userinfo cannot do without."""


class Signer(StrEnum):
    """Who signs an ID token in the end."""

    OURS = "ours"
    STRANGER = "stranger"
    """A key that is published nowhere."""
    NEXT = "next"
    """A key that is published from now on, at the trial's own address of keys."""
    PUBLIC_KEY = "public_key"
    """HS256 with the published key as its secret."""
    NOBODY = "nobody"


@frozen
class Situation:
    """What mutators have to know of where they are."""

    now: datetime
    issuer: str
    client_id: str


@frozen
class IdToken:
    """An ID token taken apart; `header` is what is signed, whoever signs."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signer: Signer = Signer.OURS


Parameters = Mapping[str, str]
Claims = Mapping[str, Any]


def change_issuer_of_answer(parameters: Parameters, situation: Situation) -> Parameters:
    return {**parameters, "iss": ELSEWHERE}


def drop_issuer_of_answer(parameters: Parameters, situation: Situation) -> Parameters:
    return {name: value for name, value in parameters.items() if name != "iss"}


def change_state(parameters: Parameters, situation: Situation) -> Parameters:
    """Another state of the same length; where there was none, one that nobody sent."""
    given = parameters.get("state") or "none"
    return {**parameters, "state": _another(given)}


def keep_answer(parameters: Parameters, situation: Situation) -> Parameters:
    """As it is: what is wrong is the code itself."""
    return parameters


def deny(parameters: Parameters, situation: Situation) -> Parameters:
    return _as_error(parameters, "access_denied", "The citizen did not agree.")


def refuse_for_unknown_reason(parameters: Parameters, situation: Situation) -> Parameters:
    return _as_error(parameters, UNKNOWN_ERROR, "An error that no specification has.")


def change_issuer(token: IdToken, situation: Situation) -> IdToken:
    return _with(token, iss=ELSEWHERE)


def change_nonce(token: IdToken, situation: Situation) -> IdToken:
    return _with(token, nonce=_another(str(token.claims.get("nonce") or "none")))


def change_audience(token: IdToken, situation: Situation) -> IdToken:
    return _with(token, aud=_another(situation.client_id))


def change_authorized_party(token: IdToken, situation: Situation) -> IdToken:
    other = _another(situation.client_id)
    return _with(token, aud=[situation.client_id, other], azp=other)


def change_access_token_hash(token: IdToken, situation: Situation) -> IdToken:
    return _with(token, at_hash=encode_base64url(hashlib.sha256(b"another access token").digest()[:16]))


def expire(token: IdToken, situation: Situation) -> IdToken:
    now = int(situation.now.timestamp())
    return _with(token, iat=now - 2 * _seconds(OLD), exp=now - _seconds(OLD))


def issue_in_future(token: IdToken, situation: Situation) -> IdToken:
    now = int(situation.now.timestamp())
    return _with(token, iat=now + _seconds(OLD), exp=now + 2 * _seconds(OLD))


def lower_level(token: IdToken, situation: Situation) -> IdToken:
    return _with(token, acr=ACR_VALUES[0], amr=["pwd"])


def age_sign_in(token: IdToken, situation: Situation) -> IdToken:
    return _with(token, auth_time=int(situation.now.timestamp()) - 30 * _seconds(OLD))


def leave_unsigned(token: IdToken, situation: Situation) -> IdToken:
    return replace(token, header={**token.header, "alg": "none"}, signer=Signer.NOBODY)


def sign_with_public_key(token: IdToken, situation: Situation) -> IdToken:
    return replace(token, header={**token.header, "alg": "HS256"}, signer=Signer.PUBLIC_KEY)


def name_unknown_key(token: IdToken, situation: Situation) -> IdToken:
    return replace(token, header={**token.header, "kid": "no-such-key"}, signer=Signer.STRANGER)


def sign_with_another_key(token: IdToken, situation: Situation) -> IdToken:
    return replace(token, signer=Signer.STRANGER)


def sign_with_next_key(token: IdToken, situation: Situation) -> IdToken:
    """The header gets the name of that key when it signs."""
    return replace(token, signer=Signer.NEXT)


def tell_of_another(claims: Claims, situation: Situation) -> Claims:
    return {**claims, "sub": _another(str(claims.get("sub", "")))}


def withhold(claims: Claims, situation: Situation) -> Claims:
    """Nothing but who it is: every attribute was withheld."""
    return {name: value for name, value in claims.items() if name in KEPT_OF_PERSON}


def keep_claims(claims: Claims, situation: Situation) -> Claims:
    """As they are: what is wrong is that nobody signs them."""
    return claims


def move_discovery(document: Claims, situation: Situation) -> Claims:
    return {**document, "issuer": ELSEWHERE}


def _with(token: IdToken, **changed: Any) -> IdToken:
    return replace(token, claims={**token.claims, **changed})


def _as_error(parameters: Parameters, error: str, description: str) -> Parameters:
    kept = {name: value for name, value in parameters.items() if name != "code"}
    return {"error": error, "error_description": description, **kept}


def _another(value: str) -> str:
    """A value of the same form that is not this one."""
    first = "B" if value[:1] == "A" else "A"
    return first + value[1:]


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
