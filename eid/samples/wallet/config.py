"""What the wallet has to be told: which service its letters go to, and where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eid.samples.settings import read_settings


@dataclass(frozen=True)
class WalletConfig:
    """Each is read from the environment variable WALLET_<NAME>."""

    issuer: str
    """The one service that the wallet takes from and shows to."""
    url: str
    secret_key: str = field(repr=False)
    """Signs nothing but the cookie of the language."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> WalletConfig:
        """Raises SystemExit, saying what is missing."""
        return read_settings(cls, "WALLET", environ)
