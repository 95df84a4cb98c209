"""Writes what became of each conformance test to the file that EID_CONFORMANCE_RESULTS names, a line a test, for /conformance.

Lines are appended, so that the workers of one run can share the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.fapi2 import Variant

RESULTS = os.environ.get("EID_CONFORMANCE_RESULTS")
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}-{datetime.now(UTC):%Y%m%dT%H%M%S}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    is_ours = Path(__file__).parent in item.path.parents
    if RESULTS and is_ours and (report.when == "call" or not report.passed):
        with Path(RESULTS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(describe(item, report), ensure_ascii=False) + "\n")
    return report


def describe(item: Any, report: pytest.TestReport) -> dict[str, str]:
    """A test that plays a module for several variants of a plan (tests.conformance.fapi2) is told once for each."""
    outcome = "passed" if report.passed else "failed" if report.failed else "unproved"
    return {
        "run": RUN,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "test": item.originalname + _variant_of(item),
        "file": item.nodeid.split("::")[0],
        "says": " ".join((item.function.__doc__ or "").split()),
        "outcome": outcome,
    }


def _variant_of(item: Any) -> str:
    """The first variant of a plan has no name of its own."""
    variant = item.callspec.params.get("variant", Variant.DPOP) if hasattr(item, "callspec") else Variant.DPOP
    return "" if variant is Variant.DPOP else f"[{variant}]"
