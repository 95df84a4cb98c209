"""The certificate that a client showed to the proxy before us, as the proxy says (RFC 9440)."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Request

from eid.config import current_settings
from eid.logs import log
from eid.oauth.client_certificates import ClientCertificate, parse_client_certificate

CHAIN_HEADER = "Client-Cert-Chain"
_IN_ENVIRON = "HTTP_CLIENT_CERT"
"""The header Client-Cert as WSGI has it (PEP 3333), where each request looks."""


def find_client_certificate(request: Request) -> ClientCertificate | None:
    """The certificate whose key the client of this request holds; None where it showed none.

    The field counts from the proxies that the settings name and is not looked at from anybody else, who could write anything
    into it (RFC 9440, section 4). Raises Malformed (client_certificate).
    """
    header = request.environ.get(_IN_ENVIRON, "")
    if not header:
        return None
    if not _is_proxy(request.remote_addr or ""):
        log.warning("client_certificate_ignored", peer=request.remote_addr)
        return None
    return parse_client_certificate(header, request.headers.get(CHAIN_HEADER, ""))


def find_called_base(request: Request) -> str:
    """Which of our two addresses was called: the one where the proxy asks for certificates (RFC 8705, section 5), or the public
    one, which it is for any other host that a request names."""
    settings = current_settings()
    if settings.client_certificate_url and request.host == urlsplit(settings.client_certificate_url).netloc:
        return settings.client_certificate_url
    return settings.public_url


def _is_proxy(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in current_settings().client_certificate_proxies)
