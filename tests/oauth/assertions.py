"""Clients with keys of their own, and the assertions that they make with joserfc."""

from __future__ import annotations

import json
import uuid
from functools import cache
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from eid.clock import wall_now
from eid.oauth.client_assertions import ASSERTION_TYPE
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.models import AuthMethod, Profile
from tests.oauth.conftest import BACK, ISSUER

Key = RSAKey | ECKey | OKPKey


def key_for(alg: str, number: int = 1) -> Key:
    """A key pair for this algorithm, made once; `number` tells one from another."""
    return _make_key(alg, number)


@cache
def _make_key(alg: str, number: int) -> Key:
    parameters: Any = {"kid": f"{alg}-{number}", "use": "sig"}
    if alg in ("RS256", "PS256"):
        return RSAKey.generate_key(2048, parameters)
    if alg in ("Ed25519", "EdDSA"):
        return OKPKey.generate_key("Ed25519", parameters)
    return ECKey.generate_key("P-256", parameters)


def jwks_of(*keys: Key) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


ALGS = ("ES256", "PS256", "Ed25519", "RS256")


def register_keyed(profile: Profile = Profile.FAPI2, **changes: Any) -> RegisteredClient:
    """A client with one key for each algorithm, by private_key_jwt."""
    given = {
        "name": "Ngân hàng Thử",
        "purpose": "Mở tài khoản",
        "redirect_uris": [BACK],
        "scopes": ["openid", "profile", "identity", "phone"],
        "profile": profile,
        "auth_method": AuthMethod.PRIVATE_KEY_JWT,
        "keys": ClientKeys(jwks_of(*map(key_for, ALGS))),
    }
    return register_client(**given | changes)


def claims_of(client_id: str, **changes: Any) -> dict[str, Any]:
    """The claims of a good assertion, changed where a test says so; None leaves one out."""
    now = int(wall_now().timestamp())
    good = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
        "jti": uuid.uuid4().hex,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def sign(claims: Any, *, alg: str = "ES256", key: Any = None, **header: Any) -> str:
    """A compact JWS of these claims; header members that are None are left out."""
    key = key or key_for(alg)
    whole = {"alg": alg, "kid": key.kid} | header
    payload = claims if isinstance(claims, bytes) else _encode(claims)
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jws.serialize_compact({n: v for n, v in whole.items() if v is not None}, payload, key, registry=registry)


def proof_of(client_id: str, *, alg: str = "ES256", **changes: Any) -> dict[str, str]:
    """The parameters of RFC 7523, section 2.2."""
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": sign(claims_of(client_id, **changes), alg=alg)}


def _encode(claims: Any) -> bytes:
    return json.dumps(claims).encode()
