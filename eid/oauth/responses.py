"""What the authorization endpoint answers to the client, good or bad (RFC 6749, section 4.1.2; RFC 9207). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True)
class AuthorizationResponse:
    """Parameters for a redirect URI that is known to be the client's."""

    redirect_uri: str
    parameters: Mapping[str, str]

    @property
    def address(self) -> str:
        """The redirect URI with the parameters added to its query, which is kept (RFC 6749, section 3.1.2)."""
        return self.redirect_uri + ("&" if "?" in self.redirect_uri else "?") + urlencode(self.parameters)


def build_code_response(*, redirect_uri: str, state: str | None, issuer: str, code: str) -> AuthorizationResponse:
    """RFC 6749, section 4.1.2, with `iss` (RFC 9207, section 2)."""
    return AuthorizationResponse(redirect_uri, _with_state({"code": code, "iss": issuer}, state))


def build_error_response(
    *, redirect_uri: str, state: str | None, issuer: str, error: str, description: str
) -> AuthorizationResponse:
    """RFC 6749, section 4.1.2.1, with `iss` (RFC 9207, section 2)."""
    found = {"error": error, "error_description": description, "iss": issuer}
    return AuthorizationResponse(redirect_uri, _with_state(found, state))


def _with_state(parameters: dict[str, str], state: str | None) -> dict[str, str]:
    return parameters if state is None else {**parameters, "state": state}
