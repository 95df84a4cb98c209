"""Whose word on wallets and their keys is believed: those whom the settings name, and in the demo our own provider."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography import x509

from eid.config import current_settings
from eid.errors import Unavailable
from eid.keystore import AuthorityUse, current_keystore


def find_wallet_anchors() -> tuple[x509.Certificate, ...]:
    """The roots of wallet providers; in production those of the settings alone. Raises Unavailable: authorities_unreadable."""
    settings = current_settings()
    path = settings.wallet_provider_authorities
    named = () if path is None else _load_certificates(path, path.stat().st_mtime_ns)
    if not settings.is_demo:
        return named
    own = current_keystore().issuing_keys.find_authorities(AuthorityUse.WALLET_CA)
    return (*named, *(each.certificate for each in own))


@lru_cache(maxsize=4)
def _load_certificates(path: Path, _changed: int) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except ValueError as error:
        raise Unavailable(
            "authorities_unreadable", "Wallet providers cannot be judged at the moment.", reason=str(path)
        ) from error
