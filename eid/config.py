"""Settings: one frozen, typed value, made once at the edge.

Each setting is read from the environment variable EID_<NAME>; an EID_* name that does not exist is refused, because a
misspelt setting that is silently ignored is worse than none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import field, fields
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from eid.connecting import TRANSACTION, is_postgresql, parse_server_urls
from eid.crypto.key_kinds import CHIP_KINDS, CSCA_KINDS, SIGNER_KINDS, CurveParameters, KeyKind, Padding
from eid.errors import Malformed
from eid.flask_context import current_application
from eid.late_dataclasses import frozen

EXTENSION = "eid.settings"

SAMPLE_DATA = Path(__file__).parent.parent / "sample_data"
"""Places, names, plans and people as data."""

DEMO_URL = "http://localhost:8000"

SIMULATED_FACES = "drawn"
"""The face matcher that compares drawings."""
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

NO_FACES = "none"
"""Instead of a face matcher: no face is compared, so levels 3 and 4 cannot be reached."""


class Traces(StrEnum):
    NONE = "none"
    OTLP = "otlp"
    """To a collector, whose address OpenTelemetry's own variables name (OTEL_EXPORTER_OTLP_ENDPOINT)."""


class Mode(StrEnum):
    DEMO = "demo"
    """Secrets of the cast are known, the world's clock can be moved, texts are readable on a page."""
    PRODUCTION = "production"
    """None of that: the demo's data and doors are refused."""


class ServerTiming(StrEnum):
    """Who may be told what an answer cost, by layer, where they ask for it."""

    DEMO = "demo"
    """Everybody in the demo, in production nobody."""
    ANYBODY = "anybody"
    """In production too: for trials under load, not where people are served."""
    NOBODY = "nobody"


@frozen
class Argon2Cost:
    """Cost of one password hash; the default is the second choice of OWASP's password storage cheat sheet."""

    time_cost: int = 2
    memory_kib: int = 19 * 1024
    parallelism: int = 1

    @property
    def is_weak(self) -> bool:
        """Below every choice of that cheat sheet: 7 MiB five times, 9 four, 12 three, 19 twice or 46 once."""
        return self.memory_kib < 7 * 1024 or self.memory_kib * self.time_cost < 35 * 1024


