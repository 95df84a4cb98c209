"""Papers: asked for with the patient's access token, then verified here, without asking anybody.

A paper is a compact JWS (RFC 7515, 7519). The keys are fetched once and kept; a key that is not known is looked for once more,
at most once a minute.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import requests
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

TIMEOUT = 10
"""Seconds."""
LEEWAY = 10
"""Seconds by which two honest clocks may differ."""
VIETNAM = 7 * 3600
"""Seconds that the clinic's clock on the wall is ahead of UTC."""


class PaperRefused(Exception):
    """A paper that does not hold; `step` says where it failed."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step


class Step(NamedTuple):
    name: str
    found: str


@dataclass(frozen=True)
class Paper:
    """What came of asking for one: `outcome` is verified, none, not_shared, ended or failed."""

    kind: str
    outcome: str
    content: Mapping[str, Any]
    steps: tuple[Step, ...]
    failed_step: str = ""


class PaperKeys:
    """The service's public keys for papers, fetched when they are first needed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.fetches = 0
        self._keys: dict[str, Mapping[str, Any]] = {}
        self._fetched_at = float("-inf")
        self._lock = threading.Lock()

    def find(self, kid: str) -> ECKey:
        """Raises PaperRefused where no key bears this name."""
        with self._lock:
            if kid not in self._keys and time.monotonic() - self._fetched_at > 60:
                answer = requests.get(self.address, timeout=TIMEOUT)
                answer.raise_for_status()
                self._keys = {key["kid"]: key for key in answer.json()["keys"]}
                self._fetched_at = time.monotonic()
                self.fetches += 1
        if kid not in self._keys:
            raise PaperRefused("key", "the service publishes no such key")
        return ECKey.import_key(dict(self._keys[kid]))


def write_time(seconds: int) -> str:
    """The time of day in Vietnam."""
    return time.strftime("%H:%M:%S", time.gmtime(seconds + VIETNAM))


def fetch_paper(kind: str, *, issuer: str, client_id: str, subject: str, access_token: str, keys: PaperKeys) -> Paper:
    """The paper as the service gives it, verified; or why there is none."""
    answer = requests.post(
        f"{issuer}/api/v1/papers/{kind}/tokens",
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=TIMEOUT,
    )
    outcome = {200: "verified", 403: "not_shared", 404: "none", 409: "ended"}.get(answer.status_code, "failed")
    if outcome != "verified":
        return Paper(kind, outcome, {}, ())
    try:
        content, steps = verify_paper(
            answer.json()["token"],
            kind,
            issuer=issuer,
            client_id=client_id,
            subject=subject,
            keys=keys,
            now=time.time(),
        )
    except PaperRefused as refused:
        return Paper(kind, "failed", {}, (), refused.step)
    return Paper(kind, "verified", content, steps)


def verify_paper(
    token: str, kind: str, *, issuer: str, client_id: str, subject: str, keys: PaperKeys, now: float
) -> tuple[Mapping[str, Any], tuple[Step, ...]]:
    """What the paper says, and what was checked. Raises PaperRefused at the first step that does not hold.

    1. It is a compact JWS of this kind of paper: `typ` (RFC 8725, section 3.11).
    2. Its key is one that the service publishes: `kid`.
    3. The signature holds, by ES256 and nothing else.
    4. The service issued it: `iss`.
    5. It is meant for this clinic: `aud`.
    6. It is about the patient who signed in: `sub`.
    7. It is valid now: `iat`, `exp`.
    """
    try:
        header = jws.extract_compact(token.encode()).headers()
        # (1)
        if header.get("typ") != f"eid-{kind}+jwt":
            raise PaperRefused("typ", "another kind of token")
        # (2)
        key = keys.find(str(header.get("kid")))
        # (3)
        verified = jws.deserialize_compact(token, KeySet([key]), algorithms=["ES256"])
        claims = json.loads(verified.payload)
    except (JoseError, ValueError) as error:
        raise PaperRefused("signature", type(error).__name__) from error
    content = claims.get(kind) if isinstance(claims, dict) else None
    if not isinstance(content, dict):
        raise PaperRefused("content", "it says nothing of this kind")
    for name, expected in (("iss", issuer), ("aud", client_id), ("sub", subject)):  # (4), (5), (6)
        if claims.get(name) != expected:
            raise PaperRefused(name, "not the expected one")
    # (7)
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not isinstance(issued_at, int) or not isinstance(expires_at, int):
        raise PaperRefused("time", "it does not say when it is valid")
    if not issued_at - LEEWAY <= now <= expires_at + LEEWAY:
        raise PaperRefused("time", "not valid now")
    return content, (
        Step("typ", header["typ"]),
        Step("key", header["kid"]),
        Step("signature", header["alg"]),
        Step("iss", claims["iss"]),
        Step("aud", claims["aud"]),
        Step("sub", claims["sub"]),
        Step("time", write_time(expires_at)),
    )
