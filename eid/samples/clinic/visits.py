"""Visits under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eid.samples.clinic.cards import CardVisit
from eid.samples.clinic.papers import Paper
from eid.samples.clinic.wallets import WalletVisit
from eid.samples.memory import Memory


@dataclass(frozen=True)
class Visit:
    patient: Mapping[str, Any]
    """The claims of the ID token and of userinfo."""
    papers: tuple[Paper, ...]
    checked: tuple[tuple[str, str], ...]
    """What was verified of the sign-in: (step, what was found)."""
    session_identifier: str = ""
    """The session at the service that the patient checked in with (`sid` of the ID token)."""
    id_token: str = field(default="", repr=False)
    """Says at the end whom to sign out there."""


class Visits(Memory[Visit | CardVisit | WalletVisit]):
    def end_session(self, session_identifier: str) -> None:
        """Every visit that began with this session at the service is over."""
        self.forget_where(lambda visit: isinstance(visit, Visit) and visit.session_identifier == session_identifier)
