"""What the service signs, verified with the keys that it publishes, without asking anybody.

All of it is a compact JWS (RFC 7515) by ES256. The keys are fetched once and kept; one that is not known is looked for once more,
at most once a minute.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import requests
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

TIMEOUT = 10
"""Seconds."""
LEEWAY = 10
"""Seconds by which two honest clocks may differ."""
VIETNAM = 7 * 3600
"""Seconds that clocks on the wall are ahead of UTC there."""


class NotVerified(Exception):
    """What does not hold; `step` says where it failed."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step


class Step(NamedTuple):
    name: str
    found: str


class Keys(Protocol):
    def find(self, kid: str) -> ECKey:
        """Raises NotVerified where no key bears this name."""


class PublishedKeys:
    """The public keys at an address of the service, fetched when they are first needed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.fetches = 0
        self._keys: dict[str, Mapping[str, Any]] = {}
        self._fetched_at = float("-inf")
        self._lock = threading.Lock()

    def find(self, kid: str) -> ECKey:
        """Raises NotVerified where no key bears this name."""
        with self._lock:
            if kid not in self._keys and time.monotonic() - self._fetched_at > 60:
                answer = requests.get(self.address, timeout=TIMEOUT)
                answer.raise_for_status()
                self._keys = {key["kid"]: key for key in answer.json()["keys"]}
                self._fetched_at = time.monotonic()
                self.fetches += 1
        if kid not in self._keys:
            raise NotVerified("key", "the service publishes no such key")
        return ECKey.import_key(dict(self._keys[kid]))


def write_time(seconds: int) -> str:
    """The time of day in Vietnam."""
    return time.strftime("%H:%M:%S", time.gmtime(seconds + VIETNAM))


class _LargeHeaders(jws.JWSRegistry):
    """A token may bring its signer's certificate (RFC 7515, section 4.1.6), which is larger than joserfc reads by itself."""

    max_header_length = 16 * 1024


def verify_signature(token: str, *, typ: str, keys: Keys) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Header and claims. Raises NotVerified at the first step that does not hold.

    1. It is a compact JWS of this kind: `typ` (RFC 8725, section 3.11).
    2. Its key is one that the service publishes: `kid`.
    3. The signature holds, by ES256 and nothing else, and what is signed is a JSON object.
    """
    try:
        registry = _LargeHeaders(algorithms=["ES256"])
        header = jws.extract_compact(token.encode(), registry=registry).headers()
        # (1)
        if header.get("typ") != typ:
            raise NotVerified("typ", "another kind of token")
        # (2)
        key = keys.find(str(header.get("kid")))
        # (3)
        claims = json.loads(jws.deserialize_compact(token, KeySet([key]), registry=registry).payload)
    except (JoseError, ValueError) as error:
        raise NotVerified("signature", type(error).__name__) from error
    if not isinstance(claims, dict):
        raise NotVerified("content", "it says nothing")
    return header, claims


def check_expected(claims: Mapping[str, Any], **expected: Any) -> None:
    """Each of these claims has its expected value. Raises NotVerified with the claim's name as step."""
    for name, value in expected.items():
        if claims.get(name) != value:
            raise NotVerified(name, "not the expected one")


def check_time(claims: Mapping[str, Any], *, now: float, leeway: float = LEEWAY) -> None:
    """It is valid now: `iat`, `exp`. Raises NotVerified: time."""
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not isinstance(issued_at, int) or not isinstance(expires_at, int):
        raise NotVerified("time", "it does not say when it is valid")
    if not issued_at - leeway <= now <= expires_at + leeway:
        raise NotVerified("time", "not valid now")
