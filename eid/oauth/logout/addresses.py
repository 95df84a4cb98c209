"""The addresses of logout that a client may register, and those that a logout leads to. Pure.

OpenID Connect RP-Initiated Logout, section 3.1; Back-Channel Logout, section 2.2; Front-Channel Logout, section 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.oauth.redirects import check_redirect_uri_registrable, origin_of


@frozen
class LogoutAddresses:
    """What a client registers for logout, under the names of its registration."""

    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False


def check_logout_addresses(addresses: LogoutAddresses, *, redirect_uris: Sequence[str], native: bool) -> None:
    """Raise Malformed: redirect_uri_not_allowed, frontchannel_logout_uri; each address is one as redirect URIs are.

    What is loaded in a frame of our page is of the scheme, host and port of a redirect URI; what we post to is http or https.
    """
    for uri in addresses.post_logout_redirect_uris:
        check_redirect_uri_registrable(uri, native=native)
    for address in (addresses.backchannel_logout_uri, addresses.frontchannel_logout_uri):
        if address is not None:
            check_redirect_uri_registrable(address, native=False)
    framed = addresses.frontchannel_logout_uri
    if framed is not None and origin_of(framed) not in {origin_of(uri) for uri in redirect_uris}:
        raise Malformed(
            "frontchannel_logout_uri", "The logout page of a service has the host and port of a redirect address."
        )


def build_return_address(uri: str, state: str | None) -> str:
    """A post-logout redirect URI, with the state where there is one (RP-Initiated Logout, section 3)."""
    return uri if state is None else _with_query(uri, {"state": state})


def build_frame_address(uri: str, *, issuer: str, session_identifier: str, session_required: bool) -> str:
    """What the logout page loads: with `iss` and `sid` for a client that asked for them (Front-Channel Logout, section 3)."""
    return _with_query(uri, {"iss": issuer, "sid": session_identifier}) if session_required else uri


def origins_of(addresses: Iterable[str]) -> list[str]:
    """Each origin once, as Content-Security-Policy names a source."""
    return list(dict.fromkeys(origin_of(address) for address in addresses))


def _with_query(uri: str, parameters: dict[str, str]) -> str:
    return uri + ("&" if "?" in uri else "?") + urlencode(parameters)
