"""What the clinic has to be told: who it is for the service, and where both of them are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from eid.samples.settings import read_settings

SCOPES = ("openid", "profile", "health_insurance", "driving_licence")
PAPERS = ("health_insurance", "driving_licence")
CARD_PAPER = "health_insurance"
"""What the clinic may read of whoever holds out a card, in its own name: no more than a counter needs."""


@dataclass(frozen=True)
class ClinicConfig:
    """Each is read from the environment variable CLINIC_<NAME>."""

    issuer: str
    """The service's address, from which everything else is discovered."""
    client_id: str
    client_secret: str = field(repr=False)
    url: str
    """The clinic's own address; `{url}/callback` is registered with the service."""
    secret_key: str = field(repr=False)
    """Signs the clinic's own cookie."""
    wallet: str = ""
    """A wallet in the browser that patients can be sent to; `{url}/wallet/callback` is where wallets lead back."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> ClinicConfig:
        """Raises SystemExit, saying what is missing: the clinic does not start half configured."""
        return read_settings(cls, "CLINIC", environ)
