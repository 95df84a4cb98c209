"""Certificates of the keys that issue credentials and ask for them, beside those keys, and the authorities that certified them.

A key is scheduled by eid.signing_keys; here it gets a certificate when it is made, so that verifiers can be told of it before it
signs. Authorities are numbered files: the newest certifies, all of them are published.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from eid.clock import wall_now
from eid.crypto.issuing_certificates import (
    Authority,
    Place,
    Role,
    build_root_certificate,
    build_signer_certificate,
    fits,
)
from eid.crypto.key_schedule import ScheduledKey, build_key_name
from eid.crypto.keys import SigningKey
from eid.errors import Unavailable
from eid.key_files import replace_whole, write_once
from eid.late_dataclasses import frozen
from eid.signing_keys import CERTIFICATE_SUFFIX, KEY_LIVES, KeyUse, SigningKeys

TRUST_PATH = "/api/v1/trust"
"""Where the authorities' certificates and revocation lists are published."""


class AuthorityUse(StrEnum):
    """What an authority certifies; also the name of its files and of its address."""

    IACA = "iaca"
    """Those who issue: mdocs, SD-JWT VCs and status lists."""
    VERIFIER_CA = "verifier-ca"
    """Those who ask."""
    WALLET_CA = "wallet-ca"
    """Those who provide wallets."""


CERTIFIED = {
    KeyUse.PAPERS: (AuthorityUse.IACA, Role.CREDENTIAL_SIGNER),
    KeyUse.MDOC: (AuthorityUse.IACA, Role.MDOC_SIGNER),
    KeyUse.VERIFIER: (AuthorityUse.VERIFIER_CA, Role.VERIFIER),
    KeyUse.WALLET_PROVIDER: (AuthorityUse.WALLET_CA, Role.WALLET_PROVIDER),
}
"""Whose keys have certificates, of which authority, and as what."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = {
    AuthorityUse.IACA: "eid synthetic IACA",
    AuthorityUse.VERIFIER_CA: "eid synthetic verifier authority",
    AuthorityUse.WALLET_CA: "eid synthetic wallet authority",
}


@frozen
class CertifiedSigner:
    """A signing key and the DER certificate that goes with it, without its authority's."""

    key: SigningKey
    certificate: bytes

    @property
    def x5c(self) -> list[str]:
        """The header parameter (RFC 7515, 4.1.6): the root is what a verifier has already (HAIP, 6.1.1)."""
        return [b64encode(self.certificate).decode()]

    @cached_property
    def thumbprint(self) -> str:
        """SHA-256 over the certificate, base64url: `x5t#S256`, and what follows `x509_hash:` (OpenID4VP, 5.9.3)."""
        return urlsafe_b64encode(hashlib.sha256(self.certificate).digest()).rstrip(b"=").decode()


@frozen
class _Read:
    """A certificate's file as it was read."""

    stamp: tuple[int, int, str]
    signer: CertifiedSigner
    fit_until: datetime


