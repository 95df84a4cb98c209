"""Did what must hold hold? Compares what a run saw with what its plan expects. Pure."""

from __future__ import annotations

from enum import StrEnum

from eid.late_dataclasses import frozen
from eid.scenarios.observations import Observations
from eid.scenarios.plan import Plan, StepLimit


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@frozen
class Finding:
    """One expectation and what came of it."""

    what: str
    limit: str
    found: str
    held: bool | None
    """None where the run showed neither: nobody came so far. What was asked in vain counts as errors."""


def judge_run(plan: Plan, seen: Observations) -> tuple[Verdict, list[Finding]]:
    """The verdict and every expectation of the plan. An interrupted run is not judged: it might have failed later."""
    findings = [_judge_errors(plan, seen), _judge_completeness(seen), *_judge_players(seen)]
    if plan.expect.longest_queue is not None:
        findings.append(_judge_queue(plan.expect.longest_queue, seen))
    for limit in plan.expect.steps:
        findings += _judge_step(limit, seen)
    if seen.interrupted and not seen.lost:
        return Verdict.INTERRUPTED, findings
    return Verdict.PASSED if all(finding.held is not False for finding in findings) else Verdict.FAILED, findings


def _judge_errors(plan: Plan, seen: Observations) -> Finding:
    asked, failed = seen.tally.requests, seen.tally.failures
    rate = failed / asked if asked else 1.0
    found = f"{rate:.2%} ({failed} of {asked})" if asked else "nothing was asked"
    return Finding(
        "errors", f"at most {plan.expect.error_rate:.2%}", found, asked > 0 and rate <= plan.expect.error_rate
    )


def _judge_completeness(seen: Observations) -> Finding:
    return Finding("visits cut off at the end", "none", str(seen.cut_off), seen.cut_off == 0)


def _judge_players(seen: Observations) -> list[Finding]:
    """Where several play. What one that died saw is in no figure, so nothing that was found holds for the run."""
    if seen.players == 1 and not seen.lost:
        return []
    found = "; ".join(seen.lost) or f"all {seen.players} told what they saw"
    return [Finding("players that died", "none", found, not seen.lost)]


def _judge_queue(longest: int, seen: Observations) -> Finding:
    found = max((second.inside for second in seen.tally.seconds.values()), default=0)
    return Finding("visitors inside at once", f"at most {longest}", str(found), found <= longest)


def _judge_step(limit: StepLimit, seen: Observations) -> list[Finding]:
    findings = []
    step = seen.tally.steps.get(limit.step)
    for name, share, milliseconds in (("p95", 0.95, limit.p95_ms), ("p99", 0.99, limit.p99_ms)):
        if milliseconds is None:
            continue
        found = step.waited.quantile_ms(share) if step else None
        findings.append(
            Finding(
                f"{name} of {limit.step}",
                f"at most {milliseconds:g} ms",
                "nobody came so far" if found is None else f"{found:.0f} ms",
                None if found is None else found <= milliseconds,
            )
        )
    return findings
