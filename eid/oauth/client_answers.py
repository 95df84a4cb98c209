"""ID tokens and userinfo in the form that a client registered: signed by its algorithm, and encrypted for it where it asked for
that (OpenID Connect Core, sections 2 and 5.3.2; OpenID Connect Registration, section 2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from eid.crypto.jwe import encrypt_compact, find_encryption_key, has_encryption_key
from eid.crypto.jwt import build_jwt
from eid.errors import Malformed, OAuthError, Refusal, Refused, Unavailable, VerificationFailed
from eid.keystore import KeyUse, current_keystore
from eid.oauth.client_keys import find_kept_keys, find_registered_keys
from eid.oauth.models import Client

USERINFO_TYP = "userinfo+jwt"
"""So that it passes for no ID token (RFC 8725, section 3.11)."""


def prepare_answers(client: Client) -> None:
    """Afterwards the keys that answers to this client are encrypted with are at hand; nothing may have been written yet.

    Raises OAuthError (temporarily_unavailable) where they cannot be had: nothing is given in plain to who asked for secrecy.
    """
    for alg in filter(None, (client.id_token_encrypted_response_alg, client.userinfo_encrypted_response_alg)):
        try:
            if not has_encryption_key(find_registered_keys(client), alg):
                find_registered_keys(client, again=True)
        except (Malformed, Refused, Unavailable) as refusal:
            raise _without_keys(refusal) from refusal


def sign_id_token(client: Client, claims: Mapping[str, Any]) -> str:
    """The ID token of these claims, a JWS, or a JWE with one inside. Raises OAuthError."""
    key = current_keystore().find_signing_key(KeyUse.ID_TOKEN, client.id_token_signed_response_alg)
    signed = build_jwt(claims, key=key, typ="JWT")
    alg, enc = client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc
    return _encrypt(client, signed.encode(), alg, enc, cty="JWT") if alg and enc else signed


def sign_userinfo(client: Client, claims: Mapping[str, Any], *, issuer: str) -> str:
    """Userinfo as a JWT: signed, with `iss` and `aud`, or encrypted, or both (OpenID Connect Core, section 5.3.2)."""
    content, cty = json.dumps(claims, ensure_ascii=False).encode(), ""
    if client.userinfo_signed_response_alg:
        key = current_keystore().find_signing_key(KeyUse.ID_TOKEN, client.userinfo_signed_response_alg)
        named = {**claims, "iss": issuer, "aud": client.client_id}
        content, cty = build_jwt(named, key=key, typ=USERINFO_TYP).encode(), "JWT"
    alg, enc = client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc
    return _encrypt(client, content, alg, enc, cty=cty) if alg and enc else content.decode()


def _encrypt(client: Client, content: bytes, alg: str, enc: str, *, cty: str) -> str:
    try:
        key = find_encryption_key(find_kept_keys(client), alg)
    except (VerificationFailed, Malformed, Unavailable) as refusal:
        raise _without_keys(refusal) from refusal
    return encrypt_compact(content, key=key, alg=alg, enc=enc, cty=cty)


def _without_keys(refusal: Refusal) -> OAuthError:
    return OAuthError(
        "temporarily_unavailable",
        "The client has no key at the moment that its answers can be encrypted with.",
        status=503,
        reason=f"{refusal.code} {refusal.reason}",
    )
