"""/conformance: clause, test and result of the last run, and what it says where there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from eid.app import create_app
from eid.config import Settings
from eid.oauth.conformance import Outcome, build_report
from eid.oauth.conformance_plans import PLANS
from tests.conformance.fapi2 import Variant
from tests.conformance.results import describe
from tests.engines import one_engine

CONFORMANCE = Path(__file__).parent.parent / "conformance"


def line(test: str, outcome: str, *, run: str = "2", says: str = "It does.") -> str:
    entry = {"run": run, "at": "2026-11-28T22:00:00+00:00", "test": test, "file": "tests/x.py", "says": says}
    return json.dumps(entry | {"outcome": outcome})


@one_engine
def test_without_results_the_page_says_so_and_claims_nothing(client: FlaskClient) -> None:
    client.set_cookie("eid_locale", "en")
    page = client.get("/conformance")
    assert page.status_code == 200
    assert "There are no results" in page.text
    assert 'class="tag success"' not in page.text
    for plan in PLANS:
        assert plan.name in page.text


@one_engine
def test_the_page_shows_the_last_run(settings: Settings, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    lines = [
        line("test_oidcc_server", "failed", run="1"),
        "no json",
        line("test_oidcc_server", "passed", says="A code becomes <tokens>."),
        line("test_oidcc_codereuse", "failed"),
        line("test_something_else", "passed"),
    ]
    results.write_text("\n".join(lines), encoding="utf-8")
    client = create_app(replace(settings, conformance_results=results)).test_client()
    client.set_cookie("eid_locale", "en")
    page = client.get("/conformance").text
    assert "1 of 38 passed, 1 failed, 36 unproved" in page
    assert "oidcc-codereuse-30seconds" in page
    plan = client.get("/conformance/oidcc-basic-certification-test-plan").text
    assert "A code becomes &lt;tokens&gt;." in plan
    assert "1 of 38 passed, 1 failed, 36 unproved" in plan
    assert "test_something_else" in client.get("/conformance/others").text


@one_engine
def test_a_plan_that_is_not_there_is_refused(client: FlaskClient) -> None:
    refused = client.get("/conformance/no-plan")
    assert (refused.status_code, "plan_unknown" in refused.text) == (404, True)


def test_the_worst_of_several_values_counts() -> None:
    lines = [line("test_oidcc_server", outcome) for outcome in ("passed", "failed", "passed")]
    [proved, *rest] = build_report(lines).plans[0].modules
    assert (proved.outcome, {one.outcome for one in rest}) == (Outcome.FAILED, {Outcome.UNPROVED})


@pytest.mark.parametrize("broken", ["[]", "{}", '{"run": 1}', "\x00", line("test_x", "wonderful")])
def test_lines_that_cannot_be_read_say_nothing(broken: str) -> None:
    assert build_report([broken]).at == ""
    assert build_report([broken, line("test_oidcc_server", "passed")]).plans[0].count("passed") == 1


def test_plans_name_each_module_once_and_each_test_of_a_module_stands_in_a_file() -> None:
    """A module of a plan's second variant in a file whose every test is played both ways"""
    files = [path.read_text(encoding="utf-8") for path in CONFORMANCE.glob("test_*.py")]
    every, twice = "".join(files), "".join(text for text in files if "\npytestmark = both_ways\n" in text)
    for plan in PLANS:
        assert len({module.name for module in plan.modules}) == len(plan.modules)
        for module in plan.modules:
            assert f"def {module.function_name}(" in (twice if module.variant else every), module
    sizes = {plan.address: len(plan.modules) for plan in PLANS}
    assert len(sizes) == len(PLANS)
    assert sizes["oidcc-basic-certification-test-plan"] == 38
    assert sizes["ekyc-test-plan-oidccore"] == 12
    assert sizes["fapi2-security-profile-final-test-plan"] == 56
    assert sizes["fapi2-security-profile-final-test-plan-mtls"] == 37


@one_engine
def test_what_one_variant_of_a_plan_proves_the_other_does_not(settings: Settings, tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    happy = "test_fapi2_security_profile_final_happy_flow"
    results.write_text("\n".join([line(happy, "passed"), line(f"{happy}[mtls]", "failed")]), encoding="utf-8")
    client = create_app(replace(settings, conformance_results=results)).test_client()
    client.set_cookie("eid_locale", "en")
    report = client.get("/conformance").text
    for address, counts in (
        ("fapi2-security-profile-final-test-plan", "1 of 56 passed, 0 failed, 55 unproved"),
        ("fapi2-security-profile-final-test-plan-mtls", "0 of 37 passed, 1 failed, 36 unproved"),
    ):
        assert f'href="/conformance/{address}"' in report
        assert counts in client.get(f"/conformance/{address}").text


@pytest.mark.parametrize("variant", list(Variant))
def test_a_run_tells_which_variant_a_test_played(request: pytest.FixtureRequest, variant: Variant) -> None:
    class Report:
        passed, failed = False, True

    found = describe(request.node, Report())  # type: ignore[arg-type]
    name = "test_a_run_tells_which_variant_a_test_played"
    assert found["test"] == {Variant.DPOP: name, Variant.MTLS: f"{name}[mtls]"}[variant]


def test_a_run_tells_what_became_of_a_test(request: pytest.FixtureRequest) -> None:
    """What a conformance test says: the first lines of its docstring."""

    class Report:
        passed, failed = True, False

    found: dict[str, Any] = describe(request.node, Report())  # type: ignore[arg-type]
    assert found["test"] == "test_a_run_tells_what_became_of_a_test"
    assert found["says"] == "What a conformance test says: the first lines of its docstring."
    assert (found["outcome"], found["file"]) == ("passed", "tests/web/test_conformance.py")
