"""What an agency does for one paper: answer for it, tell its history, end it when its holder dies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eid.agencies.values import HistoryLine
from eid.events import PersonDied
from eid.late_dataclasses import frozen


@frozen
class Office:
    """Of one paper; eid.agencies.service has them all."""

    paper: str
    find: Callable[..., Any]
    """From a person's id, and whether to `hold` it until the transaction ends, to what the agency says today, or NotFound."""
    end_of_dead: Callable[[PersonDied], None]
    """Handles PersonDied for this paper; the registering transaction commits it."""
    find_history: Callable[[int], tuple[HistoryLine, ...]] | None = None
    """From a person's id to how the paper came to be worth what it is; None where the agency does not tell."""


def end_nothing(died: PersonDied) -> None:
    """Handles PersonDied for a paper of which the agency keeps nothing: that its holder has died, the register says."""
