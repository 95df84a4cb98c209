"""Temporary residences made up for a whole register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from eid.agencies.loader import Loader, insert_rows
from eid.agencies.residence_models import TemporaryResidence
from eid.agencies.residence_synthesis import draw_stay
from eid.agencies.synthesis import Resident
from eid.clock import world_now


def _record_stays(residents: Sequence[Resident], today: date, rng: Random) -> int:
    now = world_now()
    drawn = [draw_stay(resident, today=today, rng=rng) for resident in residents]
    rows = [{**columns, "updated_at": now} for columns in drawn if columns is not None]
    insert_rows(TemporaryResidence, rows)
    return len(rows)


LOADER = Loader("residences", TemporaryResidence.person_id, lambda: _record_stays)
