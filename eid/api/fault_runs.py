"""Runs of faults for the test harness of a service: opened, gone through turn by turn, and scored. Of the demo alone."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from eid.api.client_certificates import find_client_certificate
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.oauth.client_auth import parse_client_credentials, refuse_client
from eid.oauth.client_authentication import check_client_authentication
from eid.oauth.faults.addresses import discovery_address
from eid.oauth.faults.catalogue import FAULTS
from eid.oauth.faults.planning import find_trial
from eid.oauth.faults.runs import SKIP, Run, close_turn, open_run
from eid.oauth.faults.scoring import Declared
from eid.oauth.models import AuthMethod
from eid.oauth.parameters import parse_parameters

blueprint = Blueprint(
    "fault-runs",
    __name__,
    url_prefix="/api/v1/fault-runs",
    description="How a service reacts to sign-ins that go wrong. In the demo only",
)

NO_STORE = {"Cache-Control": "no-store"}
CREDENTIALS = ("client_id", "client_assertion", "client_assertion_type")
LONGEST_ASSERTION = 16 * 1024


class Proof(Schema):
    """A service with a secret sends it by HTTP Basic instead, one with a certificate only its client_id."""

    client_id = fields.String(validate=validate.Length(max=64))
    client_assertion = fields.String(
        validate=validate.Length(max=LONGEST_ASSERTION), metadata={"description": "RFC 7523, as at the token endpoint."}
    )
    client_assertion_type = fields.String(validate=validate.Length(max=100))


class NewRun(Proof):
    faults = fields.List(
        fields.String(validate=validate.OneOf([fault.name for fault in FAULTS])),
        required=True,
        validate=validate.Length(min=1, max=len(FAULTS)),
        metadata={"description": "Which faults are played, in this order.", "example": ["nonce_wrong", "state_wrong"]},
    )


class TurnEnd(Proof):
    declared = fields.String(
        validate=validate.OneOf([*Declared, SKIP]),
        metadata={
            "description": "How your service reacted; it counts where nothing can be seen. skip: it was not played."
        },
    )


class TurnSchema(Schema):
    number = fields.Integer(required=True, metadata={"description": "0 is a sign-in in which nothing is wrong."})
    fault = fields.String(allow_none=True)
    what = fields.String(allow_none=True, metadata={"description": "What goes wrong."})
    reaction = fields.String(allow_none=True, metadata={"description": "How a correct service reacts."})
    clause = fields.String(allow_none=True)
    is_met = fields.Boolean(required=True, metadata={"description": "Whether an answer has gone wrong already."})


class RunSchema(Schema):
    run = fields.String(required=True)
    faults = fields.List(fields.String(), required=True)
    ends_at = fields.DateTime(required=True)
    discovery = fields.String(
        allow_none=True,
        metadata={"description": "Where to read the provider's description, for faults of description and keys."},
    )
    turn = fields.Nested(TurnSchema, allow_none=True, metadata={"description": "Null once the run is over."})
    score = fields.String(
        allow_none=True, metadata={"description": "A JWS, typ eid-fault-score+jwt, by a key of /api/v1/keys."}
    )


@blueprint.post("")
@blueprint.arguments(NewRun)
@blueprint.response(HTTPStatus.CREATED, RunSchema)
@blueprint.doc(
    summary="Open a run of faults",
    description="First a sign-in without a fault, then one with each. Sign somebody in at your service, then close the turn.",
    responses={"401": "UNAUTHORIZED", "409": "CONFLICT"},
)
@callable_by(Caller.CLIENT)
def open_new_run(wanted: dict[str, Any]) -> Any:
    client_id = _authenticate(wanted)
    return _describe(client_id, open_run(client_id, wanted["faults"])), NO_STORE


@blueprint.post("/<run>/turns")
@blueprint.arguments(TurnEnd)
@blueprint.response(HTTPStatus.OK, RunSchema)
@blueprint.doc(
    summary="Close the turn and open the next",
    description="After the last one the run is over, and the answer has the signed score.",
    responses={"401": "UNAUTHORIZED", "404": "NOT_FOUND", "409": "CONFLICT"},
)
@callable_by(Caller.CLIENT)
def close_this_turn(ended: dict[str, Any], run: str) -> Any:
    client_id = _authenticate(ended)
    issuer = current_settings().public_url
    return _describe(client_id, close_turn(client_id, run, ended.get("declared"), issuer=issuer)), NO_STORE


def _authenticate(body: dict[str, Any]) -> str:
    """The client that proved itself as at the token endpoint. Raises OAuthError(invalid_client), also for public clients."""
    shown = parse_parameters((name, body[name]) for name in CREDENTIALS if name in body)
    credentials = parse_client_credentials(
        request.headers.get("Authorization", ""), shown, find_client_certificate(request)
    )
    client = check_client_authentication(credentials, issuer=current_settings().public_url)
    if client.auth_method == AuthMethod.NONE:
        raise refuse_client(reason="a run by a public client")
    return str(client.client_id)


def _describe(client_id: str, run: Run) -> dict[str, Any]:
    trial = find_trial(client_id)
    turn = None
    if run.turn is not None:
        fault = run.turn.fault
        told: dict[str, str | None] = {"what": None, "reaction": None, "clause": None}
        if fault is not None:
            told = {"what": fault.what, "reaction": fault.reaction, "clause": fault.clause}
        turn = {"number": run.turn.number, "fault": fault.name if fault else None, "is_met": run.turn.is_met, **told}
    return {
        "run": run.reference,
        "faults": list(run.faults),
        "ends_at": run.ends_at,
        "discovery": discovery_address(current_settings().public_url, trial) if trial else None,
        "turn": turn,
        "score": run.score,
    }
