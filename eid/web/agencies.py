"""Who holds the papers, for everybody to read: each agency with its code of conduct."""

from __future__ import annotations

from flask import Blueprint, render_template

from eid.agencies.conduct import AGENCIES
from eid.callers import Caller, callable_by
from eid.credentials.catalogue import CATALOGUE

blueprint = Blueprint("agency_pages", __name__, url_prefix="/agencies")


@blueprint.get("/")
@callable_by(Caller.ANYBODY)
def show_agencies() -> str:
    return render_template("agencies/agencies.html", agencies=AGENCIES, papers=CATALOGUE)
