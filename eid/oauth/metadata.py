"""What the provider says of itself (OpenID Connect Discovery 1.0, section 3; RFC 8414; RFC 9207, section 3). Pure."""

from __future__ import annotations

from typing import Any

from eid.oauth.acr import ACR_VALUES
from eid.oauth.claims import known_scopes
from eid.oauth.models import AuthMethod
from eid.oauth.requests import PROMPTS

ID_TOKEN_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid")


def build_metadata(issuer: str) -> dict[str, Any]:
    """The one document of both well-known addresses; it promises nothing that is not so."""
    scopes = known_scopes()
    claims = [*ID_TOKEN_CLAIMS, *(claim for scope in scopes for claim in scope.claims)]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "jwks_uri": f"{issuer}/oauth/jwks.json",
        "service_documentation": f"{issuer}/services/",
        "scopes_supported": [scope.name for scope in scopes],
        "claims_supported": list(dict.fromkeys(claims)),
        "claim_types_supported": ["normal"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": list(AuthMethod),
        "revocation_endpoint_auth_methods_supported": list(AuthMethod),
        "introspection_endpoint_auth_methods_supported": [AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": list(ACR_VALUES),
        "prompt_values_supported": list(PROMPTS),
        "display_values_supported": ["page"],
        "ui_locales_supported": ["vi", "en"],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
