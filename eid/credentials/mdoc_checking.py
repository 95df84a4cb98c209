"""Checking an mdoc with files alone: what a wallet was given, or what it showed, in a session where whoever asked says which.
Pure."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

from eid.credentials.list_checking import check_listed_status
from eid.credentials.reports import CheckedCredential, Report, build_steps
from eid.credentials.unverified import Form, find_form, read_doc_type, unwrap
from eid.credentials.verifier_trust import Trust
from eid.credentials.withdrawal import check_not_withdrawn
from eid.crypto.cbor import Cbor, Tag
from eid.crypto.mdoc_verification import STEPS, Session, VerifiedMdoc, verify_device_response, verify_issuer_signed
from eid.errors import VerificationFailed

FORM = "mso_mdoc"


def check_mdoc(
    data: bytes,
    *,
    trust: Trust,
    now: datetime,
    expected_type: str | None = None,
    session: Session | None = None,
    status_list: str | bytes | None = None,
) -> Report:
    """What there is to say about it: the steps of verify_device_response, and that its signer was not withdrawn (certificate).

    Without a session the device's proof is not checked; of an IssuerSigned there is none.
    """
    raw, is_shown = unwrap(data), find_form(data) is Form.DEVICE_RESPONSE
    skipped = {
        *(() if is_shown and session is not None else ("device_auth",)),
        *(() if is_shown else ("device_elements",)),
        *(() if expected_type is not None else ("doc_type",)),
        *(() if status_list is not None else ("status",)),
    }
    terms: dict[str, Any] = {
        "roots": trust.roots,
        "expected_doc_type": expected_type or read_doc_type(data),
        "now": now,
    }
    try:
        verified = _verify(raw, is_shown, session, terms)
        check_not_withdrawn(verified.issuer, trust.withdrawn)
        check_listed_status(verified.status, status_list, trust=trust, now=now)
    except VerificationFailed as failure:
        step = "status" if failure.step.startswith("status") else failure.step
        return Report(build_steps(STEPS, skipped, failure, step))
    return Report(build_steps(STEPS, skipped, None), credential=_describe(verified, is_held=is_shown and bool(session)))


def _verify(raw: bytes, is_shown: bool, session: Session | None, terms: dict[str, Any]) -> VerifiedMdoc:
    if is_shown:
        return verify_device_response(raw, session=session, **terms)
    return verify_issuer_signed(raw, **terms)


def _describe(verified: VerifiedMdoc, *, is_held: bool) -> CheckedCredential:
    claims = {
        space: {name: write_value(value) for name, value in named.items()} for space, named in verified.elements.items()
    }
    expires_at = int(verified.validity.valid_until.timestamp())
    issuer = str(verified.issuer.certificate.describe()["subject"])
    return CheckedCredential(FORM, verified.doc_type, claims, issuer, expires_at, verified.status, is_held)


def write_value(value: Cbor) -> Any:
    """An element as JSON: octets in base64url, days and times as text."""
    if isinstance(value, Tag):
        return write_value(value.value)
    if isinstance(value, bytes):
        return urlsafe_b64encode(value).rstrip(b"=").decode()
    if isinstance(value, list):
        return [write_value(each) for each in value]
    if isinstance(value, dict):
        return {str(name): write_value(each) for name, each in value.items()}
    return value
