"""ICAO's worked examples of 9303-11, and a source of random numbers that gives the ones that they used."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

ICAO: dict[str, Any] = json.loads((Path(__file__).parent.parent / "vectors/icao_9303_11/vectors.json").read_text())


def octets(text: str) -> bytes:
    return bytes.fromhex(text)


class Scripted(random.Random):
    """Draws what it was told to draw, octets and private keys in their order, and nothing else."""

    def __init__(self, *drawn: str) -> None:
        super().__init__(0)
        self._drawn = list(drawn)

    def randbytes(self, n: int) -> bytes:
        found = octets(self._drawn.pop(0))
        assert len(found) == n
        return found

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        found = int(self._drawn.pop(0), 16)
        assert stop is not None and start <= found < stop
        return found
