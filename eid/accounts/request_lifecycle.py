"""The life of a request as a table: made, taken over stage by stage, decided once, and after a refusal perhaps granted on appeal.

Before an account there is a request: `requested`, `in_review` and `refused` are states of it, all others those of the
account (lifecycle.py). A transition that is not in the table is refused.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from eid.errors import Conflict

APPEAL_PERIOD = timedelta(days=90)
"""Law on Complaints 02/2011, article 9: from the day on which the refusal became known."""


class RequestState(StrEnum):
    REQUESTED = "requested"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN_STATES = frozenset({RequestState.REQUESTED, RequestState.IN_REVIEW})


class RequestEvent(StrEnum):
    TAKE_OVER = "take_over"
    """An officer works on it from now on."""
    PASS_ON = "pass_on"
    """A stage is done; the next waits for its officer."""
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    OVERTURN = "overturn"
    """An appeal against the refusal was granted."""


REQUEST_TRANSITIONS: dict[tuple[RequestState, RequestEvent], RequestState] = {
    (RequestState.REQUESTED, RequestEvent.TAKE_OVER): RequestState.IN_REVIEW,
    (RequestState.REQUESTED, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.IN_REVIEW, RequestEvent.TAKE_OVER): RequestState.IN_REVIEW,
    (RequestState.IN_REVIEW, RequestEvent.PASS_ON): RequestState.IN_REVIEW,
    (RequestState.IN_REVIEW, RequestEvent.APPROVE): RequestState.APPROVED,
    (RequestState.IN_REVIEW, RequestEvent.REFUSE): RequestState.REFUSED,
    (RequestState.IN_REVIEW, RequestEvent.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.REFUSED, RequestEvent.OVERTURN): RequestState.APPROVED,
}


def state_after_event(state: RequestState, event: RequestEvent) -> RequestState:
    """The state to which the event leads. Raises Conflict: request_decided, or request_state where it is still open."""
    if (state, event) in REQUEST_TRANSITIONS:
        return REQUEST_TRANSITIONS[state, event]
    if state in OPEN_STATES:
        raise Conflict(
            "request_state", "The request is not yet where this can be done.", reason=f"{event} while {state}"
        )
    raise Conflict("request_decided", "This request is decided already.", reason=f"{event} while {state}")


def check_may_appeal(state: RequestState, *, decided_at: datetime | None, is_appeal: bool, now: datetime) -> None:
    """Raise Conflict unless this is a refusal of the last ninety days, and not of an appeal."""
    if state != RequestState.REFUSED or decided_at is None:
        raise Conflict("request_not_refused", "Only a refusal can be appealed against.", reason=f"{state}")
    if is_appeal:
        raise Conflict("appeal_final", "This was an appeal already; there is no other.")
    if now > decided_at + APPEAL_PERIOD:
        raise Conflict("appeal_late", "The ninety days for an appeal are over.")