class IssuingKeys:
    """The certified keys of one folder, in which any number of processes look at once."""

    def __init__(self, directory: Path, signing_keys: SigningKeys, *, public_url: str) -> None:
        self.directory = directory
        self.public_url = public_url
        self._signing_keys = signing_keys
        self._kept: dict[Path, _Read] = {}

    @property
    def may_create(self) -> bool:
        return self._signing_keys.may_create

    def find_signer(self, use: KeyUse) -> CertifiedSigner:
        """Who signs for this use today. Raises Unavailable: key_missing, certificate_missing, certificate_unfit."""
        kid = self._signing_keys.find_signing_key(use).kid
        return next(signer for one, signer in self.find_signers(use) if one.key.kid == kid)

    def find_signers(self, use: KeyUse) -> list[tuple[ScheduledKey, CertifiedSigner]]:
        """Every key of this use with its certificate: next, signing, old and dead; oldest first. Raises as find_signer."""
        return [(one, self._find_certified(use, one)) for one in self._signing_keys.find_scheduled_keys(use)]

    def find_authorities(self, use: AuthorityUse) -> list[Authority]:
        """All that there ever were, oldest first; a first one is made where there is none. Raises Unavailable: key_missing."""
        paths = self._authority_paths(use)
        if not paths:
            if not self.may_create:
                raise Unavailable(
                    "key_missing", "The service lacks a key; its operator must provide one.", reason=str(use)
                )
            self.add_authority(use)
            paths = self._authority_paths(use)
        return [_load_authority(path) for path in paths]

    def add_authority(self, use: AuthorityUse) -> Authority:
        """From now on this new one certifies; what those before it certified stays as it is."""
        number = len(self._authority_paths(use)) + 1
        key = ec.generate_private_key(ec.SECP256R1())
        name = _NAMES[use] if number == 1 else f"{_NAMES[use]} {number}"
        certificate = build_root_certificate(key, name=name, at=_this_second(), place=self._place(use, number))
        pem = SigningKey(key).to_pem() + certificate.public_bytes(Encoding.PEM)
        path = self.directory / f"{use}-{number:04d}.pem"
        write_once(path, pem)
        return _load_authority(path)

    def _authority_paths(self, use: AuthorityUse) -> list[Path]:
        return sorted(self.directory.glob(f"{use}-[0-9][0-9][0-9][0-9].pem"))

    def _place(self, use: AuthorityUse, number: int) -> Place:
        return Place(self.public_url, f"{self.public_url}{TRUST_PATH}/{use}/{number}.crl")

    def make_certificates(self, use: KeyUse) -> None:
        """Afterwards every key of this use has a certificate that is fit for it, in production too: an operator's own act.

        Raises Unavailable: key_missing, where there is no authority and none may be made.
        """
        for one in self._signing_keys.find_scheduled_keys(use):
            if self._find_fit(use, one) is None:
                self._certify(use, self._path_of(use, one), one.key)

    def _find_certified(self, use: KeyUse, one: ScheduledKey) -> CertifiedSigner:
        found = self._find_fit(use, one)
        if found is None:
            path = self._path_of(use, one)
            if not self.may_create:
                code = "certificate_unfit" if path.exists() else "certificate_missing"
                raise Unavailable(
                    code, "The service lacks a certificate; its operator must provide one.", reason=path.name
                )
            self._certify(use, path, one.key)
            found = self._read(use, path, one.key).signer
        return found

    def _find_fit(self, use: KeyUse, one: ScheduledKey) -> CertifiedSigner | None:
        """A certificate that outlasts what its key signs today; an old key's stays as it is."""
        path = self._path_of(use, one)
        if not path.exists():
            return None
        read = self._read(use, path, one.key)
        return read.signer if one.replaced_at is not None or wall_now() < read.fit_until else None

    def _path_of(self, use: KeyUse, one: ScheduledKey) -> Path:
        return (self.directory / build_key_name(use, one.key.alg, one.signs_from)).with_suffix(CERTIFICATE_SUFFIX)

    def _read(self, use: KeyUse, path: Path, key: SigningKey) -> _Read:
        """Kept for as long as it is the same file: one object signs, so that what it makes once is made once."""
        found = path.stat()
        stamp = found.st_ino, found.st_mtime_ns, key.kid
        kept = self._kept.get(path)
        if kept is None or kept.stamp != stamp:
            kept = self._kept[path] = _Read(
                stamp, CertifiedSigner(key, path.read_bytes()), self._end_of(use, path, key)
            )
        return kept

    def _end_of(self, use: KeyUse, path: Path, key: SigningKey) -> datetime:
        authority_use, role = CERTIFIED[use]
        numbers = range(1, len(self._authority_paths(authority_use)) + 1)
        certificate = x509.load_der_x509_certificate(path.read_bytes())
        if not any(fits(certificate, _curve_key(key), role, self._place(authority_use, number)) for number in numbers):
            return _NEVER
        return certificate.not_valid_after_utc - (KEY_LIVES[use].outlives or timedelta())

    def _certify(self, use: KeyUse, path: Path, key: SigningKey) -> None:
        authority_use, role = CERTIFIED[use]
        authorities = self.find_authorities(authority_use)
        place = self._place(authority_use, len(authorities))
        certificate = build_signer_certificate(
            _curve_key(key), authorities[-1], role=role, at=_this_second(), place=place
        )
        write = replace_whole if path.exists() else write_once
        write(path, certificate.public_bytes(Encoding.DER))


def _load_authority(path: Path) -> Authority:
    pem = path.read_bytes()
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Authority(key, x509.load_pem_x509_certificate(pem))


def _curve_key(key: SigningKey) -> ec.EllipticCurvePrivateKey:
    assert isinstance(key.private_key, ec.EllipticCurvePrivateKey)
    return key.private_key


def _this_second() -> datetime:
    return wall_now().replace(microsecond=0)
