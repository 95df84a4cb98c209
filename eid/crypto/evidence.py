"""What a step looked at, for whoever wants to look too: values by name, written in JSON's types only when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

Evidence = tuple[tuple[str, object], ...]
"""Name → value, in the order in which they are told."""


@runtime_checkable
class Describable(Protocol):
    """Something that says itself what it is, in JSON's types."""

    def describe(self) -> Mapping[str, object]: ...


def write_evidence(evidence: Evidence) -> dict[str, object]:
    """The values in JSON's types: octets in hexadecimal, times as RFC 3339 has them, data groups as DG1, DG2 …"""
    return {name: _write(value) for name, value in evidence}


_PLAIN = (str, int, type(None))


def _write(value: object) -> object:
    if isinstance(value, _PLAIN):  # most are, and to look whether something is Describable takes ten times as long
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {f"DG{name}" if isinstance(name, int) else name: _write(found) for name, found in value.items()}
    if isinstance(value, Describable):
        return value.describe()
    return value
