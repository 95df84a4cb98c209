"""Private keys, secrets, certificates and where they are kept: one folder, readable by its owner alone.

Keys are made at first use in the demo. In production a missing key is a refusal: nothing is signed with a key that nobody
has published or that another worker does not have.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

from eid.config import DEMO_URL, Settings
from eid.crypto.keys import ES256, SigningKey
from eid.crypto.mdoc_issuing import MdocSigner
from eid.crypto.sd_jwt_vc_issuing import VcSigner
from eid.crypto.sealing import build_head
from eid.flask_context import current_application
from eid.issuing_keys import AuthorityUse as AuthorityUse
from eid.issuing_keys import CertifiedSigner, IssuingKeys
from eid.key_files import find_stamp, read_or_create, write_once
from eid.randomness import random_bytes
from eid.signing_keys import SERVICE_USES, SigningKeys
from eid.signing_keys import KeyUse as KeyUse

EXTENSION = "eid.keystore"
AGENCIES = "agencies"
"""The folder in which each agency has one."""


class SecretUse(StrEnum):
    """What a 32-byte symmetric secret is for."""

    COOKIES = "cookies"
    SUBJECTS = "subjects"
    """Salts pairwise subject identifiers (OpenID Connect Core, section 8.1)."""
    SEALING = "sealing"
    """Encrypts TOTP secrets at rest. The one use with several secrets at a time: the newest seals, all of them open."""
    LOOKUPS = "lookups"
    """Keys the digests under which guessable values (texted codes) are stored."""


class CertificateUse(StrEnum):
    """What a certified key is for."""

    CSCA = "csca"
    DOCUMENT_SIGNER = "document-signer"
    MASTER_LIST_SIGNER = "master-list-signer"
    SIGNING_AUTHORITY = "signing-authority"
    """Certifies people who sign documents, and the two below."""
    PAPER_SEAL = "paper-seal"
    TIMESTAMPER = "timestamper"


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

    def __init__(self, directory: Path, *, may_create: bool, public_url: str = DEMO_URL) -> None:
        """`public_url` is what certificates of signers say of where they are reached."""
        self.directory = directory
        self.may_create = may_create
        self.signing_keys = SigningKeys(directory, may_create=may_create)
        self.issuing_keys = IssuingKeys(directory, self.signing_keys, public_url=public_url)
        self._agency_keys: dict[str, SigningKeys] = {}
        self._vc_signers: dict[bytes, VcSigner] = {}
        self._mdoc_signers: dict[bytes, MdocSigner] = {}
        self._secrets: dict[SecretUse, bytes] = {}
        self._sealing_keys: dict[Path, bytes] = {}
        self._certified_keys: dict[CertificateUse, tuple[int, list[CertifiedKey]]] = {}

    def find_signing_key(self, use: KeyUse, alg: str = ES256) -> SigningKey:
        """The key that signs for this use today. Raises Unavailable where there is none and none may be made."""
        return self.signing_keys.find_signing_key(use, alg)

    def find_published_jwks(self, use: KeyUse) -> list[dict[str, object]]:
        """The public keys of this use that others have to know now: the next, the signing and the old, not the dead."""
        return self.signing_keys.find_published_jwks(use)

    def find_known_jwks(self, use: KeyUse) -> list[dict[str, object]]:
        """The public keys with which we recognise what we signed ourselves, however long ago."""
        return self.signing_keys.find_known_jwks(use)

    def find_agency_keys(self, agency: str) -> SigningKeys:
        """The keys of the agency of this name, apart from the service's and from other agencies': `agencies/<name>/`."""
        if agency not in self._agency_keys:
            directory = self.directory / AGENCIES / agency
            self._agency_keys[agency] = SigningKeys(directory, may_create=self.may_create)
        return self._agency_keys[agency]

    def find_mdoc_signer(self) -> MdocSigner:
        """Who signs mdocs today; the same object for as long as the certificate is the same, so that its header is written once.

        Raises Unavailable: key_missing, certificate_missing, certificate_unfit.
        """
        signer = self.issuing_keys.find_signer(KeyUse.MDOC)
        key = signer.key.private_key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return self._mdoc_signers.setdefault(signer.certificate, MdocSigner(key, signer.certificate))

    def find_credential_signer(self) -> VcSigner:
        """Who signs SD-JWT VCs and status lists today: the papers' key, with its certificate. As find_mdoc_signer."""
        signer = self.issuing_keys.find_signer(KeyUse.PAPERS)
        return self._vc_signers.setdefault(signer.certificate, VcSigner(signer.key, signer.certificate))

    def find_verifier_signer(self) -> CertifiedSigner:
        """Who signs requests for presentations today, with its access certificate. Raises as find_mdoc_signer."""
        return self.issuing_keys.find_signer(KeyUse.VERIFIER)

    def find_secret(self, use: SecretUse) -> bytes:
        """32 bytes for this use. Raises Unavailable where there are none and none may be made."""
        if use is SecretUse.SEALING:
            return self.find_sealing_keys()[-1]
        if use not in self._secrets:
            self._secrets[use] = read_or_create(
                self.directory / f"{use}.secret", lambda: random_bytes(32), may_create=self.may_create
            )
        return self._secrets[use]

    def find_sealing_keys(self) -> list[bytes]:
        """Every key under which something may be sealed, as they are now; the last one seals."""
        paths = self._sealing_paths()
        if not paths:
            first = self.directory / f"{SecretUse.SEALING}.secret"
            self._read_or_create(first)
            paths = self._sealing_paths()
        for path in paths:
            if path not in self._sealing_keys:
                self._sealing_keys[path] = path.read_bytes()
        return [self._sealing_keys[path] for path in paths]

    def find_sealing_key(self, head: bytes) -> bytes:
        """The key of what begins with this head; where it is not kept any more, the newest, which will not open it."""
        keys = self.find_sealing_keys()
        return next((key for key in keys if build_head(key) == head), keys[-1])

    def add_sealing_key(self) -> bytes:
        """From now on this new key seals, in every process that has this folder; the others still open."""
        self.find_sealing_keys()
        number = max(_number_of(path) for path in self._sealing_paths()) + 1
        write_once(self.directory / f"{SecretUse.SEALING}-{number:04d}.secret", random_bytes(32))
        return self.find_sealing_keys()[-1]

    def remove_sealing_key(self, key: bytes) -> None:
        """The key is gone for ever, and what is still sealed under it too."""
        for path in self._sealing_paths():
            if path.read_bytes() == key:
                path.unlink()
                self._sealing_keys.pop(path, None)

    def sealing_key_age(self, *, now: float) -> float:
        """For how many seconds the newest key has been sealing; `now` in seconds since 1970."""
        return now - self._sealing_paths()[-1].stat().st_mtime

    def list_missing(self) -> list[str]:
        """Names of the secrets and of the uses of the service's signing keys of which there is no file now."""
        secrets = [use for use in SecretUse if not (self.directory / f"{use}.secret").exists()]
        if SecretUse.SEALING in secrets and self._sealing_paths():
            secrets.remove(SecretUse.SEALING)  # the first one was rotated out
        return [*secrets, *(use for use in SERVICE_USES if not self.signing_keys.list_made_keys(use))]

    def _sealing_paths(self) -> list[Path]:
        return sorted(self.directory.glob(f"{SecretUse.SEALING}*.secret"), key=_number_of)

    def _read_or_create(self, path: Path) -> bytes:
        return read_or_create(path, lambda: random_bytes(32), may_create=self.may_create)

    def find_certified_keys(self, use: CertificateUse) -> list[CertifiedKey]:
        """All certified keys of this use, oldest first; the folder is looked through when it has changed."""
        stamp, kept = find_stamp(self.directory), self._certified_keys.get(use)
        if kept is not None and kept[0] == stamp:
            return list(kept[1])
        found = [_load_certified_key(path) for path in sorted(self.directory.glob(f"{use}-*.pem"))]
        if stamp is not None:
            self._certified_keys[use] = stamp, found
        return list(found)

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
        write_once(path, pem)
        return _load_certified_key(path)


def open_keystore(settings: Settings) -> Keystore:
    """The key store that the settings name."""
    return Keystore(settings.keys_dir, may_create=settings.is_demo, public_url=settings.public_url)


def current_keystore() -> Keystore:
    """The key store of the running application."""
    keystore: Keystore = current_application().extensions[EXTENSION]
    return keystore


@lru_cache(maxsize=64)
def _load_certified_key(path: Path) -> CertifiedKey:
    pem = path.read_bytes()
    private_key = serialization.load_pem_private_key(pem, password=None)
    certificate, *links = x509.load_pem_x509_certificates(pem)
    return CertifiedKey(private_key, certificate, links[0] if links else None)  # type: ignore[arg-type]


def _number_of(path: Path) -> int:
    """Of a sealing key: the first bears none."""
    digits = path.stem.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 1
