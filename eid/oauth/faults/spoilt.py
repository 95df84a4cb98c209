"""One answer spoilt by one fault: the mutator of the catalogue, and what it needs of keys and grants."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Any

from eid.crypto.jwks import read_unverified_claims
from eid.crypto.keys import ES256, generate_signing_key
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.faults.catalogue import Fault, Place, find_fault
from eid.oauth.faults.effects import (
    record_code_expired,
    record_code_restored,
    record_code_swapped,
    record_grant_of_token_revoked,
)
from eid.oauth.faults.models import PlannedFault
from eid.oauth.faults.mutators import Situation
from eid.oauth.faults.scoring import RETRY_AFTER
from eid.oauth.faults.wire import Keys, derive_key, read_answer, read_token, sign, write_answer, write_token
from eid.oauth.models import Client

WITHOUT_CODE = ("consent_denied", "error_unknown", "code_expired")


@frozen
class Spoilt:
    """What the answer becomes; what is None stays."""

    location: str | None = field(default=None, repr=False)
    status: int | None = None
    body: Any = field(default=None, repr=False)
    """JSON, or the text of a token."""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    code: str = field(default="", repr=False)
    """The code that the answer bears now."""
    kept: dict[str, Any] | None = None


def spoil(
    met: PlannedFault,
    body: dict[str, Any],
    location: str,
    code: str,
    client: Client,
    *,
    issuer: str,
    now: datetime,
) -> Spoilt:
    """The answer with this fault in it; the caller commits what that does to the grant."""
    fault, situation = find_fault(met.fault), Situation(now, issuer, client.client_id)
    match fault.place:
        case Place.ANSWER:
            return _spoil_answer(fault, location, situation)
        case Place.ID_TOKEN:
            return _spoil_id_token(fault, body, client, met.reference, situation)
        case Place.TOKENS:
            record_code_restored(code, now=now)
            return _unavailable("temporarily_unavailable", {"Retry-After": str(int(RETRY_AFTER.total_seconds()))})
        case Place.REFRESH:
            record_grant_of_token_revoked(body["access_token"], now=now)
            refused = {"error": "invalid_grant", "error_description": "The grant is not valid for this request."}
            return Spoilt(status=400, body=refused)
        case Place.USERINFO:
            return _spoil_userinfo(fault, body, client, situation)
        case Place.KEYS:
            return _unavailable("temporarily_unavailable", {})
        case Place.PAPER:
            return _spoil_paper(body, met.reference)
    return Spoilt(body=fault.mutate(body, situation))


def _spoil_answer(fault: Fault, location: str, situation: Situation) -> Spoilt:
    """A signed answer (JARM) is signed again: the fault is in what it says."""
    before = read_answer(location)
    signed = read_token(before["response"]) if "response" in before else None
    said = dict(signed.claims) if signed else before
    after, code = dict(fault.mutate(said, situation)), said.get("code", "")
    if fault.name in WITHOUT_CODE and code:
        record_code_expired(code, now=situation.now)
    if fault.name == "code_swapped" and code:
        after["code"] = record_code_swapped(code, now=situation.now)
    bears = str(after.get("code", ""))
    if signed:
        ours = current_keystore().find_signing_key(KeyUse.ID_TOKEN)
        after = {"response": sign(signed.header, after, ours)}
    return Spoilt(location=write_answer(location, before, after), code=bears)


def _spoil_id_token(fault: Fault, body: dict[str, Any], client: Client, reference: str, situation: Situation) -> Spoilt:
    keystore, alg = current_keystore(), client.id_token_signed_response_alg
    keys = Keys(
        ours=keystore.find_signing_key(KeyUse.ID_TOKEN, alg),
        stranger=generate_signing_key(alg),
        following=derive_key(keystore.find_secret(SecretUse.LOOKUPS), reference),
    )
    return Spoilt(body={**body, "id_token": write_token(fault.mutate(read_token(body["id_token"]), situation), keys)})


def _spoil_userinfo(fault: Fault, body: dict[str, Any], client: Client, situation: Situation) -> Spoilt:
    """A signed answer is signed again, but for the fault that nobody signs it."""
    signed = read_token(body["jwt"]) if "jwt" in body else None
    claims = dict(fault.mutate(dict(signed.claims) if signed else body, situation))
    if signed is None or fault.name == "userinfo_unsigned":
        return Spoilt(body=claims, content_type="application/json")
    key = current_keystore().find_signing_key(KeyUse.ID_TOKEN, client.userinfo_signed_response_alg or ES256)
    return Spoilt(body=sign(signed.header, claims, key), content_type="application/jwt")


def _spoil_paper(body: dict[str, Any], reference: str) -> Spoilt:
    """The paper names a status list at an address of this fault alone; eid.oauth.faults.addresses answers there."""
    token = read_token(body["token"])
    place = dict(read_unverified_claims(body["token"])["status"]["status_list"])
    place["uri"] = f"{place['uri']}?fault={reference}"
    claims = {**token.claims, "status": {"status_list": place}}
    signed = sign(token.header, claims, current_keystore().find_signing_key(KeyUse.PAPERS))
    return Spoilt(body={**body, "token": signed}, kept={"index": place["idx"], "uri": place["uri"]})


def _unavailable(error: str, headers: dict[str, str]) -> Spoilt:
    described = {"error": error, "error_description": "Try again later."}
    return Spoilt(status=503, body=described, content_type="application/json", headers=headers)
