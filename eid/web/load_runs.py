"""/command-centre/load: the load scenario that is being played against this service, or how the last one ended. In the demo only.

The page is whole without scripts; where they run it renews its figures from /command-centre/load/figures.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from eid.callers import Caller, callable_by
from eid.clock import wall_now
from eid.config import current_settings
from eid.load_runs import LoadRun, RunState, find_load_run

blueprint = Blueprint("load_runs", __name__, url_prefix="/command-centre/load")

STATES = {
    RunState.ON: (lazy_gettext("under way"), "info"),
    RunState.PASSED: (lazy_gettext("passed"), "success"),
    RunState.FAILED: (lazy_gettext("failed"), "danger"),
    RunState.INTERRUPTED: (lazy_gettext("interrupted"), "warning"),
    RunState.ABANDONED: (lazy_gettext("ended without a word"), "danger"),
}
"""In words, and the colour of its tag."""


@blueprint.get("")
@callable_by(Caller.ANYBODY)
def show_load_run() -> str:
    run = _find_run()
    return render_template("command_centre/load.html", run=run, states=STATES, said=_say(run))


@blueprint.get("/figures")
@callable_by(Caller.ANYBODY)
def show_figures() -> Response:
    """A part of the page, and what is said of it aloud."""
    run = _find_run()
    html = render_template("command_centre/_figures.html", run=run, states=STATES)
    response = jsonify(is_on=run is not None and run.is_on, said=_say(run), html=html)
    response.headers["Cache-Control"] = "no-store"
    return response


def _find_run() -> LoadRun | None:
    return find_load_run(current_settings().state_dir, now=wall_now())


def _say(run: LoadRun | None) -> str:
    """One sentence for those who do not see the figures."""
    if run is None:
        return str(_("No load scenario was played yet."))
    if not run.is_on:
        return f"{run.title}: {STATES[run.state][0]}"
    sentence = _(
        "%(rate)s answers a second, %(inside)s people inside, %(errors)s errors.",
        rate=round(run.rate),
        inside=run.inside,
        errors=run.errors,
    )
    return str(sentence)
