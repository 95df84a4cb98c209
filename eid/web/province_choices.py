"""Provinces to choose from where both the 34 of today and the 63 of before July 2025 may be meant."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext as _

from eid.clock import world_today
from eid.population.places import MERGER, list_provinces

Choice = tuple[str, str]
Group = tuple[str, list[Choice]]

LAST_OF_63 = MERGER - timedelta(days=1)
_BEFORE = "until-"


def list_residences() -> list[Choice | Group]:
    """Any province; those of today; those until 30/06/2025, which read_residence tells from today's by their value."""
    today = [(p.code, p.name) for p in list_provinces(world_today())]
    before = [(_BEFORE + p.code, p.name) for p in list_provinces(LAST_OF_63)]
    return [("", _("any")), (_("Since 01/07/2025"), today), (_("Until 30/06/2025"), before)]


def read_residence(value: str) -> tuple[str, date | None]:
    """Code or name, and the day on which the province was called so where one of the 63 was chosen."""
    return (value.removeprefix(_BEFORE), LAST_OF_63) if value.startswith(_BEFORE) else (value, None)


def list_birth_provinces() -> list[Choice]:
    """Codes of the 63, which the 34 kept: each with its name until June 2025, and since where that is another."""
    since = {province.code: province.name for province in list_provinces(MERGER)}
    return [(p.code, _write_both(p.name, since.get(p.code, p.name))) for p in list_provinces(LAST_OF_63)]


def _write_both(before: str, since: str) -> str:
    return before if before == since else _("%(before)s (since 01/07/2025: %(since)s)", before=before, since=since)
