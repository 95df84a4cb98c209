"""Settings: one frozen, typed value, made once at the edge.

Each setting is read from the environment variable EID_<NAME>; an EID_* name that does not exist is refused, because a
misspelt setting that is silently ignored is worse than none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from eid.crypto.key_kinds import CHIP_KINDS, CSCA_KINDS, SIGNER_KINDS, CurveParameters, KeyKind, Padding
from eid.errors import Malformed

EXTENSION = "eid.settings"

SAMPLE_DATA = Path(__file__).parent.parent / "sample_data"
"""Places, names, plans and people as data."""

DEMO_URL = "http://localhost:8000"


class Mode(StrEnum):
    DEMO = "demo"
    """Secrets of the cast are known, the world's clock can be moved, texts are readable on a page."""
    PRODUCTION = "production"
    """None of that: the demo's data and doors are refused."""


@dataclass(frozen=True)
class Argon2Cost:
    """Cost of one password hash; the default is the second choice of OWASP's password storage cheat sheet."""

    time_cost: int = 2
    memory_kib: int = 19 * 1024
    parallelism: int = 1


@dataclass(frozen=True)
class Settings:
    mode: Mode = Mode.DEMO
    public_url: str = DEMO_URL
    """Where people and services reach the service; also its issuer identifier. No trailing slash."""
    database_url: str = "sqlite:///var/eid.sqlite3"
    state_dir: Path = Path("var")
    """Keys, trust anchors, cards of the cast and the world's clock live here."""
    locale: str = "vi"
    rate_limit: str = ""
    """Requests that one address may make, as Flask-Limiter writes it ("300 per minute"); empty means no limit."""
    max_request_bytes: int = 2 * 1024 * 1024
    log_level: str = "info"
    csca_key: KeyKind = KeyKind.P_384
    """Of which kind the next CSCA's key is; keys that there are stay as they are."""
    signer_key: KeyKind = KeyKind.P_256
    """Of which kind the next key is that signs documents or master lists."""
    rsa_padding: Padding = Padding.PSS
    curve_parameters: CurveParameters = CurveParameters.NAMED
    chip_key: KeyKind = KeyKind.P_256
    """Of which kind a new card's key for active authentication is."""
    argon2: Argon2Cost = field(default_factory=Argon2Cost)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings as the environment has them. Raises Malformed on an unknown name or a value that makes no sense."""
        given = {name: value for name, value in (environ or os.environ).items() if name.startswith("EID_")}
        known = {f"EID_{f.name.upper()}": f.name for f in fields(cls) if f.name != "argon2"}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise Malformed(
                "setting_unknown", f"There is no setting {unknown[0]}; the settings are {', '.join(sorted(known))}."
            )
        values: dict[str, Any] = {known[name]: _parse(known[name], value) for name, value in given.items()}
        settings = cls(**values)
        check_settings(settings)
        return settings

    @property
    def is_demo(self) -> bool:
        return self.mode is Mode.DEMO

    @property
    def keys_dir(self) -> Path:
        return self.state_dir / "keys"

    @property
    def trust_dir(self) -> Path:
        return self.state_dir / "trust"

    @property
    def cards_dir(self) -> Path:
        return self.state_dir / "cards"

    @property
    def world_clock_file(self) -> Path:
        return self.state_dir / "world-clock.json"

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")


def current_settings() -> Settings:
    """The settings of the running application."""
    settings: Settings = current_app.extensions[EXTENSION]
    return settings


def check_settings(settings: Settings) -> None:
    """Raise Malformed where settings contradict each other or would be unsafe."""
    url = urlsplit(settings.public_url)
    if url.scheme not in ("http", "https") or not url.hostname or url.path or url.query or url.fragment:
        raise Malformed(
            "setting_public_url",
            "EID_PUBLIC_URL must be a scheme, a host and perhaps a port, like https://eid.example.",
        )
    if settings.mode is Mode.PRODUCTION and url.scheme != "https":
        raise Malformed("setting_public_url", "EID_PUBLIC_URL must start with https:// where EID_MODE is production.")
    if settings.locale not in ("vi", "en"):
        raise Malformed("setting_locale", "EID_LOCALE must be vi or en.")
    for name, allowed in _CHOICES.items():
        if getattr(settings, name) not in allowed:
            raise _not_one_of(name, allowed)


_CHOICES: dict[str, tuple[StrEnum, ...]] = {
    "mode": tuple(Mode),
    "csca_key": CSCA_KINDS,
    "signer_key": SIGNER_KINDS,
    "chip_key": CHIP_KINDS,
    "rsa_padding": tuple(Padding),
    "curve_parameters": tuple(CurveParameters),
}
"""Settings that are one of a few words."""


def _not_one_of(name: str, allowed: tuple[StrEnum, ...]) -> Malformed:
    return Malformed(f"setting_{name}", f"EID_{name.upper()} must be one of {', '.join(allowed)}.")


def _parse(name: str, value: str) -> object:
    if name in _CHOICES:
        chosen = next((word for word in _CHOICES[name] if word == value), None)
        if chosen is None:
            raise _not_one_of(name, _CHOICES[name])
        return chosen
    if name == "state_dir":
        return Path(value)
    if name == "max_request_bytes":
        if not value.isdigit():
            raise Malformed("setting_max_request_bytes", "EID_MAX_REQUEST_BYTES must be a whole number of bytes.")
        return int(value)
    if name == "public_url":
        return value.rstrip("/")
    return value
