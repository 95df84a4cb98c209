"""The doors: one page from which everybody finds their way, and the choice of language."""

from __future__ import annotations

from flask import Blueprint, render_template

from eid.callers import Caller, callable_by

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@callable_by(Caller.ANYBODY)
def show_doors() -> str:
    return render_template("home/doors.html")