@frozen
class Settings:
    mode: Mode = Mode.DEMO
    public_url: str = DEMO_URL
    """Where people and services reach the service; also its issuer identifier. No trailing slash."""
    database_url: str = "sqlite:///var/eid.sqlite3"
    database_pooler: str = ""
    """"transaction" where EID_DATABASE_URL leads to pgbouncer in that mode, or to something like it; else empty."""
    database_pool_size: int = 15
    """Connections to PostgreSQL that one process keeps at most; docs/operations.md says how they add up."""
    database_pool_timeout_seconds: int = 5
    """How long a request waits for one of them before it is told to come back."""
    replica_urls: tuple[str, ...] = ()
    """Servers that follow the primary, for reads that are marked (eid.replicas)."""
    replica_lag_seconds: int = 5
    """How far a replica may be behind and still be read from."""
    state_dir: Path = Path("var")
    """Keys, trust anchors, cards of the cast and the world's clock live here."""
    locale: str = "vi"
    rate_limit: str = ""
    """Requests that one address may make of all machines together, as Flask-Limiter writes it ("300 per minute"); empty means
    no limit."""
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
    face_matcher: str = SIMULATED_FACES
    """What compares faces: "drawn" (simulated), "none", or the name under which an installed package offers a matcher."""
    argon2: Argon2Cost = field(default_factory=Argon2Cost)
    """What a hash of a password costs from now on; one made at another cost is made anew when its secret is next shown."""
    conformance_results: Path | None = None
    """A file that a run of the conformance tests wrote, for /conformance; without it, there is none."""
    breached_passwords: Path | None = None
    """A file of leaked passwords in Pwned Passwords' form (SHA-1, ordered by hash), besides the short list that is built in."""
    client_certificate_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """The proxies before us that end TLS and say in `Client-Cert` (RFC 9440) what a client showed, and in `X-Forwarded-For` from
    where it called; nobody else is believed."""
    metrics_networks: tuple[IPv4Network | IPv6Network, ...] = LOOPBACK
    """Who may read /metrics, coming directly: a request that a proxy has passed on is refused, wherever it comes from."""
    traces: Traces = Traces.NONE
    """Where a trace of each request goes (OpenTelemetry); needs the extra `tracing`."""
    client_certificate_url: str = ""
    """A second address of this service, where the proxy asks clients for certificates (RFC 8705, section 5), so that it need not
    ask everybody's browser; empty where it asks at the public address."""
    client_requests_per_minute: int = 6000
    """How often a service may call the token, pushed-request and introspection addresses, unless it has a limit of its own;
    0 means no limit."""
    client_sign_ins_per_day: int = 200_000
    """How many sign-ins a service may have in a day of UTC, unless it has a limit of its own; 0 means no limit."""
    software_statement_issuers: Path | None = None
    """A JSON file of those whose software statements are believed: name of the issuer → its JWK Set (RFC 7591, section 2.3)."""
    client_certificate_authorities: Path | None = None
    """A file of certificates, in PEM, of those who vouch for clients' certificates (tls_client_auth of RFC 8705)."""
    wallet_provider_authorities: Path | None = None
    """A file of certificates, in PEM, of those who vouch for providers of wallets: whose word on wallets and keys is believed."""
    server_timing: ServerTiming = ServerTiming.DEMO
    """Who is told in `Server-Timing` what an answer cost, by layer, where they ask with `Prefer: server-timing`."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings as the environment has them. Raises Malformed on an unknown name or a value that makes no sense."""
        given = {name: value for name, value in (environ or os.environ).items() if name.startswith("EID_")}
        known = {f"EID_{f.name.upper()}": f.name for f in fields(cls)}
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
    def tells_server_timing(self) -> bool:
        return self.server_timing is ServerTiming.ANYBODY or (self.is_demo and self.server_timing is ServerTiming.DEMO)

    @property
    def keys_dir(self) -> Path:
        return self.state_dir / "keys"

    @property
    def trust_dir(self) -> Path:
        return self.state_dir / "trust"

    @property
    def credential_roots_dir(self) -> Path:
        """Certificates, DER or PEM, of the authorities besides ours whose credentials are believed."""
        return self.state_dir / "credential-roots"

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
    settings: Settings = current_application().extensions[EXTENSION]
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
    if settings.mode is Mode.PRODUCTION and settings.face_matcher == SIMULATED_FACES:
        raise Malformed(
            "setting_face_matcher",
            "EID_FACE_MATCHER must name a matcher of real faces, or be none, where EID_MODE is production.",
        )
    if not settings.face_matcher.strip():
        raise Malformed("setting_face_matcher", "EID_FACE_MATCHER must be drawn, none or the name of a face matcher.")
    if settings.locale not in ("vi", "en"):
        raise Malformed("setting_locale", "EID_LOCALE must be vi or en.")
    if settings.mode is Mode.PRODUCTION and settings.argon2.is_weak:
        raise Malformed(
            "setting_argon2", "EID_ARGON2 must not cost less than m=19456,t=2,p=1 where EID_MODE is production."
        )
    if settings.breached_passwords is not None and not _holds_something(settings.breached_passwords):
        raise Malformed("setting_breached_passwords", "EID_BREACHED_PASSWORDS must name a file that can be read.")
    if settings.client_certificate_url:
        _check_client_certificate_url(settings)
    authorities = settings.client_certificate_authorities
    if authorities is not None and not _holds_something(authorities):
        raise Malformed(
            "setting_client_certificate_authorities",
            "EID_CLIENT_CERTIFICATE_AUTHORITIES must name a file that can be read.",
        )
    providers = settings.wallet_provider_authorities
    if providers is not None and not _holds_something(providers):
        raise Malformed(
            "setting_wallet_provider_authorities", "EID_WALLET_PROVIDER_AUTHORITIES must name a file that can be read."
        )
    issuers = settings.software_statement_issuers
    if issuers is not None and not _holds_something(issuers):
        raise Malformed(
            "setting_software_statement_issuers", "EID_SOFTWARE_STATEMENT_ISSUERS must name a file that can be read."
        )
    _check_database(settings)
    for name, allowed in _CHOICES.items():
        if getattr(settings, name) not in allowed:
            raise _not_one_of(name, allowed)


def _check_database(settings: Settings) -> None:
    try:
        has_server = is_postgresql(make_url(settings.database_url))
    except ArgumentError as error:
        raise Malformed(
            "setting_database_url", "EID_DATABASE_URL must be a URL, like postgresql://eid@db.example/eid."
        ) from error
    if settings.database_pooler not in ("", TRANSACTION):
        raise Malformed("setting_database_pooler", f"EID_DATABASE_POOLER must be {TRANSACTION} or empty.")
    if (settings.replica_urls or settings.database_pooler) and not has_server:
        name = "replica_urls" if settings.replica_urls else "database_pooler"
        raise Malformed(f"setting_{name}", f"EID_{name.upper()} needs a PostgreSQL database in EID_DATABASE_URL.")
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(settings, name) <= most:
            raise Malformed(f"setting_{name}", f"EID_{name.upper()} must be from {least} to {most}.")


