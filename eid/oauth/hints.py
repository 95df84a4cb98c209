"""`id_token_hint`: an ID token of ours by which a client says whom it expects (OpenID Connect Core, section 3.1.2.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eid.crypto.jwt import verify_signature
from eid.crypto.keys import SIGNING_ALGORITHMS
from eid.errors import VerificationFailed


def read_hinted_subject(
    hint: str, *, keys: Iterable[Mapping[str, Any]], expected_issuer: str, expected_audience: str
) -> str:
    """The subject of an ID token that we issued to this client, however long ago. Raises VerificationFailed."""
    claims = read_hint(hint, keys=keys, expected_issuer=expected_issuer, expected_audience=expected_audience)
    return str(claims["sub"])


def read_hint(
    hint: str, *, keys: Iterable[Mapping[str, Any]], expected_issuer: str, expected_audience: str
) -> Mapping[str, Any]:
    """What an ID token says that we issued to this client, however long ago. Raises VerificationFailed."""
    claims = verify_signature(hint, keys=keys, expected_typ="JWT", algorithms=SIGNING_ALGORITHMS).claims
    if claims.get("iss") != expected_issuer:
        raise VerificationFailed("iss", "token_issuer", "The token was issued by somebody else.")
    if claims.get("aud") != expected_audience:
        raise VerificationFailed("aud", "token_audience", "The token is meant for somebody else.")
    return claims
