"""Taking what an issuer offers (OpenID4VCI 1.0): the pre-authorized code, proofs of fresh keys, and a copy for each key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from eid.clock import wall_now
from eid.crypto.cose import build_cose_key
from eid.crypto.keys import SigningKey, generate_signing_key
from eid.crypto.mdoc import parse_mso
from eid.errors import Conflict, Malformed, NotFound, Unavailable
from eid.late_dataclasses import frozen
from eid.presentations.dcql import FORMATS, MDOC
from eid.presentations.unverified import read_unverified
from eid.wallet.calling import Calls, fetch_json, post_form, post_json
from eid.wallet.held import Held, describe, read_mdoc
from eid.wallet.proving import build_proof, public_numbers

PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
COPIES = 4


@frozen
class Offer:
    """What somebody offers (section 4.1.1)."""

    issuer: str
    configurations: tuple[str, ...]
    code: str
    asks_for_text: str
    """What the transaction code is, in the issuer's words; empty where none is needed."""


def read_offer(text: str, calls: Calls) -> Offer:
    """The offer of a link or a QR code, by value or by address. Raises Malformed: offer_malformed; NotFound: offer_over."""
    parameters = {name: values[0] for name, values in parse_qs(urlsplit(text.strip()).query).items()}
    if "credential_offer_uri" in parameters:
        return _parse_offer(_fetch_offer(parameters["credential_offer_uri"], calls))
    try:
        return _parse_offer(json.loads(parameters["credential_offer"]))
    except (KeyError, ValueError) as error:
        raise _malformed("no credential_offer") from error


def _fetch_offer(url: str, calls: Calls) -> dict[str, Any]:
    try:
        return fetch_json(calls, url)
    except Unavailable as refusal:
        if refusal.code != "fetch_status":
            raise
        raise NotFound("offer_over", "The issuer does not offer this, or not any more.") from refusal


def _parse_offer(document: Any) -> Offer:
    try:
        grant = document["grants"][PRE_AUTHORIZED]
        asked = grant.get("tx_code")
        text = "" if asked is None else str(asked.get("description") or "Transaction code")
        names = tuple(str(name) for name in document["credential_configuration_ids"])
        return Offer(str(document["credential_issuer"]).rstrip("/"), names, str(grant["pre-authorized_code"]), text)
    except (KeyError, TypeError, AttributeError) as error:
        raise _malformed("no pre-authorized code") from error


def take_offer(offer: Offer, calls: Calls, *, tx_code: str = "", copies: int = COPIES) -> list[Held]:
    """Copies of every credential of the offer, each bound to a key of its own, and the issuer told that they arrived.

    Raises Conflict (credential_deferred) where the issuer has yet to decide; Refused, Unavailable.
    """
    metadata = fetch_json(calls, well_known(offer.issuer, "openid-credential-issuer"))
    servers = metadata.get("authorization_servers") or [offer.issuer]
    server = fetch_json(calls, well_known(str(servers[0]), "oauth-authorization-server"))
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": offer.code} | ({"tx_code": tx_code} if tx_code else {})
    token = str(post_form(calls, str(server["token_endpoint"]), form)["access_token"])
    found: list[Held] = []
    for name in offer.configurations:
        found += _fetch(name, metadata, token, calls, copies)
    return found


def well_known(issuer: str, name: str) -> str:
    """Section 12.2.2: the well-known part stands between host and path."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path.rstrip('/')}"


def _fetch(name: str, metadata: Mapping[str, Any], token: str, calls: Calls, copies: int) -> list[Held]:
    kind, issuer = metadata["credential_configurations_supported"][name], str(metadata["credential_issuer"])
    if kind["format"] not in FORMATS:
        raise Malformed("format_unknown", "The wallet does not know this format of credentials.", reason=name)
    most = int(metadata.get("batch_credential_issuance", {}).get("batch_size", 1))
    keys = [generate_signing_key() for _ in range(min(copies, most))]
    nonce = str(post_json(calls, str(metadata["nonce_endpoint"]), {})["c_nonce"])
    proofs = [build_proof(key, audience=issuer, nonce=nonce, now=wall_now()) for key in keys]
    body = {"credential_configuration_id": name, "proofs": {"jwt": proofs}}
    answer = post_json(calls, str(metadata["credential_endpoint"]), body, token=token)
    if "transaction_id" in answer:
        raise Conflict("credential_deferred", "The issuer has yet to decide; take another offer later.")
    held = [_match(str(one["credential"]), keys, str(kind["format"]), name, issuer) for one in answer["credentials"]]
    _tell(answer.get("notification_id"), metadata, token, calls)
    return held


def _match(credential: str, keys: Sequence[SigningKey], format: str, name: str, issuer: str) -> Held:
    """The credential with the key that it is bound to. Raises Malformed: credential_key, credential_malformed."""
    for key in keys:
        held = Held(format, credential, key, name, issuer)
        describe(held)
        if _is_bound(held):
            return held
    raise Malformed("credential_key", "The issuer's credential is bound to a key that the wallet does not have.")


def _is_bound(held: Held) -> bool:
    if held.format == MDOC:
        device_key = parse_mso(read_mdoc(held).issuer_auth.payload).device_key
        return dict(device_key) == build_cose_key(public_numbers(held.key))
    bound = read_unverified(held.credential.partition("~")[0])[1].get("cnf", {}).get("jwk", {})
    own = held.key.public_jwk()
    return bool((bound.get("x"), bound.get("y")) == (own["x"], own["y"]))


def _tell(notification_id: Any, metadata: Mapping[str, Any], token: str, calls: Calls) -> None:
    """Section 11: the credentials are here."""
    if isinstance(notification_id, str) and "notification_endpoint" in metadata:
        body = {"notification_id": notification_id, "event": "credential_accepted"}
        post_json(calls, str(metadata["notification_endpoint"]), body, token=token)


def _malformed(reason: str) -> Malformed:
    return Malformed("offer_malformed", "This is no offer that the wallet can take.", reason=reason)
