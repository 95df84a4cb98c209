"""The life of a registration as a table: written, submitted, taken over by an officer, decided; returned or refused, it may be
written anew. A transition that is not in the table is refused. Pure.
"""

from __future__ import annotations

from enum import StrEnum

from eid.errors import Conflict

REVIEW_WORKING_DAYS = 5
"""Within so many working days of its submission a registration is decided."""


class RegistrationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    """The officer wants something changed; the owner writes on."""
    REFUSED = "refused"
    APPROVED = "approved"
    DISCARDED = "discarded"


class RegistrationEvent(StrEnum):
    EDIT = "edit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    """Back to a draft, before an officer looks at it."""
    DISCARD = "discard"
    TAKE_OVER = "take_over"
    RETURN = "return"
    REFUSE = "refuse"
    APPROVE = "approve"


_S, _E = RegistrationState, RegistrationEvent
REGISTRATION_TRANSITIONS: dict[tuple[RegistrationState, RegistrationEvent], RegistrationState] = {
    (_S.DRAFT, _E.EDIT): _S.DRAFT,
    (_S.DRAFT, _E.SUBMIT): _S.SUBMITTED,
    (_S.DRAFT, _E.DISCARD): _S.DISCARDED,
    (_S.SUBMITTED, _E.WITHDRAW): _S.DRAFT,
    (_S.SUBMITTED, _E.TAKE_OVER): _S.IN_REVIEW,
    (_S.IN_REVIEW, _E.TAKE_OVER): _S.IN_REVIEW,
    (_S.IN_REVIEW, _E.RETURN): _S.RETURNED,
    (_S.IN_REVIEW, _E.REFUSE): _S.REFUSED,
    (_S.IN_REVIEW, _E.APPROVE): _S.APPROVED,
    (_S.RETURNED, _E.EDIT): _S.RETURNED,
    (_S.RETURNED, _E.SUBMIT): _S.SUBMITTED,
    (_S.RETURNED, _E.DISCARD): _S.DISCARDED,
    (_S.REFUSED, _E.EDIT): _S.DRAFT,
}

OWNERS_TURN = frozenset({_S.DRAFT, _S.RETURNED, _S.REFUSED})
OFFICERS_TURN = frozenset({_S.SUBMITTED, _S.IN_REVIEW})
OPEN = (OWNERS_TURN | OFFICERS_TURN) - {_S.REFUSED}
"""While one of these is about a client, another change of it cannot be begun."""
NEED_REASON = frozenset({_E.RETURN, _E.REFUSE})


def state_after_registration(state: str, event: RegistrationEvent) -> RegistrationState:
    """The state to which the event leads. Raises Conflict: registration_decided, registration_state."""
    known = RegistrationState(state)
    if (known, event) in REGISTRATION_TRANSITIONS:
        return REGISTRATION_TRANSITIONS[known, event]
    if known in (_S.APPROVED, _S.DISCARDED, _S.REFUSED):
        raise Conflict("registration_decided", "This registration is decided already.", reason=f"{event} while {state}")
    raise Conflict(
        "registration_state", "The registration is not where this can be done.", reason=f"{event} while {state}"
    )
