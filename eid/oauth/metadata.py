"""What the provider says of itself (OpenID Connect Discovery 1.0, section 3; RFC 8414; RFC 9207, section 3). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eid.crypto.jwe import CONTENT_ENCRYPTION, KEY_MANAGEMENT
from eid.crypto.keys import SIGNING_ALGORITHMS
from eid.oauth.acr import ACR_VALUES
from eid.oauth.attestations import ALGORITHMS as ATTESTATION_ALGORITHMS
from eid.oauth.authorization_details import TYPES
from eid.oauth.claims import known_scopes
from eid.oauth.claims_request import VERIFIED_CLAIMS
from eid.oauth.client_assertions import ALGORITHMS, SECRET_ALGORITHMS
from eid.oauth.client_metadata import ALWAYS_SUPPORTED, TLS_METHODS
from eid.oauth.dpop import ALGORITHMS as DPOP_ALGORITHMS
from eid.oauth.grant_types import DELIVERY_MODES, GRANT_TYPES
from eid.oauth.models import AuthMethod
from eid.oauth.requests import PROMPTS
from eid.oauth.responses import ResponseMode
from eid.oauth.verified_claims import (
    CHECK_METHODS,
    DOCUMENT_TYPES,
    EVIDENCE_TYPES,
    METHODS,
    TRUST_FRAMEWORK,
    VERIFIABLE_CLAIMS,
)

ID_TOKEN_CLAIMS = ("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid")

_VERIFIED = {
    "verified_claims_supported": True,
    "trust_frameworks_supported": [TRUST_FRAMEWORK],
    "evidence_supported": list(EVIDENCE_TYPES),
    "documents_supported": list(DOCUMENT_TYPES),
    "documents_methods_supported": list(METHODS),
    "documents_check_methods_supported": list(CHECK_METHODS),
    "claims_in_verified_claims_supported": list(VERIFIABLE_CLAIMS),
}
"""OpenID Connect for Identity Assurance 1.0, section on OP metadata."""

REGISTRATION = "/oauth/register"
"""RFC 7591, section 3."""


ALIASED = (
    "pushed_authorization_request_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "device_authorization_endpoint",
    "backchannel_authentication_endpoint",
)
"""Where clients show certificates (RFC 8705, section 5)."""


def build_metadata(
    issuer: str, *, methods: Sequence[AuthMethod] = ALWAYS_SUPPORTED, certificate_url: str = ""
) -> dict[str, Any]:
    """The one document of both well-known addresses; it promises nothing that is not so.

    `methods` are the ways in which clients can prove themselves here, which depends on what stands before the service;
    `certificate_url` is the host where they are asked for certificates, if that is another.
    """
    metadata = _describe(issuer, methods)
    if certificate_url:
        aliases = {name: certificate_url + metadata[name].removeprefix(issuer) for name in ALIASED}
        metadata["mtls_endpoint_aliases"] = aliases
    return metadata


def _describe(issuer: str, methods: Sequence[AuthMethod]) -> dict[str, Any]:
    confidential = [method for method in methods if method is not AuthMethod.NONE]
    scopes = known_scopes()
    claims = [*ID_TOKEN_CLAIMS, *(claim for scope in scopes for claim in scope.claims), VERIFIED_CLAIMS]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "pushed_authorization_request_endpoint": f"{issuer}/oauth/par",
        "require_pushed_authorization_requests": False,
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "registration_endpoint": f"{issuer}{REGISTRATION}",
        "end_session_endpoint": f"{issuer}/oauth/logout",
        "jwks_uri": f"{issuer}/oauth/jwks.json",
        "service_documentation": f"{issuer}/services/",
        "scopes_supported": [scope.name for scope in scopes],
        "claims_supported": list(dict.fromkeys(claims)),
        "claim_types_supported": ["normal"],
        "response_types_supported": ["code"],
        "response_modes_supported": list(ResponseMode),
        "authorization_signing_alg_values_supported": ["ES256"],
        "grant_types_supported": list(GRANT_TYPES),
        "device_authorization_endpoint": f"{issuer}/oauth/device",
        "backchannel_authentication_endpoint": f"{issuer}/oauth/backchannel",
        "backchannel_token_delivery_modes_supported": list(DELIVERY_MODES),
        "backchannel_authentication_request_signing_alg_values_supported": list(ALGORITHMS),
        "backchannel_user_code_parameter_supported": False,
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "id_token_encryption_alg_values_supported": list(KEY_MANAGEMENT),
        "id_token_encryption_enc_values_supported": list(CONTENT_ENCRYPTION),
        "userinfo_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        "userinfo_encryption_alg_values_supported": list(KEY_MANAGEMENT),
        "userinfo_encryption_enc_values_supported": list(CONTENT_ENCRYPTION),
        **_describe_authentication("token", methods),
        **_describe_authentication("revocation", methods),
        **_describe_authentication("introspection", confidential),
        "introspection_signing_alg_values_supported": ["ES256"],
        "tls_client_certificate_bound_access_tokens": any(method in TLS_METHODS for method in methods),
        "client_attestation_signing_alg_values_supported": list(ATTESTATION_ALGORITHMS),
        "client_attestation_pop_signing_alg_values_supported": list(ATTESTATION_ALGORITHMS),
        "dpop_signing_alg_values_supported": list(DPOP_ALGORITHMS),
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": list(ACR_VALUES),
        "prompt_values_supported": list(PROMPTS),
        "display_values_supported": ["page", "popup", "touch"],
        "ui_locales_supported": ["vi", "en"],
        "claims_locales_supported": ["vi"],
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "claims_parameter_supported": True,
        **_VERIFIED,
        "authorization_details_types_supported": list(TYPES),
        "pre-authorized_grant_anonymous_access_supported": True,
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": list(ALGORITHMS),
        "request_uri_parameter_supported": False,
    }


def _describe_authentication(endpoint: str, methods: Sequence[AuthMethod]) -> dict[str, Any]:
    """How clients prove themselves there; where assertions are taken their algorithms must be listed (RFC 8414, section 2)."""
    return {
        f"{endpoint}_endpoint_auth_methods_supported": list(methods),
        f"{endpoint}_endpoint_auth_signing_alg_values_supported": [*ALGORITHMS, *SECRET_ALGORITHMS],
    }
