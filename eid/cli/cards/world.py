"""The day in the world of a service, for commands that need no database."""

from __future__ import annotations

from datetime import date

from eid.clock import keep_world_offset_in, world_today
from eid.config import Settings


def find_world_day() -> date:
    """Today in the world of the settings' service, whose clock may have been moved; no database is needed."""
    settings = Settings.from_env()
    keep_world_offset_in(settings.world_clock_file if settings.is_demo else None)
    return world_today()
