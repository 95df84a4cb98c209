"""The states of accounts and requests as drawings, from the tables that the service itself obeys. Pure.

Mermaid's state diagrams: text that reads as a table where nothing draws it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from eid.accounts.lifecycle import TRANSITIONS, AccountState
from eid.accounts.request_lifecycle import REQUEST_TRANSITIONS, RequestState


def draw_account_states() -> str:
    """The life of an account, from its approval."""
    return draw_states(TRANSITIONS, first=AccountState.APPROVED)


def draw_request_states() -> str:
    """The life of a request, from when it is made."""
    return draw_states(REQUEST_TRANSITIONS, first=RequestState.REQUESTED)


def draw_states(transitions: Mapping[Any, StrEnum], *, first: StrEnum) -> str:
    """A state diagram with each transition of the table as an arrow, in its order; states that nothing leaves are ends."""
    arrows = [f"{state} --> {after}: {event}" for (state, event), after in transitions.items()]
    states = dict.fromkeys([*(state for state, _ in transitions), *transitions.values()])
    ends = [f"{state} --> [*]" for state in states if state not in _left(transitions)]
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in [f"[*] --> {first}", *arrows, *ends])])


def _left(transitions: Iterable[Any]) -> set[StrEnum]:
    return {state for state, _ in transitions}
