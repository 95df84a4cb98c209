"""What a terminal has to be told: whose papers it checks, where it is, and where it keeps what it trusts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from eid.samples.settings import read_settings


@dataclass(frozen=True)
class RoadsideConfig:
    """Each is read from the environment variable ROADSIDE_<NAME>."""

    issuer: str
    """Whose papers are checked; asked only when trust is loaded, and for a status."""
    url: str
    store: str
    """The file that keeps what is trusted while the terminal is off and away from any network."""
    secret_key: str = field(repr=False)
    """Signs the terminal's own cookie."""

    @property
    def store_path(self) -> Path:
        return Path(self.store)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> RoadsideConfig:
        """Raises SystemExit, saying what is missing."""
        return read_settings(cls, "ROADSIDE", environ)
