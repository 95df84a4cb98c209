"""The cast: people whom every demo has, each with a story (sample_data/cast.json)."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

from eid.config import SAMPLE_DATA
from eid.late_dataclasses import frozen

CAST = SAMPLE_DATA / "cast.json"


@frozen
class CastMember:
    """One person of the cast; the secrets are for the demo alone."""

    role: str
    pin: str
    name: str
    birth_date: date
    sex: str
    residence_province: str
    residence_commune: str
    residence_address: str
    phone: str
    password: str
    passcode: str
    totp_secret: str | None
    account: str
    level: int | None
    card: str
    health_insurance: bool
    driving_licence: bool
    story: dict[str, str]
    approved_days_ago: int = 1
    licence_points: int = 12
    father: str | None = None
    """The PIN of a member before this one, with whom they live."""
    nationality: str = "VNM"
    passport: str | None = None
    residence_days: int = 0
    """How long a foreigner's residence card is still good when the demo is made."""
    duty: str = "desk"
    """Of an officer: what the role allows."""
    organisation: dict[str, str] | None = None
    """What a representative represents: the fields of form TK02."""

    @property
    def name_parts(self) -> tuple[str, str, str]:
        """Family name, middle names, given name."""
        family, *middle, given = self.name.split()
        return family, " ".join(middle), given


@cache
def read_cast() -> tuple[CastMember, ...]:
    """Everybody in the cast, in the order of the file; nobody where the sample data were not installed."""
    if not CAST.exists():
        return ()
    rows: list[dict[str, Any]] = json.loads(CAST.read_text(encoding="utf-8"))
    return tuple(CastMember(**row | {"birth_date": date.fromisoformat(row["birth_date"])}) for row in rows)
