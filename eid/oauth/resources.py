"""For which services a token is asked: `resource` (RFC 8707). Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from eid.errors import Malformed, OAuthError
from eid.oauth.parameters import Parameters

MAX_RESOURCES = 8


def find_untargeted(resources: Sequence[str], allowed: Collection[str]) -> str | None:
    """The first of these that a client may not ask for; None where it may ask for all of them."""
    return next((resource for resource in resources if resource not in allowed), None)


def select_resources(parameters: Parameters, granted: Sequence[str]) -> list[str]:
    """Those of the granted services that the client now asks for; where it names none, all of them.

    Raises OAuthError(invalid_target) for one that was not named in the authorization request (section 2.2).
    """
    if not parameters.resources:
        return list(granted)
    if find_untargeted(parameters.resources, granted) is not None:
        raise OAuthError("invalid_target", "The authorization request named no such resource.")
    return list(parameters.resources)


def check_resource_registrable(uri: str) -> None:
    """Raise Malformed unless this names a service: an absolute https address without a fragment (section 2)."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.hostname or "#" in uri or "@" in parts.netloc or len(uri) > 300:
        raise Malformed("resource_not_allowed", "A resource is an https address without a fragment.", reason=uri[:200])
