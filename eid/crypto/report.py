"""The list of steps that a verification leaves behind: one flat list, each step passed, failed, not checked or a
known deviation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from eid.crypto.evidence import Evidence, write_evidence
from eid.crypto.policy import Policy, Tolerance, policies_tolerating
from eid.crypto.records import make
from eid.errors import Malformed, VerificationFailed

Given = ParamSpec("Given")
Outcome = TypeVar("Outcome")


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"
    KNOWN_DEVIATION = "known_deviation"


class Step(NamedTuple):
    step: str
    result: Result
    code: str | None
    detail: str
    evidence: Evidence = ()

    def seen_in(self, evidence: Evidence) -> Step:
        """This step, with the same outcome, where it looked at something else."""
        return make(Step, (self.step, self.result, self.code, self.detail, evidence))

    def as_dict(self) -> dict[str, object]:
        """In JSON's types; `evidence` only where there is some."""
        told: dict[str, object] = {
            "step": self.step,
            "result": str(self.result),
            "code": self.code,
            "detail": self.detail,
        }
        if self.evidence:
            told["evidence"] = write_evidence(self.evidence)
        return told


class _Judged(NamedTuple):
    outcome: object
    steps: tuple[Step, ...]


Facts = dict[tuple[str, frozenset[Tolerance]], _Judged]
"""What was judged of something under a policy; whoever it is about keeps it, and it is gone with them."""

_PASSED, _NOT_CHECKED = Result.PASSED, Result.NOT_CHECKED


class Report:
    """Collects steps in their order. `begin` a step, then report what came of it; `fail` ends the verification."""

    __slots__ = (
        "_current",
        "_default_code",
        "_failed_detail",
        "_failed_evidence",
        "_order",
        "listed",
        "policy",
        "steps",
    )

    def __init__(self, policy: Policy, order: Sequence[str]) -> None:
        self.policy = policy
        self.steps: list[Step] = []
        self._order = order
        self._current = order[0]
        self._failed_detail = ""
        self._failed_evidence: Evidence = ()
        self._default_code = ""
        self.listed: Mapping[str, frozenset[str]] = {}
        """Codes that the issuing state's deviation list excuses in this document, with what each must be about; empty
        where that does not matter."""

    @property
    def step(self) -> str:
        """The step that it is at."""
        return self._current

    def begin(self, step: str, *, malformed: str) -> None:
        """From here on it is about this step; data that cannot be read fail it under the code `malformed`."""
        self._current, self._default_code = step, malformed

    def passed(self, detail: str, evidence: Evidence = ()) -> None:
        """The step passed, unless a deviation was already reported for it: then that stands."""
        steps = self.steps
        if not steps or steps[-1].step != self._current:
            steps.append(make(Step, (self._current, _PASSED, None, detail, evidence)))

    def once(
        self,
        facts: Facts,
        name: str,
        judge: Callable[Concatenate[Report, Given], Outcome],
        *given: Given.args,
        **also: Given.kwargs,
    ) -> Outcome:
        """What `judge` returns, where it depends on nothing but whom the facts are about and the policy: the second time
        its steps are repeated. A refusal is not kept."""
        key = (name, self.policy.tolerates)
        known = facts.get(key)
        if known is not None:
            self.steps += known.steps
            return known.outcome  # type: ignore[return-value]
        first = len(self.steps)
        outcome = judge(self, *given, **also)
        facts[key] = _Judged(outcome, tuple(self.steps[first:]))
        return outcome

    def repeat(self, steps: Iterable[Step]) -> None:
        """Steps that were taken before, with the same outcome."""
        self.steps.extend(steps)

    def not_checked(self, code: str, detail: str) -> None:
        self.steps.append(make(Step, (self._current, _NOT_CHECKED, code, detail, ())))

    def note(self, code: str, detail: str, evidence: Evidence = ()) -> None:
        """A deviation that is known of and fails nothing by itself."""
        self.steps.append(Step(self._current, Result.KNOWN_DEVIATION, code, detail, evidence))

    def deviate(self, code: str, tolerance: Tolerance | None, detail: str, *, about: str = "") -> None:
        """A departure from the standard: a known deviation where the policy tolerates it, else the end. With None for the
        tolerance, only the issuing state's deviation list can excuse it."""
        is_listed = tolerance not in self.policy.tolerates and self._is_listed(code, about)
        allowed = Tolerance.LISTED_DEVIATION if is_listed else tolerance
        if allowed not in self.policy.tolerates:
            names = " or ".join(policies_tolerating(allowed)) if allowed else ""
            hint = f"The setting {allowed} (policy {names}) would let it pass." if allowed else ""
            raise self.failure(code, detail, about=about, hint=hint)
        told = _with(detail, about) + (" Its state's deviation list says so." if is_listed else "")
        self.steps.append(Step(self._current, Result.KNOWN_DEVIATION, code, told))

    def _is_listed(self, code: str, about: str) -> bool:
        return code in self.listed and (not self.listed[code] or set(about.split(", ")) <= self.listed[code])

    def failure(
        self, code: str, detail: str, *, about: str = "", hint: str = "", evidence: Evidence = ()
    ) -> VerificationFailed:
        """The refusal of the current step, to be raised. What it is about in this document, and the hint, go into the step
        only: the refusal's own sentence is the same for every document, so that it can be translated."""
        self._failed_detail = " ".join(part for part in (_with(detail, about), hint) if part)
        self._failed_evidence = evidence
        return VerificationFailed(self._current, code, detail, reason=about)

    def close(self, refusal: VerificationFailed | Malformed) -> VerificationFailed:
        """The refusal with the whole list as its evidence: the step failed, and no later one was looked at."""
        if isinstance(refusal, VerificationFailed):
            failed = refusal
            self._failed_detail = self._failed_detail or refusal.detail
        else:
            code = self._default_code if refusal.code.startswith(("tlv_", "lds_malformed")) else refusal.code
            failed = self.failure(code, refusal.detail)
            failed.reason = refusal.reason or refusal.code
        self.steps.append(Step(failed.step, Result.FAILED, failed.code, self._failed_detail, self._failed_evidence))
        seen = {step.step for step in self.steps}
        for step in self._order:
            if step not in seen:
                self.steps.append(Step(step, Result.NOT_CHECKED, "earlier_failure", "An earlier step failed."))
        failed.evidence = {"steps": [step.as_dict() for step in self.steps]}
        return failed


def _with(detail: str, about: str) -> str:
    return f"{detail} ({about})" if about else detail
