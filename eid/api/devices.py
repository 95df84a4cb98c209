"""A program's phone: binding it, what it is asked, and its answers. Each request bears a proof that the phone's key has signed.

A proof is a compact JWS (ES256) of type `eid-device-<act>+jwt` with `aud`, the address of the service, and `iat`, at most a
minute off. What else it says is named at each operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask_babel import get_locale, gettext
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from eid.accounts import approvals, devices
from eid.accounts.approvals import AskedApproval
from eid.accounts.asked_consents import CONSENT, SIGNATURE
from eid.accounts.asked_consents import AskedConsent as AskedConsentValue
from eid.callers import Caller, callable_by

blueprint = Blueprint("phone", __name__, url_prefix="/api/v1/devices", description="The holder's phone, for programs")

NO_STORE = {"Cache-Control": "no-store"}
LONGEST_PROOF = 2048


def proof_field(says: str) -> fields.String:
    description = f"A JWS that the phone has signed: {says}."
    return fields.String(
        required=True, validate=validate.Length(max=LONGEST_PROOF), metadata={"description": description}
    )


class NewDevice(Schema):
    code = fields.String(
        required=True,
        validate=validate.Length(max=64),
        metadata={
            "description": "The code that the holder was shown at /citizen/device/bind; good once, for five minutes."
        },
    )
    name = fields.String(required=True, validate=validate.Length(max=64), metadata={"example": "Bạch's phone"})
    public_key = fields.Dict(
        required=True, keys=fields.String(), metadata={"description": "A public JWK on the curve P-256 (RFC 7517)."}
    )
    proof = proof_field("typ eid-device-bind+jwt, with the same code")


class BoundDevice(Schema):
    device = fields.Integer(required=True, metadata={"description": "The number by which the phone says who it is."})


class DeviceRequest(Schema):
    device = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=2**63 - 1))
    proof = proof_field("typ eid-device-list+jwt")


class ScannedCode(DeviceRequest):
    proof = proof_field("typ eid-device-scan+jwt, with the token of the QR code as token")


class Answer(DeviceRequest):
    proof = proof_field(
        "typ eid-device-answer+jwt, with the request's number as approval, approve or refuse as answer, "
        "the two digits of the other screen as number, and in withheld what a service asks for and shall not have"
    )
    passcode = fields.String(
        validate=validate.Length(max=64),
        metadata={"description": "To approve what a service asks for: the holder's passcode."},
    )


class AskedThing(Schema):
    key = fields.String(required=True)
    title = fields.String(required=True, metadata={"description": "In plain words."})
    is_needed = fields.Boolean(required=True, metadata={"description": "Cannot be withheld."})
    why = fields.String(required=True, metadata={"description": "In the service's words; empty where it gave none."})


class AskedConsent(Schema):
    kind = fields.String(
        required=True,
        validate=validate.OneOf([CONSENT, SIGNATURE]),
        metadata={"description": "Whether a service would come to know the things, or they would be signed."},
    )
    message = fields.String(required=True, metadata={"description": "What the asking screen shows too."})
    things = fields.List(fields.Nested(AskedThing), required=True)


class Asked(Schema):
    id = fields.Integer(required=True)
    asks = fields.String(required=True, metadata={"description": "Who asks."})
    purpose = fields.String(required=True, metadata={"description": "What for."})
    browser = fields.String(required=True, metadata={"description": "The browser that would be signed in."})
    opened_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    consent = fields.Nested(
        AskedConsent,
        required=True,
        allow_none=True,
        metadata={"description": "What a service would come to know; null where the request is for a sign-in."},
    )


class AllAsked(Schema):
    approvals = fields.List(fields.Nested(Asked), required=True)


class Decided(Schema):
    decision = fields.String(required=True, validate=validate.OneOf(["approved", "refused"]))


@blueprint.post("")
@blueprint.arguments(NewDevice)
@blueprint.response(HTTPStatus.CREATED, BoundDevice)
@blueprint.doc(
    summary="Bind a phone",
    description="The phone before it has ended, and the holder is told.",
    responses={"403": "FORBIDDEN", "422": "UNPROCESSABLE_ENTITY"},
)
@callable_by(Caller.ANYBODY)
def bind_device(new: dict[str, Any]) -> Any:
    device = devices.bind_device(new["code"], name=new["name"], jwk=new["public_key"], proof=new["proof"])
    return {"device": device}, NO_STORE


@blueprint.post("/approvals")
@blueprint.arguments(DeviceRequest)
@blueprint.response(HTTPStatus.OK, AllAsked)
@blueprint.doc(
    summary="What the phone is asked", description="Requests wait for a minute.", responses={"401": "UNAUTHORIZED"}
)
@callable_by(Caller.ANYBODY)
def list_asked(asking: dict[str, Any]) -> Any:
    device = devices.verify_device(asking["device"], act="list", proof=asking["proof"])
    return _write(approvals.find_asked(device)), NO_STORE


@blueprint.post("/scans")
@blueprint.arguments(ScannedCode)
@blueprint.response(HTTPStatus.OK, AllAsked)
@blueprint.doc(
    summary="Take up a scanned QR code",
    description="The request behind it is this phone's from now on.",
    responses={"401": "UNAUTHORIZED", "404": "NOT_FOUND"},
)
@callable_by(Caller.ANYBODY)
def scan_code(scanned: dict[str, Any]) -> Any:
    device = devices.verify_device(scanned["device"], act="scan", proof=scanned["proof"])
    return _write([approvals.take_scanned(device)]), NO_STORE


@blueprint.post("/answers")
@blueprint.arguments(Answer)
@blueprint.response(HTTPStatus.OK, Decided)
@blueprint.doc(
    summary="Approve or refuse",
    description="Once for each request. A wrong number ends it (number_wrong) and is counted.",
    responses={
        "401": "UNAUTHORIZED",
        "403": "FORBIDDEN",
        "404": "NOT_FOUND",
        "422": "UNPROCESSABLE_ENTITY",
        "429": "TOO_MANY_REQUESTS",
    },
)
@callable_by(Caller.ANYBODY)
def answer_request(answer: dict[str, Any]) -> Any:
    device = devices.verify_device(answer["device"], act="answer", proof=answer["proof"])
    return {"decision": approvals.decide_approval(device, passcode=answer.get("passcode", ""))}, NO_STORE


def _write(asked: Sequence[AskedApproval]) -> dict[str, Any]:
    return {"approvals": [{**vars(one), **_write_service(one)} for one in asked]}


def _write_service(asked: AskedApproval) -> dict[str, Any]:
    """Who asks, in the language of whoever reads it as far as they have such a name, and for what."""
    if asked.consent is None:
        return {}
    is_english = str(get_locale() or "") == "en"
    name = asked.consent.foreign_name if is_english and asked.consent.foreign_name else asked.asks
    return {"asks": name, "consent": _write_consent(asked.consent)}


def _write_consent(consent: AskedConsentValue) -> dict[str, Any]:
    write = str if consent.kind == SIGNATURE else gettext  # the names of documents are nobody's messages
    things = [
        {"key": one.key, "title": " · ".join(map(write, one.titles)), "is_needed": one.is_needed, "why": one.why}
        for one in consent.things
    ]
    return {"kind": consent.kind, "message": consent.message, "things": things}
