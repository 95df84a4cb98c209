"""How clients can prove themselves at this service, and by whom their certificates are vouched for: as the settings have it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography import x509

from eid.config import current_settings
from eid.errors import Unavailable
from eid.oauth.client_metadata import supported_methods
from eid.oauth.models import AuthMethod


def find_supported_methods() -> tuple[AuthMethod, ...]:
    settings = current_settings()
    return supported_methods(
        has_proxies=bool(settings.client_certificate_proxies),
        has_authorities=settings.client_certificate_authorities is not None,
    )


def find_certificate_authorities() -> tuple[x509.Certificate, ...]:
    """Those who vouch for clients' certificates; none where the settings name none.

    Raises Unavailable (authorities_unreadable).
    """
    path = current_settings().client_certificate_authorities
    return () if path is None else _load_certificates(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load_certificates(path: Path, _changed: int) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except ValueError as error:
        raise Unavailable(
            "authorities_unreadable", "Certificates of clients cannot be judged at the moment.", reason=str(path)
        ) from error
