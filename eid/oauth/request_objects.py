"""Request objects: an authorization request that its client signed (RFC 9101; OpenID Connect Core, section 6). Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from eid.crypto.jwks import PublicKey, verify_jws
from eid.crypto.jwt import LEEWAY
from eid.errors import VerificationFailed
from eid.oauth.dpop import is_time
from eid.oauth.parameters import Parameters, parse_parameters

LONGEST_LIFE = timedelta(minutes=60)
"""From `nbf` to `exp`, and from `nbf` to now (FAPI 2.0 Message Signing, section 5.3.1)."""

_TYPES = {None, "jwt", "application/jwt", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"}
"""RFC 9101, section 10.8: no token that is explicitly of another kind passes for a request."""
_OF_THE_TOKEN = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def verify_request_object(
    token: str,
    *,
    keys: Sequence[PublicKey],
    algorithms: Collection[str],
    expected_client: str,
    expected_audience: str,
    is_strict: bool,
    now: datetime,
    required: Collection[str] = (),
) -> Parameters:
    """The parameters of a request object of which all of this holds; else VerificationFailed with the step.

    1. It is a JWS of one of these algorithms, signed by one of these keys. Steps of verify_jws.
    2. Its `typ`, if any, is that of a request object or of any JWT. Step `typ`.
    3. Nothing that is required is missing, under its name as step. `iss` and `client_id` are the client wherever they are said.
       Steps `iss`, `client_id`.
    4. It is meant for us, perhaps among others. Step `aud`.
    5. It is valid now. Strictly: it says from when until when, an hour at most, and is no older than an hour. Steps `nbf`, `exp`.
    6. It holds no further request object. Step `nested`.
    7. What it says can be kept as text. Step `text`.

    Without `is_strict`, what is not said is not judged: OpenID Connect demands neither `aud` nor times.
    """
    # (1)
    verified = verify_jws(token, keys=keys, algorithms=algorithms)
    claims = verified.claims
    # (2)
    typ = verified.header.get("typ")
    if (typ.lower() if isinstance(typ, str) else typ) not in _TYPES:
        raise _failed("typ", "The request object is a token of another kind.")
    # (3)
    for name in required:
        if name not in claims:
            raise _failed(name, "The request object lacks a claim that it must have.")
    for name in ("iss", "client_id"):
        if claims.get(name, expected_client) != expected_client:
            raise _failed(name, "The request object is another client's.")
    # (4)
    _check_audience(claims, expected_audience, is_strict=is_strict)
    # (5)
    _check_times(claims, now, is_strict=is_strict)
    # (6)
    if {"request", "request_uri"} & claims.keys():
        raise _failed("nested", "A request object holds no other one.")
    # (7)
    return _read_parameters(claims)


def _check_audience(claims: Mapping[str, Any], expected: str, *, is_strict: bool) -> None:
    audience = claims.get("aud")
    if audience is None and not is_strict:
        return
    if expected not in (audience if isinstance(audience, list) else [audience]):
        raise _failed("aud", "The request object is meant for somebody else.")


def _check_times(claims: Mapping[str, Any], now: datetime, *, is_strict: bool) -> None:
    begins, ends = _find_time(claims, "nbf"), _find_time(claims, "exp")
    if is_strict and begins is None:
        raise _failed("nbf", "The request object does not say from when it is valid.")
    if is_strict and ends is None:
        raise _failed("exp", "The request object does not say until when it is valid.")
    if begins is not None and begins > (now + LEEWAY).timestamp():
        raise _failed("nbf", "The request object is not valid yet.")
    if ends is not None and ends <= (now - LEEWAY).timestamp():
        raise _failed("exp", "The request object has expired.")
    if not is_strict or begins is None or ends is None:
        return
    if begins < (now - LONGEST_LIFE).timestamp():
        raise _failed("nbf", "The request object is older than an hour.")
    if ends - begins > LONGEST_LIFE.total_seconds():
        raise _failed("exp", "The request object is valid for more than an hour.")


def _find_time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if not is_time(value) or not 0 <= value < 1e11:
        raise _failed(name, "A time of the request object is none.")
    return float(value)


def _read_parameters(claims: Mapping[str, Any]) -> Parameters:
    """What is no text, such as `claims` and `max_age`, is written as JSON; several resources are a list (RFC 8707, section 2)."""
    pairs: list[tuple[str, str]] = []
    for name, value in claims.items():
        if name in _OF_THE_TOKEN:
            continue
        values = value if name == "resource" and isinstance(value, list) else [value]
        pairs += [(name, one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) for one in values]
    if any(_NO_TEXT.search(name + value) for name, value in pairs):
        raise _failed("text", "The request object holds characters that no text may hold.")
    return parse_parameters(pairs)


def _failed(step: str, detail: str) -> VerificationFailed:
    return VerificationFailed(step, "invalid_request_object", detail)
