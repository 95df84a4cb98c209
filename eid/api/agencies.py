"""The agencies that answer for papers: the code of conduct of each, and the keys with which its answers are verified."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from eid.agencies.answering import find_agency_jwks, issuer_of
from eid.agencies.conduct import AGENCIES, Agency, find_agency
from eid.callers import Caller, callable_by

KEYS_MAX_AGE = 300
"""Seconds for which the keys may be kept; a new key is published longer than that before it signs."""

blueprint = Blueprint("agencies", __name__, url_prefix="/api/v1/agencies", description="The agencies that hold papers")


class Conduct(Schema):
    name = fields.String(required=True)
    title = fields.String(required=True)
    issuer = fields.Url(required=True, metadata={"description": "The iss of its answers."})
    keys_uri = fields.Url(required=True)
    papers = fields.List(fields.String(), required=True)
    answers_to = fields.List(
        fields.String(), required=True, metadata={"description": "holder, guardian or service: whom else it refuses."}
    )
    legal_basis = fields.String(required=True)
    retention = fields.String(required=True)


class Conducts(Schema):
    agencies = fields.List(fields.Nested(Conduct), required=True)


class AgencyKeys(Schema):
    agency = fields.String(required=True)
    issuer = fields.Url(required=True)
    keys = fields.List(fields.Dict(), required=True, metadata={"description": "JSON Web Keys (RFC 7517)."})


@blueprint.get("")
@blueprint.response(HTTPStatus.OK, Conducts)
@blueprint.doc(summary="The agencies and their codes of conduct")
@callable_by(Caller.ANYBODY)
def show_agencies() -> Any:
    return {"agencies": [_describe(agency) for agency in AGENCIES]}


@blueprint.get("/<name>")
@blueprint.response(HTTPStatus.OK, Conduct)
@blueprint.doc(summary="An agency and its code of conduct", responses={"404": "NOT_FOUND"})
@callable_by(Caller.ANYBODY)
def show_agency(name: str) -> Any:
    return _describe(find_agency(name))


@blueprint.get("/<name>/keys")
@blueprint.response(HTTPStatus.OK, AgencyKeys)
@blueprint.doc(summary="Keys that an agency signs its answers with", responses={"404": "NOT_FOUND"})
@callable_by(Caller.ANYBODY)
def show_agency_keys(name: str) -> Any:
    agency = find_agency(name)
    found = {"agency": agency.name, "issuer": issuer_of(agency), "keys": find_agency_jwks(agency)}
    return found, {"Cache-Control": f"public, max-age={KEYS_MAX_AGE}", "Access-Control-Allow-Origin": "*"}


def _describe(agency: Agency) -> dict[str, Any]:
    issuer = issuer_of(agency)
    return {
        "name": agency.name,
        "title": agency.title,
        "issuer": issuer,
        "keys_uri": f"{issuer}/keys",
        "papers": list(agency.papers),
        "answers_to": [str(asker) for asker in agency.answers_to],
        "legal_basis": agency.basis,
        "retention": agency.retention,
    }
