"""What a plan is made of, as frozen values: acts, steps, curve, limits, sources. Pure; eid.scenarios.plan reads and scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

from eid.late_dataclasses import frozen


class Act(StrEnum):
    """What somebody comes for; eid.scenarios.acts plays each."""

    SIGN_IN = "sign-in"
    SIGN_IN_AGAIN = "sign-in-again"
    CARD = "card"
    GUESS = "guess"
    """Not the holder: somebody who tries a password at an account that is not theirs."""
    ACTIVATE = "activate"
    """A newcomer, whose account was approved, activates it; nobody can do so twice."""
    RESIDENCE = "residence"
    RESIDENCE_AGAIN = "residence-again"
    SOCIAL_SECURITY = "social-security"
    SOCIAL_SECURITY_AGAIN = "social-security-again"
    WITHDRAW = "withdraw"
    """After a sign-in at the counter, the consent is withdrawn, and what the counter holds must be worth nothing."""
    RELINK = "relink"
    """A paper is shown, then what it says is changed, and its status must say so."""
    STATUS = "status"
    """Not a person: a verifier that brings its copies of the status lists up to date."""
    OWN = "own"
    """Played by the tester's own Locust class, which the plan names as `visitor`."""


WHOLE_SIGN_INS = frozenset(
    {Act.SIGN_IN, Act.RESIDENCE, Act.SOCIAL_SECURITY, Act.WITHDRAW, Act.RELINK, Act.OWN},
)
"""Acts that use up a one-time code: whoever comes must be rested."""
COMING_BACK = frozenset({Act.SIGN_IN_AGAIN, Act.RESIDENCE_AGAIN, Act.SOCIAL_SECURITY_AGAIN})
"""Acts in the session of an earlier visit; where there is none, they begin with a sign-in."""
WITHOUT_MEMBERS = frozenset({Act.ACTIVATE, Act.STATUS})
"""Acts that no member of the cohort plays."""


class Step(StrEnum):
    """One thing that somebody asks for and waits for, with its redirects: what figures and expectations are about."""

    SIGN_IN_PAGE = "sign-in page"
    RECOGNISED = "recognised"
    """A browser with a live session and remembered consent is sent straight back to the clinic."""
    PASSWORD = "PIN and password"
    CODE = "one-time code"
    APPROVE = "approve"
    TOKEN = "token"
    USERINFO = "userinfo"
    INSURANCE = "insurance token"
    LICENCE = "licence token"
    CARD_CHALLENGE = "card challenge"
    CARD_VERIFICATION = "card verification"
    GUESS = "wrong password refused"
    """A refusal is what was asked for; whoever is let in, or told that there is no such account, is an error."""
    ACTIVATION_PAGE = "activation page"
    ACTIVATION_REQUEST = "activation asked for"
    TEXT_MESSAGE = "text message"
    """The outbox of the demo, where a phone would have rung."""
    TEXTED_CODE = "texted code"
    NEW_PASSWORD = "new password"
    NEW_PASSCODE = "new passcode"
    QUESTIONS = "security questions"
    AUTHENTICATOR = "authenticator set up"
    CARD_PRESENTED = "card presented"
    """The last step of an activation: the chip is verified, and the account is active."""
    RESIDENCE = "residence page"
    PAPERS_OPENED = "papers opened"
    """The passcode, and the paper behind it."""
    SOCIAL_SECURITY = "social-security page"
    LINK = "account linked"
    SERVICES = "services page"
    WITHDRAWAL = "consent withdrawn"
    ENDED = "ended token refused"
    """A refusal is what was asked for; a token that still opens something is an error."""
    PAPER = "paper shown"
    STATUS_LISTS = "addresses of status lists"
    STATUS_LIST = "status list"
    STATUS_SEEN = "revoked status seen"
    """The list is fetched afresh; a status that still says valid is an error."""


@frozen
class CurvePoint:
    at: float
    """Share of the duration, 0 to 1."""
    rate: float
    """Visits a second with the plan's number of people."""


@frozen
class Visit:
    act: Act
    weight: float


@frozen
class Think:
    """Shortest and longest time in seconds, uniformly distributed."""

    page: tuple[float, float]
    counter: tuple[float, float]


@frozen
class StepLimit:
    step: str
    """A Step, or, where a tester's own class plays, a name that it gives to what it asks for."""
    p95_ms: float | None = None
    p99_ms: float | None = None


@frozen
class Expectations:
    error_rate: float
    longest_queue: int | None
    steps: tuple[StepLimit, ...]


@frozen
class Source:
    figure: str
    where: str
    derived: str = ""


@frozen
class Nation:
    """The whole country, of which `--scale` plays a share."""

    people: int
    """Who comes in an hour at the peak, or in the whole event where that is shorter."""
    peak: float
    """Visits a second where the curve is highest."""
    source: str


@frozen
class Plan:
    name: str
    title: str
    story: str
    people: int
    duration: timedelta
    drain: timedelta
    seed: int
    arrivals: tuple[CurvePoint, ...]
    visits: tuple[Visit, ...]
    think: Think
    expect: Expectations
    sources: tuple[Source, ...]
    nation: Nation | None = None
    provinces: Mapping[str, float] = field(default_factory=dict)
    """Weight by code of province, for acts that go from door to door; without any, everybody is as near."""
    visitor: str | None = None
    """`file.py:Class`, beside the plan: the tester's own Locust class, for the act `own`."""

    @property
    def peak_rate(self) -> float:
        """The most visits a second that the curve asks for."""
        return max(point.rate for point in self.arrivals)

    @property
    def expected_visits(self) -> float:
        """The area under the curve: visits in the whole run, on average."""
        area = sum((b.at - a.at) * (a.rate + b.rate) / 2 for a, b in pairwise(self.arrivals))
        return area * self.duration.total_seconds()

    @property
    def targets(self) -> int:
        """How many of the people are aimed at by those who guess: one in ten, who do not come themselves meanwhile."""
        return max(1, self.people // 10) if self.share_of(Act.GUESS) else 0

    @property
    def members(self) -> int:
        """How many members of the cohort play: none where only newcomers and verifiers come."""
        return self.people if any(visit.act not in WITHOUT_MEMBERS for visit in self.visits) else 0

    def share_of(self, *acts: Act) -> float:
        """The share of visits that are for these acts, 0 to 1."""
        return sum(v.weight for v in self.visits if v.act in acts) / sum(v.weight for v in self.visits)
