"""Who plays: prepared people with their secrets and cards, and who of them is free and rested enough to come next.

A one-time code is accepted once in its 30 seconds (RFC 6238, section 5.2), so whoever signed in must rest until the next step.
Everything here is of the demo: secrets derived from the seed, nobody real.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from eid.errors import NotFound
from eid.late_dataclasses import frozen
from eid.scenarios.plan import TOTP_STEP, Act
from eid.scenarios.plan_values import COMING_BACK

NEVER = -1
EVERYBODYS = ("health_insurance",)
"""What everybody had in a cohort of before papers were asked for, whose file does not tell."""


@dataclass(eq=False)
class Member:
    pin: str
    password: str
    passcode: str
    totp_secret: str
    card: Path
    phone: str = ""
    name: str = ""
    province: str = ""
    """The code of the province where they live."""
    papers: frozenset[str] = frozenset()
    """Of those that only some have in their account, theirs."""
    browser: CookieJar = field(default_factory=CookieJar)
    """The cookies of this person's own browser, kept from visit to visit."""
    has_session: bool = False
    last_code_step: int = NEVER
    last_came: int = 0

    def forget_session(self) -> None:
        """The browser is as new: the next visit begins with a sign-in."""
        self.browser.clear()
        self.has_session = False


@frozen
class LoadClient:
    """The relying service that the scenario plays: the clinic's counter."""

    client_id: str
    client_secret: str
    redirect_uri: str
    issuer: str


class Roster:
    """Who is free. Visits that need no code take the people who must rest anyway, so that the rested are left for sign-ins."""

    def __init__(
        self,
        members: Sequence[Member],
        *,
        targets: int = 0,
        newcomer: Callable[[], Member | None] = lambda: None,
    ) -> None:
        self.targets = tuple(members[len(members) - targets :])
        """Whose accounts are guessed at; they do not come themselves, because their next try has to wait."""
        self.free = set(members[: len(members) - targets])
        self.newcomer = newcomer
        """Whose turn it is to activate an account; nobody's twice."""
        self.verifier = Member("", "", "", "", Path())
        """Stands for every program that is nobody's in particular, as many at once as there are."""
        self._away: set[Member] = set()
        self._visits = 0

    def take(self, act: Act, *, now: float) -> Member | None:
        """Somebody who can do this at `now` (seconds of the epoch), no longer free; None where all are busy or must rest."""
        if act is Act.GUESS:
            self._visits += 1
            return self.targets[self._visits % len(self.targets)]
        if act is Act.STATUS:
            return self.verifier
        if act is Act.ACTIVATE:
            return self.newcomer()
        member = self._find(act, code_step(now))
        if member:
            self._visits += 1
            member.last_came = self._visits
            self.free.discard(member)
            self._away.add(member)
        return member

    def give_back(self, member: Member) -> None:
        """Whoever came from the cohort may come again. A newcomer has an account now and is not needed any more."""
        if member in self._away:
            self._away.discard(member)
            self.free.add(member)

    def _find(self, act: Act, step: int) -> Member | None:
        if act is Act.CARD:
            return max(self.free, key=_tiredness, default=None)
        if act in COMING_BACK:
            known = max((m for m in self.free if m.has_session), key=_tiredness, default=None)
            if known:
                return known
        rested = [member for member in self.free if member.last_code_step < step]
        return min(rested, key=_tiredness, default=None)


def code_step(now: float) -> int:
    """The number of the 30-second step in which codes made at `now` (seconds of the epoch) are (RFC 6238, section 4.2)."""
    return int(now // TOTP_STEP.total_seconds())


def read_cohort(path: Path, people: int) -> list[Member]:
    """The first `people` of a prepared cohort. Raises NotFound where there is none, or not so many."""
    if not people:
        return []
    members = read_members(path)
    if len(members) < people:
        raise NotFound(
            "cohort_too_small",
            f"{path} has {len(members)} people, the scenario needs {people}; give --users {len(members)} or a smaller --scale, "
            f"or prepare more: `eid demo --cohort {people}`.",
        )
    return members[:people]


def read_members(path: Path) -> list[Member]:
    """Everybody in a file of people. Raises NotFound where it is not there."""
    return [_parse_member(row, path) for row in _read(path, "people")]


def read_load_client(path: Path) -> LoadClient:
    """The relying service that plays. Raises NotFound where it was not prepared."""
    row = _read(path, "relying service")
    return LoadClient(**{name: row[name] for name in ("client_id", "client_secret", "redirect_uri", "issuer")})


def _tiredness(member: Member) -> tuple[int, int, str]:
    return member.last_code_step, member.last_came, member.pin


def _parse_member(row: dict[str, Any], cohort: Path) -> Member:
    return Member(
        pin=row["pin"],
        password=row["password"],
        passcode=row["passcode"],
        totp_secret=row["totp_secret"],
        card=_card_folder(cohort, row["card"]),
        phone=row.get("phone", ""),
        name=row.get("name", ""),
        province=row.get("province", ""),
        papers=frozenset(row.get("papers", EVERYBODYS)),
    )


def _card_folder(cohort: Path, folder: str) -> Path:
    """`var/cards/<pin>` as the cohort's file says it, wherever the state directory is by now."""
    return cohort.parent / "cards" / Path(folder).name


def _read(path: Path, what: str) -> Any:
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise NotFound(
            "cohort_missing",
            f"There is no {path}: `eid demo` prepares the {what} that a scenario plays with, on the machine of the service.",
        ) from error
