"""Papers for relying services: a token of a paper for an access token, and the keys to verify it with.

Tokens are compact JWS (RFC 7515). Their status is in eid.api.status_lists, and what userinfo says by scope in eid.api.oauth.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from eid.api.access import current_grant
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.credentials.catalogue import find_catalogued
from eid.credentials.service import check_level, find_published_keys, issue_paper_token

KEYS_MAX_AGE = 300
"""Seconds for which a verifier may keep the keys; a new key is published at least so long before it signs."""

blueprint = Blueprint("papers", __name__, url_prefix="/api/v1", description="Papers as signed tokens")


class PaperToken(Schema):
    token = fields.String(
        required=True, metadata={"description": "A compact JWS, typ eid-<paper>+jwt, for this client."}
    )
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})


class Keys(Schema):
    issuer = fields.Url(required=True, metadata={"description": "The iss of every paper."})
    keys = fields.List(fields.Dict(), required=True, metadata={"description": "JSON Web Keys (RFC 7517)."})


@blueprint.post("/papers/<paper>/tokens")
@blueprint.response(HTTPStatus.OK, PaperToken)
@blueprint.doc(
    summary="A token of a paper",
    description="The access token must cover the paper, by its scope or by authorization details (then with their attributes "
    "alone), and the sign-in must have reached the paper's level; "
    "else the challenge says what to ask for (RFC 6750, RFC 9470).",
    security=[{"bearer": []}, {"dpop": []}],
    responses={"401": "UNAUTHORIZED", "403": "FORBIDDEN", "404": "NOT_FOUND", "409": "CONFLICT"},
)
@callable_by(Caller.BEARER)
def issue_token(paper: str) -> Any:
    kind = find_catalogued(paper)
    grant = current_grant(paper=kind.name)
    check_level(grant, kind)
    issued = issue_paper_token(
        person_id=grant.person_id,
        paper=kind.name,
        audience=grant.client_id,
        subject=grant.subject,
        purpose=grant.purpose,
        attributes=grant.release.find_paper(kind.name)[1],
    )
    return {"token": issued.token, "expires_in": int(kind.lifetime.total_seconds())}, {"Cache-Control": "no-store"}


@blueprint.get("/keys")
@blueprint.response(HTTPStatus.OK, Keys)
@blueprint.doc(summary="Keys that papers, status lists and receipts are verified with")
@callable_by(Caller.ANYBODY)
def show_keys() -> Any:
    keys = {"issuer": current_settings().public_url, "keys": find_published_keys()}
    return keys, {"Cache-Control": f"public, max-age={KEYS_MAX_AGE}", "Access-Control-Allow-Origin": "*"}
