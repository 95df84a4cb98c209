"""Acts of facilities: what they write into health books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from eid.agencies.health import HEALTH_RECORD, enter_vaccination, enter_visit
from eid.agencies.health_rules import Drug, VisitKind, VisitResult
from eid.cli.agencies.act import Act, option

_DAY = click.DateTime(["%d/%m/%Y"])
_KINDS = click.Choice([str(each) for each in VisitKind])
_RESULTS = click.Choice([str(each) for each in VisitResult])
_FACILITY = option("--facility", help="Who writes and signs it: province and number, as in 79-001.")


def _vaccinate(pin: str, *, on: datetime | None, **given: Any) -> Any:
    return enter_vaccination(pin, given_on=on.date() if on else None, **given)


def _treat(pin: str, *, on: datetime | None, until: datetime | None, drugs: Sequence[str], **visit: Any) -> Any:
    read = [Drug(*(part.strip() for part in (*drug.partition(":")[::2],))) for drug in drugs]
    came_on, left_on = (day.date() if day else None for day in (on, until))
    return enter_visit(pin, drugs=read, came_on=came_on, left_on=left_on, **visit)


ACTS = (
    Act(
        "record-vaccination",
        HEALTH_RECORD,
        "Write a dose into somebody's health book",
        '--vaccine "Cúm mùa" --antigen cúm --dose 1 --facility 79-001',
        _vaccinate,
        [
            option("--vaccine", help="Its name."),
            option("--antigen", help="What it protects from."),
            option("--dose", type=int, help="Which dose it is: the first is 1."),
            _FACILITY,
            option("--on", type=_DAY, default=None, help="When it was given; today unless told."),
        ],
    ),
    Act(
        "record-visit",
        HEALTH_RECORD,
        "Write a visit to a facility into somebody's health book",
        '--facility 79-001 --reason Ho --icd10 J06.9 --diagnosis "Viêm họng cấp" --drug "Paracetamol 500 mg: ngày 3 viên"',
        _treat,
        [
            _FACILITY,
            option("--reason", help="Why they came."),
            option("--icd10", help="Code of the diagnosis, as in J06.9."),
            option("--diagnosis", help="The diagnosis in words."),
            option("--drug", "drugs", multiple=True, help="NAME: HOW TO TAKE IT; may be given several times."),
            option("--kind", type=_KINDS, default="outpatient", show_default=True, help="How they were treated."),
            option("--result", type=_RESULTS, default="better", show_default=True, help="What came of it."),
            option("--on", type=_DAY, default=None, help="When they came; today unless told."),
            option("--until", type=_DAY, default=None, help="When they left; the same day unless told."),
        ],
    ),
)  # fmt: skip
