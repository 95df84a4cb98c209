"""How a service reacted to each fault of a run, what of that was seen and what was said, and what that makes in all. Pure.

That something did not happen shows only something of a service that does it otherwise: so a run begins with a sign-in in which
nothing is wrong, the control, and without a code redeemed and a token used there nothing counts as seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from eid.late_dataclasses import frozen
from eid.oauth.faults.catalogue import Duty, Evidence, Fault

RETRY_AFTER = timedelta(seconds=5)
"""What a busy endpoint asks for."""
TOLERANCE = timedelta(milliseconds=500)


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It was met, and neither seen nor said how the service reacted."""
    NOT_PLAYED = "not_played"
    """No answer met it."""


class Basis(StrEnum):
    """On what a verdict rests."""

    OBSERVED = "observed"
    DECLARED = "declared"
    NOTHING = "nothing"


class Declared(StrEnum):
    """What a developer can say of their service."""

    CORRECT = "correct"
    INCORRECT = "incorrect"


@frozen
class Reaction:
    """What is known of one fault of a run, or of its control."""

    met_at: datetime | None = None
    code_used_at: datetime | None = None
    token_used_at: datetime | None = None
    declared: str | None = None


@frozen
class Judged:
    name: str
    verdict: Verdict
    basis: Basis
    duty: Duty


@frozen
class Tally:
    """Of those that a clause demands or recommends; faults that may be overlooked are told and not counted."""

    observed_passed: int
    observed_failed: int
    declared_passed: int
    declared_failed: int
    open: int


def judge(fault: Fault, seen: Reaction, control: Reaction) -> Judged:
    """The verdict on one fault: what was seen decides, and only where nothing could be seen what was said."""
    verdict, basis = _observe(fault, seen, control), Basis.OBSERVED
    if seen.met_at is None:
        verdict, basis = Verdict.NOT_PLAYED, Basis.NOTHING
    elif verdict is None and seen.declared is not None:
        verdict = Verdict.PASSED if seen.declared == Declared.CORRECT else Verdict.FAILED
        basis = Basis.DECLARED
    elif verdict is None:
        verdict, basis = Verdict.UNKNOWN, Basis.NOTHING
    return Judged(fault.name, verdict, basis, fault.duty)


def tally(judged: Sequence[Judged]) -> Tally:
    counted = [one for one in judged if one.duty is not Duty.MAY]

    def count(basis: Basis, verdict: Verdict) -> int:
        return sum(one.basis is basis and one.verdict is verdict for one in counted)

    return Tally(
        observed_passed=count(Basis.OBSERVED, Verdict.PASSED),
        observed_failed=count(Basis.OBSERVED, Verdict.FAILED),
        declared_passed=count(Basis.DECLARED, Verdict.PASSED),
        declared_failed=count(Basis.DECLARED, Verdict.FAILED),
        open=sum(one.basis is Basis.NOTHING for one in counted),
    )


def build_score_claims(
    judged: Sequence[Judged], *, issuer: str, client_id: str, reference: str, now: datetime, life: timedelta
) -> dict[str, Any]:
    """What a score says: of which service, when, each fault with its verdict and basis, and the tally.

    It has neither `aud` nor `sub`, so it passes for no token of another kind.
    """
    return {
        "iss": issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
        "jti": reference,
        "client_id": client_id,
        "faults": [{name: str(value) for name, value in asdict(one).items()} for one in judged],
        "tally": asdict(tally(judged)),
    }


def _observe(fault: Fault, seen: Reaction, control: Reaction) -> Verdict | None:
    """What the provider saw; None where that says nothing."""
    redeems, uses = control.code_used_at is not None, control.token_used_at is not None
    match fault.evidence:
        case Evidence.CODE_NOT_REDEEMED:
            return _absent(seen.code_used_at, is_usual=redeems)
        case Evidence.TOKEN_NOT_USED:
            return _absent(seen.token_used_at, is_usual=uses)
        case Evidence.TOKEN_USED if seen.token_used_at is not None:
            return Verdict.PASSED
        case Evidence.TOKEN_USED:
            return Verdict.FAILED if uses else None
        case Evidence.WAITED if seen.met_at is not None and seen.code_used_at is not None:
            waited = seen.code_used_at - seen.met_at
            return Verdict.FAILED if waited < RETRY_AFTER - TOLERANCE else Verdict.PASSED
        case Evidence.WAITED:
            return Verdict.PASSED if redeems else None
    return None


def _absent(used_at: datetime | None, *, is_usual: bool) -> Verdict | None:
    if used_at is not None:
        return Verdict.FAILED
    return Verdict.PASSED if is_usual else None
