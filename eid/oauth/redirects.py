"""Redirect URIs: which may be registered, and which one of a request is the registered one (RFC 9700, sections 2.1 and 4.1.3).

Compared character by character. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit, urlunsplit

from eid.errors import Malformed

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
MAX_LENGTH = 2000

_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%\[\]]+")
"""The characters of RFC 3986 but for `#`: a redirect URI has no fragment (RFC 6749, section 3.1.2)."""


def check_redirect_uri_registrable(uri: str, *, native: bool) -> None:
    """Raise Malformed unless codes may be sent there.

    Web clients: https, or http on the loopback host, for development. Native clients: also a private-use scheme that
    holds a dot (RFC 8252, section 7.1). Nobody: a fragment, a user name, a wildcard, `javascript:` or anything like it.
    """
    parts = _split(uri)
    if parts is None:
        raise _refusal("A redirect address must be an absolute address without a fragment.", uri)
    if "@" in parts.netloc or "*" in parts.netloc:
        raise _refusal("A redirect address names one host, without a user name or a wildcard.", uri)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return
    if native and "." in parts.scheme and not parts.netloc:
        return
    raise _refusal(
        "A redirect address starts with https://, or with http://localhost while a service is developed.", uri
    )


def find_registered_redirect_uri(given: str, registered: Iterable[str], *, native: bool) -> str | None:
    """The address to answer to, or None where it is not registered.

    Exact, but that a native client's loopback address may come with any port: the operating system hands it out
    (RFC 8252, section 7.3).
    """
    for uri in registered:
        if uri == given or (native and _without_loopback_port(uri) == _without_loopback_port(given) is not None):
            return given
    return None


def find_sector(redirect_uris: Iterable[str], *, client_id: str) -> str:
    """The sector of a client (OpenID Connect Core, section 8.1): the host of its redirect URIs.

    A loopback host is everybody's and a private-use scheme has no host: such a client is a sector of its own. Raises
    Malformed where the hosts differ: then only a sector_identifier_uri can say what belongs together (eid.oauth.sectors).
    """
    hosts = {urlsplit(uri).hostname or "" for uri in redirect_uris}
    if len(hosts) > 1:
        raise Malformed(
            "sector_ambiguous", "Redirect addresses of several hosts need a sector_identifier_uri that lists them all."
        )
    host = hosts.pop()
    return client_id if not host or host in LOOPBACK else host


def origin_of(uri: str) -> str:
    """Scheme, host and port of an address, as Content-Security-Policy names a source; for other schemes the scheme."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _without_loopback_port(uri: str) -> str | None:
    """The address with its port left out where it is http on a loopback host; None where it is not."""
    parts = _split(uri)
    if parts is None or parts.scheme != "http" or parts.hostname not in LOOPBACK or "@" in parts.netloc:
        return None
    return urlunsplit(parts._replace(netloc=f"[{parts.hostname}]"))


def _split(uri: str) -> SplitResult | None:
    """The parts of an absolute address without a fragment; None where it is none."""
    if len(uri) > MAX_LENGTH or not _CHARACTERS.fullmatch(uri):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _refusal(detail: str, uri: str) -> Malformed:
    return Malformed("redirect_uri_not_allowed", detail, reason=uri[:200])
