"""What a parser is tried with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz.mutation import mutate


@dataclass(frozen=True)
class Target:
    parse: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    is_text: bool = False
    """Without a structure that `change` would keep."""
    max_bytes: int = 8192
    share: int = 1
    """The quick run takes the usual number of inputs divided by this."""
    change: Callable[[bytes, int, random.Random], bytes] = mutate
    """By structure: an input, the most octets that come out, where chance comes from."""
