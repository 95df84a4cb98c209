"""Private keys, secrets, certificates and where they are kept: one folder, readable by its owner alone.

Keys are made at first use in the demo. In production a missing key is a refusal: nothing is signed with a key that nobody
has published or that another worker does not have.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from flask import current_app

from eid.config import Settings
from eid.crypto.keys import SigningKey, generate_signing_key, parse_signing_key
from eid.errors import Unavailable
from eid.randomness import random_bytes

EXTENSION = "eid.keystore"


class KeyUse(StrEnum):
    """What a token-signing key is for; a key has one use."""

    ID_TOKEN = "id-token"
    PAPERS = "papers"
    """Papers as signed tokens, and their status lists."""
    RECEIPTS = "receipts"
    """What the service says it found on a card."""


class SecretUse(StrEnum):
    """What a 32-byte symmetric secret is for."""

    COOKIES = "cookies"
    SUBJECTS = "subjects"
    """Salts pairwise subject identifiers (OpenID Connect Core, section 8.1)."""
    SEALING = "sealing"
    """Encrypts TOTP secrets at rest."""
    LOOKUPS = "lookups"
    """Keys the digests under which guessable values (texted codes) are stored."""


class CertificateUse(StrEnum):
    """What a certified key is for."""

    CSCA = "csca"
    DOCUMENT_SIGNER = "document-signer"
    MASTER_LIST_SIGNER = "master-list-signer"


class CertifiedKey:
    """A private key together with its X.509 certificate, and the certificate that links it to the key before it."""

    def __init__(
        self,
        private_key: CertificateIssuerPrivateKeyTypes,
        certificate: x509.Certificate,
        link: x509.Certificate | None = None,
    ) -> None:
        self.private_key = private_key
        self.certificate = certificate
        self.link = link


class Keystore:
    """The keys of one service. Safe to open by several processes at once: the first to make a key wins."""

    def __init__(self, directory: Path, *, may_create: bool) -> None:
        self.directory = directory
        self.may_create = may_create
        self._signing_keys: dict[KeyUse, SigningKey] = {}
        self._secrets: dict[SecretUse, bytes] = {}

    def find_signing_key(self, use: KeyUse) -> SigningKey:
        """The key that signs for this use today. Raises Unavailable where there is none and none may be made."""
        if use not in self._signing_keys:
            pem = self._read_or_create(self.directory / f"{use}.pem", lambda: generate_signing_key().to_pem())
            self._signing_keys[use] = parse_signing_key(pem)
        return self._signing_keys[use]

    def find_secret(self, use: SecretUse) -> bytes:
        """32 bytes for this use. Raises Unavailable where there are none and none may be made."""
        if use not in self._secrets:
            self._secrets[use] = self._read_or_create(self.directory / f"{use}.secret", lambda: random_bytes(32))
        return self._secrets[use]

    def find_certified_keys(self, use: CertificateUse) -> list[CertifiedKey]:
        """All certified keys of this use, oldest first."""
        return [_load_certified_key(path) for path in sorted(self.directory.glob(f"{use}-*.pem"))]

    def add_certified_key(
        self, use: CertificateUse, certified: CertifiedKey, *, number: int | None = None
    ) -> CertifiedKey:
        """Keep a new certified key, the next or that of this number; where another process kept one under the same number
        first, theirs is returned."""
        number = number or len(self.find_certified_keys(use)) + 1
        pem = certified.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ) + certified.certificate.public_bytes(serialization.Encoding.PEM)
        if certified.link is not None:
            pem += certified.link.public_bytes(serialization.Encoding.PEM)
        path = self.directory / f"{use}-{number:04d}.pem"
        _write_once(path, pem)
        return _load_certified_key(path)

    def _read_or_create(self, path: Path, make: Callable[[], bytes]) -> bytes:
        if not path.exists():
            if not self.may_create:
                raise Unavailable(
                    "key_missing", "The service lacks a key; its operator must provide one.", reason=str(path)
                )
            _write_once(path, make())
        return path.read_bytes()


def open_keystore(settings: Settings) -> Keystore:
    """The key store that the settings name."""
    return Keystore(settings.keys_dir, may_create=settings.is_demo)


def current_keystore() -> Keystore:
    """The key store of the running application."""
    keystore: Keystore = current_app.extensions[EXTENSION]
    return keystore


@lru_cache(maxsize=64)
def _load_certified_key(path: Path) -> CertifiedKey:
    pem = path.read_bytes()
    private_key = serialization.load_pem_private_key(pem, password=None)
    certificate, *links = x509.load_pem_x509_certificates(pem)
    return CertifiedKey(private_key, certificate, links[0] if links else None)  # type: ignore[arg-type]


def _write_once(path: Path, content: bytes) -> None:
    """Afterwards the file exists, whole: with this content, or with that of whoever was first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)
    except FileExistsError:
        return
    finally:
        temporary.unlink()
