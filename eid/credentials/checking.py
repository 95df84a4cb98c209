"""Checking whatever was shown, told apart by its form, with nothing but files: tokens, SD-JWT VCs, mdocs, codes and status lists.
Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from eid.credentials.list_checking import check_status_list
from eid.credentials.mdoc_checking import check_mdoc
from eid.credentials.offline_verification import check_offline_code
from eid.credentials.reports import Report
from eid.credentials.unverified import Form, find_form, read_claims, unwrap
from eid.credentials.vc_checking import check_vc
from eid.credentials.verification import check_shown_token
from eid.credentials.verifier_trust import Trust
from eid.crypto import offline_code
from eid.crypto.cbor import Cbor, parse_cbor
from eid.crypto.mdoc import parse_issuer_signed, parse_mso
from eid.crypto.mdoc_device import build_openid4vp_transcript, parse_device_response
from eid.crypto.mdoc_verification import Session
from eid.crypto.offline_code import parse_offline_code
from eid.crypto.sd_jwt_vc import Occasion
from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen


@frozen
class Asked:
    """What whoever verifies knows of the occasion; what they do not say is not checked."""

    audience: str | None = None
    nonce: str | None = None
    response_uri: str | None = None
    """Where the answer was sent (OpenID4VP, B.2.6.1); mdocs are bound to it."""
    type: str | None = None
    """`vct` or document type."""
    status_list: bytes | None = None


def check_shown(data: bytes, *, trust: Trust, now: datetime, asked: Asked) -> Report:
    """What there is to say about it: the report of its form. A status list of the trust files is used where none was given."""
    form, text = find_form(data), data.decode("utf-8", errors="replace").strip()
    terms: dict[str, Any] = {"trust": trust, "now": now}
    if form in (Form.STATUS_LIST, Form.STATUS_LIST_CWT):
        return check_status_list(data, **terms)
    terms["status_list"] = asked.status_list or trust.status_lists.get(_find_list_uri(form, data, text))
    if form is Form.OFFLINE_CODE:
        return check_offline_code(text, **terms)
    if form is Form.SD_JWT:
        return check_vc(text, expected_type=asked.type, occasion=_find_occasion(asked, trust), **terms)
    if form in (Form.MDOC, Form.DEVICE_RESPONSE):
        return check_mdoc(data, expected_type=asked.type, session=_find_session(asked, trust), **terms)
    return check_shown_token(text, expected_audience=asked.audience or trust.audience, **terms)


def _find_occasion(asked: Asked, trust: Trust) -> Occasion | None:
    audience = asked.audience or trust.audience
    if asked.nonce is None:
        return None
    if audience is None:
        raise Malformed("audience_missing", "A nonce is checked together with an audience; say for whom it was shown.")
    return Occasion(audience, asked.nonce)


def _find_session(asked: Asked, trust: Trust) -> Session | None:
    occasion = _find_occasion(asked, trust)
    if occasion is None:
        return None
    if asked.response_uri is None:
        raise Malformed("response_uri_missing", "An mdoc is bound to where its answer was sent; say that address too.")
    return Session(
        build_openid4vp_transcript(
            client_id=occasion.audience, nonce=occasion.nonce, response_uri=asked.response_uri, jwk_thumbprint=None
        )
    )


def _find_list_uri(form: Form, data: bytes, text: str) -> str:
    """Which list what was shown says that its status stands on, believed by nobody; nothing where it does not say."""
    status: Any = None
    try:
        if form is Form.OFFLINE_CODE:
            status = parse_offline_code(text).unverified_claims.get(offline_code.STATUS)
        elif form in (Form.MDOC, Form.DEVICE_RESPONSE):
            status = _read_mdoc_status(form, unwrap(data))
        else:
            status = read_claims(text.split("~")[0]).get("status")
    except (Malformed, VerificationFailed):
        return ""
    place = status.get("status_list") if isinstance(status, dict) else None
    uri = place.get("uri") if isinstance(place, dict) else None
    return uri if isinstance(uri, str) else ""


def _read_mdoc_status(form: Form, data: bytes) -> Cbor:
    if form is Form.MDOC:
        signed = parse_issuer_signed(parse_cbor(data))
    else:
        documents = parse_device_response(data).documents
        if not documents:
            return None
        signed = documents[0].issuer_signed
    return dict(parse_mso(signed.issuer_auth.payload).status or {})
