"""Newcomers: people whose accounts were approved and wait to be activated, which each can do once only.

Whoever has come is written down beside their file, so that the next run takes others; `eid demo` prepares new ones.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from eid.errors import NotFound
from eid.scenarios.roster import Member, read_members

NEWCOMERS_FILE = "newcomers.json"


class Newcomers:
    """Who has not activated yet, taken province by province as the plan weights them."""

    def __init__(
        self, members: Sequence[Member], *, provinces: Mapping[str, float], rng: random.Random, used: Path | None = None
    ) -> None:
        self.rng = rng
        self.used = used
        self.provinces = provinces
        self.waiting: dict[str, list[Member]] = defaultdict(list)
        for member in reversed(members):
            self.waiting[member.province].append(member)

    def take(self) -> Member | None:
        """The next newcomer, who is not taken again; None where nobody is left.

        A province that has nobody left, or no weight, is passed over while another has both.
        """
        left = [province for province, members in self.waiting.items() if members]
        if not left:
            return None
        weighted = [province for province in left if province in self.provinces]
        weights = [self.provinces[province] for province in weighted]
        if weighted:
            province = self.rng.choices(weighted, weights)[0]
        else:
            province = self.rng.choices(left, [len(self.waiting[province]) for province in left])[0]
        member = self.waiting[province].pop()
        if self.used:
            with self.used.open("a") as file:
                file.write(member.pin + "\n")
        return member


def used_file(state_dir: Path) -> Path:
    """Where those who have come are written down, a PIN a line."""
    return (state_dir / NEWCOMERS_FILE).with_suffix(".played")


def read_newcomers(state_dir: Path, needed: int) -> list[Member]:
    """Everybody who can still activate an account. Raises NotFound where that is fewer than are needed."""
    if not needed:
        return []
    played = used_file(state_dir)
    used = set(played.read_text().split()) if played.exists() else set()
    left = [member for member in read_members(state_dir / NEWCOMERS_FILE) if member.pin not in used]
    if len(left) < needed:
        raise NotFound(
            "newcomers_missing",
            f"{len(left)} people are left who can activate an account, the run needs {needed}: each can do so once. "
            f"Prepare more with `eid demo --newcomers {needed}`, or play with fewer --users or a smaller --scale.",
        )
    return left
