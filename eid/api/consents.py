"""What a service works under: the receipt for the consent behind its access token."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from eid.api.access import current_grant
from eid.callers import Caller, callable_by
from eid.oauth.consent_receipts import issue_receipt_to_client

blueprint = Blueprint(
    "consent_receipts", __name__, url_prefix="/api/v1", description="Consents that services were given"
)


class Receipt(Schema):
    receipt = fields.String(
        required=True, metadata={"description": "A compact JWS, typ eid-consent-receipt+jwt, by a key of /api/v1/keys."}
    )


@blueprint.post("/consent-receipts")
@blueprint.response(HTTPStatus.OK, Receipt)
@blueprint.doc(
    summary="The receipt for the consent behind an access token",
    description="What the citizen agreed to, for whom, what for and until when, signed. The citizen can have the same.",
    security=[{"bearer": []}, {"dpop": []}],
    responses={"401": "UNAUTHORIZED", "404": "NOT_FOUND"},
)
@callable_by(Caller.BEARER)
def give_receipt() -> Any:
    grant = current_grant()
    issued = issue_receipt_to_client(grant.person_id, grant.client_id)
    return {"receipt": issued.token}, {"Cache-Control": "no-store"}
