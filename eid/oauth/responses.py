"""What the authorization endpoint answers to the client, good or bad, and how it gets there. Pure.

RFC 6749, section 4.1.2; RFC 9207; OAuth 2.0 Form Post Response Mode; JARM (JWT Secured Authorization Response Mode).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from eid.late_dataclasses import frozen

SIGNED_LIFE = timedelta(minutes=5)
"""How long a client may take to read a signed answer; JARM, section 2.1, recommends ten minutes at most."""
SIGNED_TYP = "oauth-authz-resp+jwt"
"""JARM names no type; an explicit one keeps an answer from passing for an ID token (RFC 8725, section 3.11)."""


class ResponseMode(StrEnum):
    """How an answer travels through the browser."""

    QUERY = "query"
    FORM_POST = "form_post"
    JWT = "jwt"
    """With response_type code the same as the next (JARM, section 2.3)."""
    QUERY_JWT = "query.jwt"
    FORM_POST_JWT = "form_post.jwt"

    @property
    def is_signed(self) -> bool:
        return self in _SIGNED

    @property
    def is_posted(self) -> bool:
        return self in _POSTED


_SIGNED = frozenset({ResponseMode.JWT, ResponseMode.QUERY_JWT, ResponseMode.FORM_POST_JWT})
_POSTED = frozenset({ResponseMode.FORM_POST, ResponseMode.FORM_POST_JWT})
_MODES = {str(mode): mode for mode in ResponseMode}


def find_response_mode(name: str | None) -> ResponseMode | None:
    """The mode of this name, query where none is named; None where we have no such mode."""
    return _MODES.get(name or ResponseMode.QUERY)


class Destination(NamedTuple):
    """Where and how a request is to be answered."""

    redirect_uri: str
    state: str | None
    issuer: str
    client_id: str = ""
    mode: ResponseMode = ResponseMode.QUERY


class AuthorizationResponse(NamedTuple):
    """Parameters for a redirect URI that is known to be the client's."""

    redirect_uri: str
    parameters: Mapping[str, str]
    client_id: str = ""
    mode: ResponseMode = ResponseMode.QUERY

    @property
    def address(self) -> str:
        """The redirect URI with the parameters added to its query, which is kept (RFC 6749, section 3.1.2)."""
        added = "&".join([f"{name}={quote_plus(value)}" for name, value in self.parameters.items()])
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{added}"


def build_code_response(destination: Destination, *, code: str) -> AuthorizationResponse:
    """RFC 6749, section 4.1.2, with `iss` (RFC 9207, section 2)."""
    return _build(destination, {"code": code})


def build_error_response(destination: Destination, *, error: str, description: str) -> AuthorizationResponse:
    """RFC 6749, section 4.1.2.1, with `iss` (RFC 9207, section 2)."""
    return _build(destination, {"error": error, "error_description": description})


def build_response_claims(response: AuthorizationResponse, *, now: datetime) -> dict[str, Any]:
    """The claims of a signed answer: its parameters, `iss` among them, for whom and until when (JARM, section 2.1)."""
    return {**response.parameters, "aud": response.client_id, "exp": int((now + SIGNED_LIFE).timestamp())}


def _build(destination: Destination, parameters: dict[str, str]) -> AuthorizationResponse:
    state = {} if destination.state is None else {"state": destination.state}
    found = {**parameters, "iss": destination.issuer, **state}
    return AuthorizationResponse(destination.redirect_uri, found, destination.client_id, destination.mode)
