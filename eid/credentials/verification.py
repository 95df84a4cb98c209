"""Checking a token that was shown – a paper's, or the code of an identity card – with nothing but files: keys, and a status
list where there is one. Pure.

The result is a report that names every step; nothing is fetched, and what was not given to check against says `not_checked`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eid.credentials import card_code
from eid.credentials.card_code import verify_card_code
from eid.credentials.formats import find_paper_of_typ, verify_paper_token
from eid.credentials.list_checking import verify_list_at_status
from eid.credentials.reports import Report as Report
from eid.credentials.reports import Step as Step
from eid.credentials.reports import StepResult as StepResult
from eid.credentials.reports import build_steps
from eid.credentials.reports import write_report as write_report
from eid.credentials.unverified import read_claims, read_header
from eid.credentials.verifier_trust import Trust as Trust
from eid.credentials.verifier_trust import parse_trust as parse_trust
from eid.crypto.status_list import VerifiedStatusList, parse_status
from eid.errors import VerificationFailed

STEPS = ("typ", "key", "signature", "iss", "aud", "time", "content", "status")
"""In the order in which they are taken; the first that fails ends the check."""

_STEP_OF = {"claims": "content", "iat": "time", "exp": "time"}


def check_shown_token(
    token: str,
    *,
    trust: Trust,
    now: datetime,
    expected_audience: str | None = None,
    status_list: str | bytes | None = None,
) -> Report:
    """As check_card_code or check_paper_token, whichever its header says that it is."""
    if read_header(token).get("typ") == card_code.TYP:
        return check_card_code(token, trust=trust, now=now)
    return check_paper_token(token, trust=trust, now=now, expected_audience=expected_audience, status_list=status_list)


def check_card_code(token: str, *, trust: Trust, now: datetime) -> Report:
    """What there is to say about the code of an identity card; it is meant for anybody and has no status, as it ends at once."""
    unverified_header, unverified_claims = read_header(token), read_claims(token)
    skipped = {"aud", "status", *(() if trust.issuer is not None else ("iss",))}
    try:
        verified = verify_card_code(
            token,
            keys=_keys_named(unverified_header, trust),
            expected_issuer=trust.issuer or str(unverified_claims.get("iss")),
            now=now,
        )
    except VerificationFailed as failure:
        return Report(_steps(skipped, failure))
    return Report(_steps(skipped, None), card=verified)


def check_paper_token(
    token: str,
    *,
    trust: Trust,
    now: datetime,
    expected_audience: str | None = None,
    status_list: str | bytes | None = None,
) -> Report:
    """What there is to say about a token under these keys at this time; `status_list` is a status list token.

    1. Its header names a kind of paper (typ) and a key that is trusted (key); its signature holds (signature).
    2. It comes from the trusted issuer (iss), is meant for the expected audience (aud), and is valid now (time).
    3. It holds the paper that it names (content), and its place in the status list says valid (status).
    """
    unverified_header, unverified_claims = read_header(token), read_claims(token)
    skipped = {
        *(() if trust.issuer is not None else ("iss",)),
        *(() if expected_audience is not None else ("aud",)),
        *(() if status_list is not None else ("status",)),
    }
    try:
        verified = verify_paper_token(
            token,
            paper=find_paper_of_typ(unverified_header.get("typ")),
            keys=_keys_named(unverified_header, trust),
            expected_issuer=trust.issuer or str(unverified_claims.get("iss")),
            expected_audience=expected_audience or str(unverified_claims.get("aud")),
            now=now,
            status_list=_read_status_list(status_list, unverified_claims, trust, now),
        )
    except VerificationFailed as failure:
        return Report(_steps(skipped, failure))
    return Report(_steps(skipped, None), paper=verified)


def _steps(skipped: set[str], failure: VerificationFailed | None) -> tuple[Step, ...]:
    return build_steps(STEPS, skipped, failure, "" if failure is None else _canonical(failure.step))


def _canonical(step: str) -> str:
    return "status" if step.startswith("status") else _STEP_OF.get(step, step)


def _keys_named(header: Mapping[str, Any], trust: Trust) -> list[Mapping[str, Any]]:
    named = [key for key in trust.keys if key.get("kid") == header.get("kid")]
    if not named or not isinstance(header.get("kid"), str):
        raise VerificationFailed("key", "key_unknown", "None of the trusted keys is the one that the token names.")
    return named


def _read_status_list(
    token: str | bytes | None, unverified_claims: Mapping[str, Any], trust: Trust, now: datetime
) -> VerifiedStatusList | None:
    """The list, verified; that the token points to it is verified with the token itself."""
    if token is None:
        return None
    uri = parse_status(unverified_claims.get("status")).uri
    return verify_list_at_status(token, trust=trust, uri=uri, now=now)
