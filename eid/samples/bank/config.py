"""What the bank has to be told: who it is for the service, its key, and where both of them are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eid.samples.settings import read_settings


@dataclass(frozen=True)
class BankConfig:
    """Each is read from the environment variable BANK_<NAME>."""

    issuer: str
    """The service's address, from which everything else is discovered."""
    client_id: str
    key: str = field(repr=False)
    """The bank's private key as a JWK; the service has the public half."""
    url: str
    """The bank's own address; `{url}/callback` is registered with the service."""
    secret_key: str = field(repr=False)
    """Signs the bank's own cookie."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> BankConfig:
        """Raises SystemExit, saying what is missing."""
        return read_settings(cls, "BANK", environ)
