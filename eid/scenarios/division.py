"""How a run is divided among several players: each arrival and each person is one player's, and all of them are somebody's. Pure.

Who draws the plan's arrivals with its seed draws the same ones whatever the number of players; only who plays them differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.scenarios.arrivals import Arrival
from eid.scenarios.plan import Act, Plan

Whoever = TypeVar("Whoever")


@frozen
class Share:
    """Which of several players one is."""

    number: int = 0
    """From 0."""
    of: int = 1


def check_divisible(plan: Plan, players: int) -> None:
    """Raise Malformed where there are more players than people who come: a person is played by one player alone, because nobody
    else knows which of their one-time codes are used."""
    people = plan.people - plan.targets
    if players > people:
        raise Malformed(
            "players_too_many",
            f"{people} people cannot be divided among {players} players; give --users {players} or more.",
        )


def divide_people(people: Sequence[Whoever], share: Share, *, targets: int) -> tuple[list[Whoever], int]:
    """Those whom this player plays, and how many of them, the last ones, are those who are guessed at."""
    come = people[: len(people) - targets]
    aimed_at = people[len(people) - targets :][share.number :: share.of]
    return [*come[share.number :: share.of], *aimed_at], len(aimed_at)


def divide_arrivals(arrivals: Sequence[Arrival], share: Share, *, targets: int) -> list[Arrival]:
    """Those whom this player lets in. Guesses go to players who have somebody to be guessed at, where these are fewer."""
    aiming = min(share.of, targets) or share.of
    return [
        arrival
        for arrival in arrivals
        if arrival.number % (aiming if arrival.act is Act.GUESS else share.of) == share.number
    ]
