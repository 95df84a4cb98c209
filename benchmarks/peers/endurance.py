"""What a worker of `eid serve` holds in memory, and whether that stays so over a hundred thousand requests."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from itertools import count

from benchmarks.peers.deeds import fetch, sign_in_again, take_token
from benchmarks.peers.eid import EidState, describe_eid, served_eid
from benchmarks.peers.load import Deed, User, play
from benchmarks.peers.processor import memory_of
from benchmarks.peers.rounds import check_failures
from benchmarks.peers.sign_ins import Provider

REQUESTS = 100_000
FIRST = 10_000
"""After how many requests memory is looked at first: by then everything that is made once has been made."""
MIX = (("discovery", 44), ("jwks", 44), ("page", 5), ("token", 5), ("sign-in", 2))
"""Of each hundred deeds."""
SIGN_IN_REQUESTS = 3


@dataclass(frozen=True)
class Endurance:
    requests: int
    memory: tuple[float, ...]
    """Megabytes of the worker: once it serves, after FIRST requests, and at the end."""


def measure_endurance(state: EidState) -> Endurance:
    with served_eid(state) as server:
        provider = describe_eid(state.made)
        counted = Counter[str]()
        deed, memory = mix(provider, server.host, counted), [0.0, 0.0, 0.0]
        cookies: dict[int, dict[str, str]] = {}
        for number, until in enumerate((100, FIRST, REQUESTS)):
            while counted.total() < until:
                load = asyncio.run(
                    play(deed, port=server.port, host=server.host, users=range(16), seconds=2.0, cookies=cookies)
                )
                check_failures("eid", load.done, load.failures)
            memory[number] = memory_of(server.worker())
        return Endurance(counted.total(), tuple(memory))


def mix(provider: Provider, host: str, counted: Counter[str]) -> Deed:
    """Cheap things mostly, and some of everything; `counted` is requests by what they were for."""
    deeds = {
        "discovery": fetch(provider.discovery, host),
        "jwks": fetch(provider.jwks, host),
        "page": fetch("/citizen/sign-in", host),
        "token": take_token(provider),
        "sign-in": sign_in_again(provider),
    }
    order = [name for name, share in MIX for _ in range(share)]
    numbers = count()

    async def deed(user: User) -> None:
        name = order[next(numbers) * 37 % len(order)]  # 37 and 100 have no common divisor: everything is evenly mixed
        await deeds[name](user)
        counted[name] += SIGN_IN_REQUESTS if name == "sign-in" else 1

    return deed
