"""Users who do the same thing again and again for some seconds, each in a browser of their own; what they got and waited for."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from benchmarks.peers.browser import ANSWER_SECONDS, Browser, Failed, open_browser

Deed = Callable[["User"], Awaitable[None]]
"""One whole flow of one user. Raises Failed unless every step of it gave what it should."""


@dataclass
class User:
    number: int
    browser: Browser


@dataclass(frozen=True)
class Load:
    """What some users did in a window of time."""

    waits: tuple[float, ...]
    """Milliseconds of each flow that came to its end."""
    failures: Counter[str]
    seconds: float
    """From the first request to the last answer."""

    @property
    def done(self) -> int:
        return len(self.waits)

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the flows ended (nearest rank)."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, max(0, int(-(-share * len(ordered) // 1)) - 1))]


async def play(
    deed: Deed,
    *,
    port: int,
    host: str,
    users: Sequence[int],
    seconds: float,
    cookies: dict[int, dict[str, str]] | None = None,
) -> Load:
    """These users (by number) begin `deed` anew until the time is over, each at least once, then end what they began.

    `cookies`, by user, are what their browsers hold at the start and, afterwards, at the end.
    """
    kept = {} if cookies is None else cookies
    here = [User(number, await open_browser(port, host)) for number in users]
    for user in here:
        user.browser.cookies = kept.setdefault(user.number, {})
    waits: list[float] = []
    failures: Counter[str] = Counter()
    started = time.perf_counter()

    async def keep_doing(user: User) -> None:
        is_first = True
        while (began := time.perf_counter()) < started + seconds or is_first:
            is_first = False
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await deed(user)
                waits.append((time.perf_counter() - began) * 1000)
            except TimeoutError:
                failures["no answer in time"] += 1
                return
            except Failed as failure:
                failures[str(failure)] += 1
                if failures.total() > 20:
                    return

    await asyncio.gather(*(keep_doing(user) for user in here))
    spent = time.perf_counter() - started
    for user in here:
        user.browser.connection.close()
    await asyncio.sleep(0)  # sockets are closed in the loop's next turn
    return Load(tuple(waits), failures, spent)
