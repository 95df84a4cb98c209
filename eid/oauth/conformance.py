"""Results of a run of our conformance tests: reading the file that the run wrote, and laying it beside the suite's plans. Pure.

The file has one JSON document a line: {"run", "at", "test", "file", "says", "outcome"}. What counts is the run that wrote last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from eid.errors import NotFound
from eid.late_dataclasses import frozen
from eid.oauth.conformance_plans import PLANS, Module, Plan, find_module_names


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNPROVED = "unproved"
    """No test, or none that was run to its end."""


@frozen
class Result:
    test: str
    file: str
    says: str
    """What the test asserts, by its own first line."""
    outcome: Outcome
    at: str


@frozen
class ProvedModule:
    module: Module
    result: Result | None

    @property
    def outcome(self) -> Outcome:
        return Outcome.UNPROVED if self.result is None else self.result.outcome


@frozen
class ProvedPlan:
    plan: Plan
    modules: tuple[ProvedModule, ...]

    def count(self, outcome: str) -> int:
        return sum(module.outcome == outcome for module in self.modules)


@frozen
class Report:
    at: str
    """When the last run ended, RFC 3339; empty where there was none."""
    plans: tuple[ProvedPlan, ...]
    others: tuple[Result, ...]
    """Tests beside those of the plans."""

    def find_plan(self, address: str) -> ProvedPlan:
        """The plan at this address. Raises NotFound: plan_unknown."""
        for proved in self.plans:
            if proved.plan.address == address:
                return proved
        raise NotFound("plan_unknown", "There is no test plan of this name.")


def build_report(lines: Iterable[str]) -> Report:
    """Every plan with what the last run says of its modules. Lines that cannot be read say nothing."""
    found = [entry for line in lines if (entry := _parse(line)) is not None]
    last = [entry for entry in found if entry["run"] == found[-1]["run"]]
    results = _gather(last)
    plans = tuple(
        ProvedPlan(plan, tuple(ProvedModule(module, results.get(module.test_name)) for module in plan.modules))
        for plan in PLANS
    )
    known = find_module_names()
    others = tuple(result for name, result in sorted(results.items()) if name not in known)
    return Report(max((str(entry["at"]) for entry in last), default=""), plans, others)


def _gather(entries: Iterable[Mapping[str, Any]]) -> dict[str, Result]:
    """One result a test; of a test that ran several times, for several values, the worst."""
    worst = (Outcome.PASSED, Outcome.UNPROVED, Outcome.FAILED)
    found: dict[str, Result] = {}
    for entry in entries:
        result = Result(entry["test"], entry["file"], entry["says"], Outcome(entry["outcome"]), entry["at"])
        earlier = found.get(result.test)
        if earlier is None or worst.index(result.outcome) >= worst.index(earlier.outcome):
            found[result.test] = result
    return found


def _parse(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    names = ("run", "at", "test", "file", "says", "outcome")
    is_entry = isinstance(entry, dict) and all(isinstance(entry.get(name), str) for name in names)
    return entry if is_entry and entry["outcome"] in list(Outcome) else None
