"""The report: one file that asks nothing of any other address and shows what the document says."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from eid.scenarios.observations import Observations
from eid.scenarios.plan import Plan
from eid.scenarios.report import render_report
from eid.scenarios.result import build_result
from tests.scenarios.conftest import CIRCUMSTANCES, tell_costs, watched_by


class _Balance(HTMLParser):
    """Fails on a tag that is not closed, or closed and never opened."""

    VOID = {"meta", "br", "rect", "line", "polygon", "polyline"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def test_the_report_asks_nothing_of_any_other_address(result: dict[str, Any]) -> None:
    page = render_report(result)
    assert not re.findall(r"https?://(?!localhost:8000)", page)
    assert not re.search(r"<(script|link|img|iframe|object|embed)\b|\bsrc=|@import|url\(", page)


def test_the_report_shows_every_step_with_its_figures_and_the_verdict(result: dict[str, Any]) -> None:
    page = render_report(result)
    assert "✓ Passed" in page
    for step in result["steps"]:
        assert page.count(f">{step['step']}<") >= 2  # in the table and in the chart
    assert page.count("<svg") == 4
    assert "en.sggp.org.vn" in page


def test_the_report_is_well_formed_and_its_values_are_escaped(result: dict[str, Any]) -> None:
    page = render_report(result)
    reader = _Balance()
    reader.feed(page)
    assert reader.open == []
    assert "Abacus &lt;9&gt;" in page


def test_the_report_shows_what_the_service_did(plan: Plan, seen: Observations) -> None:
    tell_costs(seen)
    page = render_report(build_result(plan, seen, watched_by(CIRCUMSTANCES)))
    assert page.count("<svg") == 8  # four more: time by layer, processor, statements, locks
    assert page.count('class="layer hash"') == len(seen.tally.steps)
    assert "waiting for the write lock" in page
    assert "0.1.0, on sqlite" in page
    assert "0.75 cores of 2, 1 process listening" in page


def test_the_report_says_what_is_not_known_of_the_service(result: dict[str, Any]) -> None:
    page = render_report(result)
    assert "the service does not tell" in page
    assert "Not known." in page


def test_a_player_that_died_is_in_the_report(plan: Plan, seen: Observations) -> None:
    seen.players, seen.lost = 2, ["player 2 of 3, after 12 s"]
    page = render_report(build_result(plan, seen, CIRCUMSTANCES))
    assert "✗ Failed" in page
    assert "player 2 of 3, after 12 s" in page


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_run_without_any_answer_has_a_report(plan: Plan, interrupted: bool) -> None:
    page = render_report(build_result(plan, Observations(interrupted=interrupted), CIRCUMSTANCES))
    assert ("✗ Interrupted" if interrupted else "✗ Failed") in page


def test_what_went_wrong_and_who_was_held_back_are_said(plan: Plan, seen: Observations) -> None:
    seen.tally.record_answer("<token>", at=1, waited_ms=5, served_ms=5, error="HTTP 500 & more")
    seen.held_back, seen.longest_hold = 3, 4.25
    page = render_report(build_result(plan, seen, CIRCUMSTANCES))
    assert "HTTP 500 &amp; more" in page
    assert "&lt;token&gt;" in page
    assert "3 arrivals, by at most 4.2 s" in page
