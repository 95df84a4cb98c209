"""/healthz and /readyz: for whoever runs the service."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from eid.callers import Caller, callable_by
from eid.db import check_database

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@callable_by(Caller.ANYBODY)
def show_health() -> Response:
    """The process answers; says nothing about what it depends on."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@callable_by(Caller.ANYBODY)
def show_readiness() -> Response:
    """The database answers and has the schema of this version; else 503."""
    check_database()
    return jsonify(status="ready")
