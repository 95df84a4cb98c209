"""Newcomers: people whose accounts were approved and wait to be activated, which each can do once only.

Whoever has come is written down beside their file, so that the next run takes others; `eid demo` prepares new ones.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eid.errors import NotFound
from eid.scenarios.arrivals import Arrival, draw_arrivals
from eid.scenarios.division import Share, divide_arrivals
from eid.scenarios.plan import Act, Plan
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
            note_used(self.used, [member])
        return member


def note_used(file: Path, members: Iterable[Member]) -> None:
    """Afterwards the next run takes others than these."""
    with file.open("a") as opened:
        opened.writelines(f"{member.pin}\n" for member in members)


def used_file(state_dir: Path) -> Path:
    """Where those who have come are written down, a PIN a line."""
    return (state_dir / NEWCOMERS_FILE).with_suffix(".played")


def divide_newcomers(state_dir: Path, drawn: Sequence[Arrival], mine: Sequence[Arrival]) -> list[Member]:
    """The newcomers for one player's arrivals, where others play the rest of those that were drawn: each is one player's alone.

    Raises NotFound as read_newcomers, whoever asks.
    """
    activations = [arrival for arrival in drawn if arrival.act is Act.ACTIVATE]
    own = set(mine)
    newcomers = read_newcomers(state_dir, len(activations))
    return [newcomer for newcomer, arrival in zip(newcomers, activations, strict=False) if arrival in own]


def find_newcomers(state_dir: Path, plan: Plan, share: Share) -> list[Member]:
    """The newcomers whom one of the plan's players plays. Raises NotFound as read_newcomers."""
    drawn = draw_arrivals(plan, rng=random.Random(plan.seed))  # noqa: S311 - the same plan draws the same morning
    return divide_newcomers(state_dir, drawn, divide_arrivals(drawn, share, targets=plan.targets))


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
