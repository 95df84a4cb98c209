"""What is proved of the provider: the OpenID Foundation's plans, our test for each clause, and what that last said.

All plans with the names of their modules on one page, each with its clauses on one of its own: the first is on a screen at once.
"""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _

from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.oauth.conformance import Outcome, Report, build_report

blueprint = Blueprint("conformance", __name__)

OUTCOMES = {
    Outcome.PASSED: (_("passed"), "success"),
    Outcome.FAILED: (_("failed"), "danger"),
    Outcome.UNPROVED: (_("unproved"), "warning"),
}
"""In words, and the colour of its tag."""
LARGEST = 8 * 1024 * 1024


OTHERS = "others"
"""Where the tests are that belong to no module."""


@blueprint.get("/conformance")
@callable_by(Caller.ANYBODY)
def show_conformance() -> str:
    return render_template("conformance/report.html", report=_last_report())


@blueprint.get("/conformance/<name>")
@callable_by(Caller.ANYBODY)
def show_plan(name: str) -> str:
    report = _last_report()
    if name == OTHERS:
        return render_template("conformance/others.html", report=report, outcomes=OUTCOMES)
    return render_template("conformance/plan.html", report=report, proved=report.find_plan(name), outcomes=OUTCOMES)


def _last_report() -> Report:
    return build_report(_read(current_settings().conformance_results))


def _read(path: Path | None) -> list[str]:
    """The lines of the file; none where there is no such file, and only the last ones of a very long one."""
    if path is None or not path.is_file():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LARGEST))
        return file.read().decode("utf-8", "replace").splitlines()
