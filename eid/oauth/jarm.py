"""Signing what the authorization endpoint answers (JARM, section 2)."""

from __future__ import annotations

from eid.clock import wall_now
from eid.crypto.jwt import build_jwt
from eid.keystore import KeyUse, current_keystore
from eid.oauth.responses import SIGNED_TYP, AuthorizationResponse, build_response_claims


def sign_response(response: AuthorizationResponse) -> AuthorizationResponse:
    """The answer as its mode has it: itself, or one parameter `response` that holds it all, signed."""
    if not response.mode.is_signed:
        return response
    claims = build_response_claims(response, now=wall_now())
    signed = build_jwt(claims, key=current_keystore().find_signing_key(KeyUse.ID_TOKEN), typ=SIGNED_TYP)
    return response._replace(parameters={"response": signed})
