"""How an entry becomes a leaf, and what of a batch is signed. Pure; docs/security.md has the form for third parties.

Both databases give back the same values, so a leaf is the same on both. All is ASCII, so no encoding is in doubt.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from eid.crypto.merkle import hash_leaf
from eid.json_writing import make_writer
from eid.late_dataclasses import frozen

TYP = "eid-audit+jwt"
_encode_sorted = make_writer(sort_keys=True, separators=(",", ":"))
FIRST_PREVIOUS = bytes(32)
"""What stands before the first batch."""


class EntryFacts(NamedTuple):
    """All that an entry of the audit log says."""

    id: int
    at: datetime
    world_at: datetime
    actor_kind: str
    actor: str
    act: str
    person_id: int | None
    details: Mapping[str, Any]


@frozen
class BatchHead:
    """All that a batch is known by, without its entries."""

    number: int
    entries: int
    root: bytes
    previous: bytes
    salt: bytes
    first_at: datetime
    last_at: datetime
    sealed_at: datetime


def describe_entry(entry: EntryFacts) -> dict[str, Any]:
    """An entry as JSON has it; times in UTC with six digits of a second."""
    return {
        "id": entry.id,
        "at": _write_time(entry.at),
        "world_at": _write_time(entry.world_at),
        "actor_kind": str(entry.actor_kind),
        "actor": entry.actor,
        "act": entry.act,
        "person_id": entry.person_id,
        "details": entry.details,
    }


def encode_entry(described: Mapping[str, Any]) -> bytes:
    """The one form of an entry that is hashed: JSON in ASCII, its keys sorted at each depth, no spaces."""
    return _encode_sorted(described).encode("ascii")


def derive_blind(salt: bytes, entry_id: int) -> bytes:
    """The 32 octets before an entry in its leaf: HMAC-SHA-256 of its number under the batch's salt."""
    return hmac.digest(salt, str(entry_id).encode("ascii"), "sha256")


def compute_leaf(entry: EntryFacts, *, salt: bytes) -> bytes:
    """The leaf hash (RFC 9162, section 2.1.1) of an entry in a batch with this salt."""
    return hash_leaf(derive_blind(salt, entry.id) + encode_entry(describe_entry(entry)))


def describe_head(head: BatchHead) -> dict[str, Any]:
    """The claims that are signed; octets in hexadecimal. The salt is bound by its digest and stays with the batch."""
    return {
        "number": head.number,
        "entries": head.entries,
        "root": head.root.hex(),
        "previous": head.previous.hex(),
        "salt": hashlib.sha256(head.salt).hexdigest(),
        "first_at": _write_time(head.first_at),
        "last_at": _write_time(head.last_at),
        "sealed_at": _write_time(head.sealed_at),
    }


def compute_chained_root(claims: Mapping[str, Any]) -> bytes:
    """SHA-256 of the signed payload: stands for this batch and, through `previous`, for every batch before it."""
    return hashlib.sha256(json.dumps(claims, separators=(",", ":")).encode("ascii")).digest()


def _write_time(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
