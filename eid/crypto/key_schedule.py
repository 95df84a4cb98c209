"""When a signing key signs, and how long others have to know it: what turns one key into the next without a missed beat. Pure.

A key is published before it signs, for as long as anybody may keep a copy of the published keys; and after another signs in its
place, until the last token that it signed is dead. Both follow from when each key begins to sign, so nobody has to remember them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from eid.crypto.keys import ES256, SIGNING_ALGORITHMS, SigningKey
from eid.late_dataclasses import frozen

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""When the first key of a use began to sign."""


@frozen
class KeyLife:
    lead: timedelta
    """How long a key is published before it signs: longer than anybody may keep a copy of the published keys."""
    outlives: timedelta | None
    """How long what it signed lives at most; None where that is for good, and so the key stays published for good."""


class KeyState(StrEnum):
    NEXT = "next"
    """Published, and not signing yet."""
    SIGNING = "signing"
    OLD = "old"
    """Another signs; what this one signed is still about."""
    DEAD = "dead"
    """Nothing that it signed is good any more; published no longer."""


@frozen
class ScheduledKey:
    key: SigningKey
    signs_from: datetime
    replaced_at: datetime | None
    """When the next key of its use and algorithm begins to sign."""

    def state(self, life: KeyLife, now: datetime) -> KeyState:
        if now < self.signs_from:
            return KeyState.NEXT
        if self.replaced_at is None or now < self.replaced_at:
            return KeyState.SIGNING
        if life.outlives is None or now < self.replaced_at + life.outlives:
            return KeyState.OLD
        return KeyState.DEAD


_NAME = re.compile(r"(?P<use>[a-z-]+)_(?P<alg>[A-Za-z0-9]+)_(?P<since>[0-9]{10})\.pem")


def build_key_name(use: str, alg: str, signs_from: datetime) -> str:
    """The name of a key's file, from which its algorithm and its time follow; the first ES256 key's is just its use."""
    if alg == ES256 and signs_from == ALWAYS:
        return f"{use}.pem"
    return f"{use}_{alg}_{int(signs_from.timestamp()):010d}.pem"


def parse_key_name(name: str) -> tuple[str, str, datetime] | None:
    """Use, algorithm and the time from which it signs: the inverse of build_key_name; None where this names no such key."""
    found = _NAME.fullmatch(name)
    if found is None:
        return (name.removesuffix(".pem"), ES256, ALWAYS) if re.fullmatch(r"[a-z-]+\.pem", name) else None
    if found["alg"] not in SIGNING_ALGORITHMS:
        return None
    return found["use"], found["alg"], datetime.fromtimestamp(int(found["since"]), UTC)


def schedule_keys(keys: Iterable[tuple[datetime, SigningKey]]) -> list[ScheduledKey]:
    """Keys of one use and algorithm with their times, oldest first."""
    ordered = sorted(keys, key=lambda one: one[0])
    ends = [*(since for since, _ in ordered[1:]), None]
    return [ScheduledKey(key, since, end) for (since, key), end in zip(ordered, ends, strict=False)]


def find_signer(keys: Sequence[ScheduledKey], now: datetime) -> SigningKey | None:
    """The key that signs now: the one that began last."""
    for one in reversed(keys):
        if one.signs_from <= now:
            return one.key
    return None
