"""Whose credentials this verifier believes: our own, and those of the authorities that the operator named."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from eid.config import current_settings
from eid.credentials.trust import find_authorities
from eid.crypto.x509 import Certificate, parse_certificate
from eid.errors import Unavailable
from eid.keystore import AuthorityUse, KeyUse, current_keystore
from eid.presentations.verification import IssuerTrust

SUFFIXES = {".cer", ".crt", ".der", ".pem"}


def find_trust() -> IssuerTrust:
    """Our keys and roots as they are today, and the roots in the folder of the settings. Raises Unavailable: root_malformed."""
    return IssuerTrust(
        issuer=current_settings().public_url,
        keys=current_keystore().find_known_jwks(KeyUse.PAPERS),
        own_roots=tuple(parse_certificate(each.der) for each in find_authorities(AuthorityUse.IACA)),
        other_roots=_read_roots(current_settings().credential_roots_dir),
    )


def _read_roots(folder: Path) -> tuple[Certificate, ...]:
    if not folder.is_dir():
        return ()
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return tuple(_read_root(path, path.stat().st_mtime_ns) for path in paths)


@lru_cache(maxsize=64)
def _read_root(path: Path, _changed_at: int) -> Certificate:
    data = path.read_bytes()
    try:
        if data.startswith(b"-----"):
            data = x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)
        return parse_certificate(data)
    except ValueError as error:
        raise Unavailable(
            "root_malformed", "A trusted root cannot be read; the operator must look.", reason=path.name
        ) from error
