"""Software statements: metadata of a client, signed by somebody whom the settings name (RFC 7591, section 2.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from eid.config import current_settings
from eid.crypto.jwks import PublicKey, parse_jwk_set, read_unverified_claims, verify_jws
from eid.crypto.jwt import LEEWAY
from eid.errors import Malformed, OAuthError, Unavailable, VerificationFailed
from eid.late_dataclasses import frozen
from eid.oauth.client_assertions import STRICT_ALGORITHMS
from eid.oauth.dpop import is_time

MAX_LENGTH = 20_000
_OF_THE_TOKEN = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})


@frozen
class VerifiedStatement:
    issuer: str
    metadata: Mapping[str, Any]
    """What it says of the client; it wins over what the request says."""


def verify_software_statement(
    statement: object, *, issuers: Mapping[str, tuple[PublicKey, ...]], expected_audience: str, now: datetime
) -> VerifiedStatement:
    """What a statement says of which all of this holds.

    1. It is a JWT that names its issuer.
    2. That issuer is one whose statements are believed here. OAuthError: unapproved_software_statement.
    3. It is signed by a key of that issuer, by PS256, ES256 or Ed25519.
    4. Where it says for whom and until when it is, that is for us and now.

    Raises OAuthError: invalid_software_statement in all other cases (RFC 7591, section 3.2.2).
    """
    # (1)
    if not isinstance(statement, str) or len(statement) > MAX_LENGTH:
        raise _invalid("no text")
    try:
        issuer = read_unverified_claims(statement).get("iss")
    except VerificationFailed as failure:
        raise _invalid(f"{failure.step} {failure.code}") from failure
    if not isinstance(issuer, str):
        raise _invalid("no issuer")
    # (2)
    if issuer not in issuers:
        raise OAuthError(
            "unapproved_software_statement", "Software statements of this issuer are not accepted here.", reason=issuer
        )
    # (3)
    try:
        claims = verify_jws(statement, keys=issuers[issuer], algorithms=STRICT_ALGORITHMS).claims
    except VerificationFailed as failure:
        raise _invalid(f"{failure.step} {failure.code}") from failure
    # (4)
    _check_circumstances(claims, expected_audience, now)
    return VerifiedStatement(issuer, {name: claims[name] for name in claims.keys() - _OF_THE_TOKEN})


def find_statement_issuers() -> Mapping[str, tuple[PublicKey, ...]]:
    """Whose statements are believed, by name; nobody's where the settings name none. Raises Unavailable (issuers_unreadable)."""
    path = current_settings().software_statement_issuers
    return {} if path is None else _load_issuers(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load_issuers(path: Path, _changed: int) -> Mapping[str, tuple[PublicKey, ...]]:
    try:
        return {str(issuer): parse_jwk_set(keys) for issuer, keys in json.loads(path.read_bytes()).items()}
    except (ValueError, AttributeError, RecursionError, Malformed) as error:
        raise Unavailable(
            "issuers_unreadable", "Software statements cannot be judged at the moment.", reason=str(path)
        ) from error


def _check_circumstances(claims: Mapping[str, Any], expected_audience: str, now: datetime) -> None:
    audience = claims.get("aud", expected_audience)
    if expected_audience not in (audience if isinstance(audience, list) else [audience]):
        raise _invalid("aud")
    times = {name: claims[name] for name in ("exp", "nbf", "iat") if claims.get(name) is not None}
    for name, value in times.items():
        if not is_time(value):
            raise _invalid(name)
        if value <= (now - LEEWAY).timestamp() if name == "exp" else value > (now + LEEWAY).timestamp():
            raise _invalid(name)


def _invalid(reason: str) -> OAuthError:
    return OAuthError("invalid_software_statement", "The software statement does not hold.", reason=reason)
