"""What the service says that its answers cost, by layer: reading Server-Timing (W3C) and adding it up. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eid.late_dataclasses import frozen

OUTSIDE = "outside"
"""Between sending a request and having its answer, but not in the service's code: network, the server's queue, and the player's
own lateness in reading."""
LAYERS = {
    "db": "database",
    "lock": "waiting for the write lock",
    "template": "pages",
    "hash": "password hashes",
    "crypto": "signatures and cards",
    "rest": "the service's other code",
    OUTSIDE: "network and queues",
}
"""In the order in which they are shown, with their names."""
_METRIC = re.compile(r'([\w!#$%&\'*+.^`|~-]+)((?:\s*;\s*\w+=(?:"[^"]*"|[^;,\s]*))*)')
_PARAMETER = re.compile(r';\s*(\w+)=(?:"([^"]*)"|([^;,\s]*))')


@dataclass
class Spent:
    """Of some answers of the service."""

    layers: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Milliseconds by layer, of the answers that told."""
    statements: int = 0
    told: int = 0
    """Answers that bore Server-Timing."""
    untold: int = 0

    def add(self, other: Spent) -> None:
        """Afterwards this has the other's, too."""
        for layer, milliseconds in other.layers.items():
            self.layers[layer] += milliseconds
        self.statements += other.statements
        self.told += other.told
        self.untold += other.untold

    def to_plain(self) -> dict[str, Any]:
        return vars(self) | {"layers": dict(self.layers)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Spent:
        return cls(**{**plain, "layers": defaultdict(float, plain["layers"])})


@frozen
class Told:
    """One answer's Server-Timing."""

    spent: Spent
    service: Mapping[str, str]
    """What the service says of itself: version, database."""


def parse_server_timing(header: str, *, elapsed_ms: float) -> Told:
    """What an answer cost that took so long altogether. Metrics that nobody knows are passed over; a header without any that is
    known tells nothing."""
    found = {
        name: {key: quoted or plain for key, quoted, plain in _PARAMETER.findall(rest)}
        for name, rest in _METRIC.findall(header)
    }
    layers = defaultdict(float, {name: _number(found[name].get("dur")) for name in LAYERS if name in found})
    if not layers:
        return Told(Spent(untold=1), {})
    total = _number(found["total"].get("dur")) if "total" in found else sum(layers.values())
    layers[OUTSIDE] = max(0.0, elapsed_ms - total)
    statements = int(_number(found.get("statements", {}).get("desc")))
    service = {name: found[name]["desc"][:40] for name in ("version", "database") if "desc" in found.get(name, {})}
    return Told(Spent(layers, statements, told=1), service)


def _number(text: str | None) -> float:
    """Not negative, and 0 where there is none."""
    return float(text) if text and re.fullmatch(r"\d{1,12}(?:\.\d{1,9})?", text, re.ASCII) else 0.0
