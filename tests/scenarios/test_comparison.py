"""Two results beside each other."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from eid.cli import eid
from eid.errors import Malformed
from eid.scenarios.comparison import FEW, ServerFigure, compare_results, describe_comparison, parse_result
from eid.scenarios.observations import Observations
from eid.scenarios.plan import Plan
from eid.scenarios.report import render_comparison
from eid.scenarios.result import build_result
from tests.scenarios.conftest import CIRCUMSTANCES, tell_costs, watched_by


@pytest.fixture
def slower(result: dict[str, Any]) -> dict[str, Any]:
    """The same run on another machine, with twice as long a tail at its first step, and a step that only it has."""
    other = copy.deepcopy(result)
    other["steps"][0]["p99_ms"] *= 2
    other["machine"]["cores"] = "64"
    other["steps"].append(other["steps"][0] | {"step": "a <new> step"})
    return other


def many(result: dict[str, Any]) -> dict[str, Any]:
    for step in result["steps"]:
        step["count"] = FEW
    return result


def test_a_step_that_became_slower_is_pointed_out(result: dict[str, Any], slower: dict[str, Any]) -> None:
    comparison = compare_results(many(result), many(slower))
    first = comparison.steps[0]
    assert first.ratio("p99_ms") == 2.0
    assert (first.verdict("p99_ms"), first.verdict("median_ms")) == ("slower", "")
    assert compare_results(slower, result).steps[0].verdict("p99_ms") == "faster"


def test_of_few_answers_no_change_is_called_one(result: dict[str, Any], slower: dict[str, Any]) -> None:
    first = compare_results(result, slower).steps[0]
    assert (first.ratio("p99_ms"), first.verdict("p99_ms")) == (2.0, "")


def test_a_step_of_one_run_alone_has_no_ratio_and_comes_last(result: dict[str, Any], slower: dict[str, Any]) -> None:
    last = compare_results(result, slower).steps[-1]
    assert (last.step, last.before, last.ratio("p99_ms")) == ("a <new> step", None, None)


def test_what_else_was_different_is_said(result: dict[str, Any], slower: dict[str, Any]) -> None:
    assert compare_results(result, copy.deepcopy(result)).differences == ()
    [different] = compare_results(result, slower).differences
    assert (different.what, different.before, different.after) == ("cores", "2", "64")


def test_the_services_own_figures_are_laid_beside_each_other(plan: Plan, seen: Observations) -> None:
    before = build_result(plan, seen, CIRCUMSTANCES)
    tell_costs(seen)
    one, other = (build_result(plan, seen, watched_by(CIRCUMSTANCES)) for _ in range(2))
    other["server"] |= {"cpu_share": 1.5, "version": "0.2.0"}
    other["generator"]["players"] = 4
    comparison = compare_results(one, other)
    figures = {figure.what: figure for figure in comparison.server}
    assert figures["processor of the service"].ratio == 2.0
    assert figures["password hashes"].ratio == 1.0
    assert {d.what: d.after for d in comparison.differences} == {"players": "4", "version of the service": "0.2.0"}
    assert "processor of the service" in render_comparison(comparison)
    assert describe_comparison(comparison)["server"][0]["ratio"] == 2.0
    unknown = {figure.what: figure for figure in compare_results(before, one).server}["processor of the service"]
    assert (unknown.before, unknown.ratio, unknown.written) == (None, None, ("–", "0.75"))
    assert ServerFigure("a", "b", 1890.4, 0.02134).written == ("1,890", "0.0213")


def test_results_of_earlier_versions_are_compared_too(result: dict[str, Any]) -> None:
    older = copy.deepcopy(result)
    del older["server"]
    del older["generator"]["players"]
    comparison = compare_results(older, result)
    assert (comparison.differences, comparison.server) == ((), ())
    assert render_comparison(comparison)


def test_the_page_shows_both_runs_and_asks_nothing_of_others(result: dict[str, Any], slower: dict[str, Any]) -> None:
    page = render_comparison(compare_results(many(result), many(slower)))
    assert page.count("<svg") == 2
    assert "2.00 slower" in page
    assert "a &lt;new&gt; step" in page
    assert "src=" not in page and "@import" not in page and "<script" not in page


def test_the_command_prints_writes_and_refuses(tmp_path: Path, result: dict[str, Any], slower: dict[str, Any]) -> None:
    before, after, page = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "page.html"
    before.write_text(json.dumps(many(result)))
    after.write_text(json.dumps(many(slower)))
    done = CliRunner().invoke(eid, ["scenarios", "compare", str(before), str(after), "--report", str(page)])
    assert (done.exit_code, "2.00 slower" in done.stdout) == (0, True)
    assert page.read_text().startswith("<!doctype html>")
    document = json.loads(CliRunner().invoke(eid, ["scenarios", "compare", str(before), str(after), "--json"]).stdout)
    assert document["steps"][0]["verdict"] == "slower"
    after.write_text("{}")
    refused = CliRunner().invoke(eid, ["scenarios", "compare", str(before), str(after)])
    assert isinstance(refused.exception, Malformed)
    assert refused.exception.code == "result_schema"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "result_malformed"),
        ("[" * 100_000, "result_malformed"),
        ("[]", "result_schema"),
        ('{"schema": "eid-scenario-result/1"}', "result_malformed"),
    ],
)
def test_what_is_no_result_is_refused(text: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_result(text)
    assert refused.value.code == code
