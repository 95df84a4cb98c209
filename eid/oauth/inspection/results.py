"""What an inspection says: checks in their order, each passed, failed or not reached. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from eid.late_dataclasses import frozen


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not_reached"
    """An earlier one failed, so that this one was not looked at."""
    NOT_JUDGED = "not_judged"
    """It can only be judged where the real request is."""


@frozen
class Step:
    """One check of a kind, before anything was looked at."""

    name: str
    title: str
    clause: str


@frozen
class Check:
    """What came of one check."""

    name: str
    title: str
    clause: str
    outcome: Outcome
    detail: str = ""
    """Why it failed, in one public sentence."""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "clause": self.clause, "outcome": str(self.outcome), "detail": self.detail}


@frozen
class Value:
    """One parameter or claim: what was said, as far as it may be shown, and what it is."""

    name: str
    shown: str
    about: str = ""
    clause: str = ""


@frozen
class Inspection:
    kind: str
    """What was recognised: authorization_request, request_object, id_token, dpop_proof, client_assertion, error."""
    values: tuple[Value, ...] = ()
    checks: tuple[Check, ...] = ()
    note: str = ""

    @property
    def is_accepted(self) -> bool:
        return not any(check.outcome is Outcome.FAILED for check in self.checks)


def passed(step: Step) -> Check:
    return Check(step.name, step.title, step.clause, Outcome.PASSED)


def failed(step: Step, detail: str) -> Check:
    return Check(step.name, step.title, step.clause, Outcome.FAILED, detail)


def not_judged(step: Step) -> Check:
    return Check(step.name, step.title, step.clause, Outcome.NOT_JUDGED)


def walk(steps: Sequence[Step], failing: Iterable[str], detail: str) -> tuple[Check, ...]:
    """The steps where the first of these names failed: those before it passed, those after it were not reached.

    Where none is named all passed; a name that no step has fails the last one, so that no failure is lost.
    """
    names = set(failing)
    if not names:
        return tuple(passed(step) for step in steps)
    at = next((number for number, step in enumerate(steps) if step.name in names), len(steps) - 1)
    return (
        *(passed(step) for step in steps[:at]),
        failed(steps[at], detail),
        *(Check(step.name, step.title, step.clause, Outcome.NOT_REACHED) for step in steps[at + 1 :]),
    )
