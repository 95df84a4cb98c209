"""The cast of the demo as the doors show them: who they are, what to try with each, and, in the demo only, their secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask_babel import get_locale

CAST = Path(__file__).parent.parent.parent / "sample_data" / "cast.json"


@dataclass(frozen=True)
class CastMember:
    name: str
    pin: str
    role: str
    account: str
    phone: str
    password: str
    passcode: str
    totp_secret: str | None
    stories: dict[str, str]

    @property
    def story(self) -> str:
        """In the language of the page."""
        return self.stories[str(get_locale() or "en")]


@cache
def find_cast() -> tuple[CastMember, ...]:
    """The cast in the order of their stories; nobody where the sample data were not installed."""
    if not CAST.exists():
        return ()
    return tuple(_parse_member(member) for member in json.loads(CAST.read_text(encoding="utf-8")))


def _parse_member(member: dict[str, Any]) -> CastMember:
    names = ("name", "pin", "role", "account", "phone", "password", "passcode", "totp_secret")
    return CastMember(**{name: member[name] for name in names}, stories=member["story"])