_RANGES = {
    "database_pool_size": (2, 1000),
    "database_pool_timeout_seconds": (1, 60),
    "replica_lag_seconds": (1, 60),
}
"""Settings that are whole numbers, with their least and their largest."""

_CHOICES: dict[str, tuple[StrEnum, ...]] = {
    "mode": tuple(Mode),
    "traces": tuple(Traces),
    "csca_key": CSCA_KINDS,
    "signer_key": SIGNER_KINDS,
    "chip_key": CHIP_KINDS,
    "rsa_padding": tuple(Padding),
    "curve_parameters": tuple(CurveParameters),
    "server_timing": tuple(ServerTiming),
}
"""Settings that are one of a few words."""


def _not_one_of(name: str, allowed: tuple[StrEnum, ...]) -> Malformed:
    return Malformed(f"setting_{name}", f"EID_{name.upper()} must be one of {', '.join(allowed)}.")


_PATHS = (
    "state_dir",
    "breached_passwords",
    "client_certificate_authorities",
    "wallet_provider_authorities",
    "software_statement_issuers",
    "conformance_results",
)

_ARGON2 = re.compile(r"m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})")


def _parse_cost(value: str) -> Argon2Cost:
    """A cost as hashes themselves write it (RFC 9106's reference: m in KiB, t passes, p lanes)."""
    found = _ARGON2.fullmatch(value)
    memory_kib, time_cost, parallelism = map(int, found.groups()) if found else (0, 0, 0)
    if not (time_cost >= 1 and parallelism >= 1 and memory_kib >= 8 * parallelism):
        raise Malformed("setting_argon2", "EID_ARGON2 must be a cost like m=19456,t=2,p=1, with m in KiB.")
    return Argon2Cost(time_cost, memory_kib, parallelism)


def _check_client_certificate_url(settings: Settings) -> None:
    url = urlsplit(settings.client_certificate_url)
    if url.scheme != "https" or not url.hostname or url.path or url.query or url.fragment:
        raise Malformed(
            "setting_client_certificate_url",
            "EID_CLIENT_CERTIFICATE_URL must be https, a host and perhaps a port, like https://mtls.eid.example.",
        )
    if url.netloc == urlsplit(settings.public_url).netloc or not settings.client_certificate_proxies:
        raise Malformed(
            "setting_client_certificate_url",
            "EID_CLIENT_CERTIFICATE_URL must be another host than EID_PUBLIC_URL, and needs EID_CLIENT_CERTIFICATE_PROXIES.",
        )


def _holds_something(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _parse_networks(name: str, value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise Malformed(
            f"setting_{name}",
            f"EID_{name.upper()} must be addresses or networks, with commas between, like 10.0.0.7,192.0.2.0/28.",
        ) from error


def _parse_replica_urls(value: str) -> tuple[str, ...]:
    try:
        return parse_server_urls(value)
    except ValueError as error:
        raise Malformed(
            "setting_replica_urls", "EID_REPLICA_URLS must be postgresql:// URLs with commas between them."
        ) from error


def _parse(name: str, value: str) -> object:
    if name in _CHOICES:
        chosen = next((word for word in _CHOICES[name] if word == value), None)
        if chosen is None:
            raise _not_one_of(name, _CHOICES[name])
        return chosen
    if name in _PATHS:
        return Path(value)
    if name in ("client_requests_per_minute", "client_sign_ins_per_day"):
        if not value.isascii() or not value.isdigit() or len(value) > 9:
            raise Malformed(f"setting_{name}", f"EID_{name.upper()} must be a whole number; 0 means no limit.")
        return int(value)
    if name in _RANGES:
        if not value.isascii() or not value.isdigit() or len(value) > 9:
            raise Malformed(f"setting_{name}", f"EID_{name.upper()} must be a whole number.")
        return int(value)
    if name == "replica_urls":
        return _parse_replica_urls(value)
    if name == "argon2":
        return _parse_cost(value)
    if name in ("client_certificate_proxies", "metrics_networks"):
        return _parse_networks(name, value)
    if name == "max_request_bytes":
        if not value.isdigit():
            raise Malformed("setting_max_request_bytes", "EID_MAX_REQUEST_BYTES must be a whole number of bytes.")
        return int(value)
    if name in ("public_url", "client_certificate_url"):
        return value.rstrip("/")
    return value
