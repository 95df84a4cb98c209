"""Checking an offline code that was scanned, with nothing but files: the report of eid.credentials.verification for it. Pure."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any

from eid.credentials.formats import VerifiedPaper
from eid.credentials.list_checking import verify_list_at_status
from eid.credentials.offline_reading import OMITTED, PHOTO, PHOTO_TYPE, VerifiedOfflinePaper, verify_offline_paper
from eid.credentials.reports import Report, Step, build_steps
from eid.credentials.verifier_trust import Trust
from eid.crypto import offline_code
from eid.crypto.offline_code import parse_offline_code
from eid.crypto.status_list import VerifiedStatusList, parse_status
from eid.errors import VerificationFailed

STEPS = (*offline_code.STEPS, "content")
"""In the order in which they are taken; the first that fails ends the check."""


def check_offline_code(text: str, *, trust: Trust, now: datetime, status_list: str | bytes | None = None) -> Report:
    """What there is to say about a scanned code under these keys at this time; `status_list` is a status list token.

    It is meant for whoever reads it, so there is no audience to expect.
    """
    skipped = {*(() if trust.issuer is not None else ("iss",)), *(() if status_list is not None else ("status",))}
    try:
        verified = verify_offline_paper(
            text,
            keys=trust.keys,
            expected_issuer=trust.issuer,
            now=now,
            status_list=_read_status_list(status_list, text, trust, now),
        )
    except VerificationFailed as failure:
        return Report(_steps(skipped, failure))
    return Report(_steps(skipped, None), paper=_describe(verified))


def _describe(verified: VerifiedOfflinePaper) -> VerifiedPaper:
    content: dict[str, Any] = dict(verified.content)
    if verified.photo is not None:
        content[PHOTO] = f"data:{PHOTO_TYPE};base64,{b64encode(verified.photo).decode()}"
    if verified.omitted:
        content[OMITTED] = list(verified.omitted)
    code = verified.code
    return VerifiedPaper(verified.paper, "", "", content, code.status, code.expires_at)


def _read_status_list(token: str | bytes | None, text: str, trust: Trust, now: datetime) -> VerifiedStatusList | None:
    """The list, verified; that the code points to it is verified with the code itself, and a code that says nothing of a status
    is refused there too."""
    if token is None:
        return None
    uri = parse_status(parse_offline_code(text).unverified_claims.get(offline_code.STATUS)).uri
    return verify_list_at_status(token, trust=trust, uri=uri, now=now)


def _steps(skipped: set[str], failure: VerificationFailed | None) -> tuple[Step, ...]:
    return build_steps(STEPS, skipped, failure, "" if failure is None else _canonical(failure.step))


def _canonical(step: str) -> str:
    return "status" if step.startswith("status") else step
