"""Health insurance and driving licences made up for a whole register, from one stream of chance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from eid.agencies.licence_rules import FULL_POINTS
from eid.agencies.loader import Loader, insert_rows
from eid.agencies.models import DrivingLicence, HealthInsurance, InsuranceStatus, LicencePointsEntry
from eid.agencies.synthesis import Resident, draw_insurance, draw_licence
from eid.clock import world_now


def _record_insured_and_licensed(residents: Sequence[Resident], today: date, rng: Random) -> int:
    now = world_now()
    insured, licensed = [], []
    for resident in residents:
        if insurance := draw_insurance(resident, today=today, rng=rng):
            insured.append({**insurance, "status": InsuranceStatus.VALID, "updated_at": now})
        if licence := draw_licence(resident, today=today, rng=rng):
            licensed.append({**licence, "updated_at": now})
    lost = [
        {
            "person_id": row["person_id"],
            "decision": f"MẪU-{row['person_id']:07d}",
            "decided_on": row["points_changed_on"],
            "change": row["points"] - FULL_POINTS,
            "points_after": row["points"],
        }
        for row in licensed
        if row["points"] < FULL_POINTS
    ]
    for table, rows in ((HealthInsurance, insured), (DrivingLicence, licensed), (LicencePointsEntry, lost)):
        insert_rows(table, rows)
    return len(insured) + len(licensed)


LOADER = Loader("agencies", HealthInsurance.person_id, lambda: _record_insured_and_licensed)
