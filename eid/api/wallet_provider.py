"""The demo's wallet provider for wallets that are tried against it: attestations of a wallet and of keys."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from eid.callers import Caller, callable_by
from eid.oauth.wallet_attesting import attest_client, attest_keys

blueprint = Blueprint(
    "wallet_provider",
    __name__,
    url_prefix="/api/v1/wallet-provider",
    description="Attestations for wallets, in the demo.",
)


class WalletInstance(Schema):
    client_id = fields.String(required=True, validate=validate.Length(min=1, max=64))
    jwk = fields.Dict(required=True, metadata={"description": "The instance's public key on P-256."})


class WalletKeys(Schema):
    keys = fields.List(fields.Dict(), required=True, validate=validate.Length(min=1, max=64))
    nonce = fields.String(required=True, validate=validate.Length(min=1, max=256))


class Attestation(Schema):
    attestation = fields.String(required=True)


@blueprint.post("/client-attestations")
@blueprint.arguments(WalletInstance)
@blueprint.response(200, Attestation)
@callable_by(Caller.ANYBODY)
def attest_wallet(instance: dict[str, Any]) -> dict[str, str]:
    """A client attestation for the wallet instance that holds this key."""
    return {"attestation": attest_client(instance["client_id"], instance["jwk"])}


@blueprint.post("/key-attestations")
@blueprint.arguments(WalletKeys)
@blueprint.response(200, Attestation)
@callable_by(Caller.ANYBODY)
def attest_wallet_keys(wanted: dict[str, Any]) -> dict[str, str]:
    """A key attestation for these keys, in answer to a c_nonce."""
    return {"attestation": attest_keys(wanted["keys"], nonce=wanted["nonce"])}
