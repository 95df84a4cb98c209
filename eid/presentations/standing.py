"""Whether what was shown still stands: our own credentials in our records, others' in the status list that they name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from eid.credentials.models import IssuedPaper
from eid.credentials.statuses import list_uri
from eid.crypto.status_list import StatusReference, StatusType
from eid.db import db
from eid.errors import Malformed, Refused, Unavailable, VerificationFailed
from eid.fetching import fetch
from eid.presentations.foreign_lists import check_foreign_status
from eid.presentations.verification import IssuerTrust, VerifiedPresentation

LIST_TYPE = "application/statuslist+jwt"


def check_standing(
    presented: Sequence[VerifiedPresentation], *, trust: IssuerTrust, now: datetime
) -> dict[str, IssuedPaper]:
    """By query id, what we issued among these; each of them, and of the others those that name a status list, is valid now.

    Raises VerificationFailed (step status): paper_invalid, paper_suspended, token_status, status_unavailable, and those of a
    list that does not hold.
    """
    own: dict[str, IssuedPaper] = {}
    for one in presented:
        if one.is_own:
            own[one.query_id] = _check_own(one.status)
        elif one.status is not None:
            _check_foreign(one, one.status, trust, now)
    return own


def _check_own(status: StatusReference | None) -> IssuedPaper:
    """What we issue always has a place; a place that we do not know is nobody's."""
    prefix = list_uri(0)[:-1]
    number = status.uri.removeprefix(prefix) if status is not None and status.uri.startswith(prefix) else ""
    if status is None or not (number.isascii() and number.isdigit() and len(number) < 11):
        raise VerificationFailed("status", "token_status", "The token does not say where its status stands.")
    place = IssuedPaper.list_id == int(number), IssuedPaper.list_index == status.index
    issued = db.session.scalar(select(IssuedPaper).where(*place).execution_options(populate_existing=True))
    if issued is None:
        raise VerificationFailed("status", "token_status", "The token does not say where its status stands.")
    if issued.status == StatusType.SUSPENDED:
        raise VerificationFailed("status", "paper_suspended", "The paper is suspended.")
    if issued.status != StatusType.VALID:
        raise VerificationFailed("status", "paper_invalid", "The paper is no longer valid.")
    return issued


def _check_foreign(one: VerifiedPresentation, status: StatusReference, trust: IssuerTrust, now: datetime) -> None:
    """What cannot be asked about is not accepted."""
    try:
        answer = fetch(status.uri, accept=LIST_TYPE)
    except (Malformed, Refused, Unavailable) as refusal:
        raise VerificationFailed(
            "status", "status_unavailable", "The status of a credential cannot be found out.", reason=refusal.code
        ) from refusal
    check_foreign_status(answer.body.decode("utf-8", "replace"), status, roots=trust.roots, now=now)
