"""Periods of contribution made up for a whole register."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from eid.agencies.insurance import find_object_codes
from eid.agencies.loader import Loader, insert_rows
from eid.agencies.social_insurance_models import ContributionPeriodRow, SocialInsurance
from eid.agencies.social_insurance_rules import ParticipationStatus
from eid.agencies.social_insurance_synthesis import draw_social_insurance
from eid.agencies.synthesis import Resident
from eid.clock import world_now


def _record_contributions(residents: Sequence[Resident], today: date, rng: Random) -> int:
    codes = find_object_codes(residents[0].person_id, residents[-1].person_id)
    drawn = [draw_social_insurance(each, codes.get(each.person_id), today=today, rng=rng) for each in residents]
    found = [one for one in drawn if one is not None]
    fixed = {"status": ParticipationStatus.ACTIVE, "updated_at": world_now()}
    insert_rows(SocialInsurance, [one.participation | fixed for one in found])
    insert_rows(ContributionPeriodRow, [period for one in found for period in one.periods])
    return len(found)


LOADER = Loader("contributions", SocialInsurance.person_id, lambda: _record_contributions)
