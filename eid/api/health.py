"""/healthz and /readyz: for whoever runs the service."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from eid.api.errors import render_unready
from eid.callers import Caller, callable_by
from eid.readiness import EXTENSION, Readiness

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@callable_by(Caller.ANYBODY)
def show_health() -> Response:
    """The process answers; says nothing about what it depends on, so that nobody restarts it because a database is away."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@callable_by(Caller.ANYBODY)
def show_readiness() -> Response:
    """What is asked of this process can be done now: the database takes writes and has this version's schema, the keys are
    there, the disk has room; else 503 with the code of each that does not hold."""
    readiness: Readiness = current_app.extensions[EXTENSION]
    faults = readiness.find_faults()
    found = {name: fault.code if fault else "ok" for name, fault in faults.items()}
    first = next((fault for fault in faults.values() if fault), None)
    return jsonify(status="ready", checks=found) if first is None else render_unready(first, found)
