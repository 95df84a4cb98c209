"""Acts of the social insurance."""

from __future__ import annotations

from functools import partial

from eid.agencies.insurance import (
    HEALTH_INSURANCE,
    end_health_insurance,
    issue_health_insurance,
    renew_health_insurance,
)
from eid.cli.agencies.act import OFFICER, Act, option

_GROUP = "The group of insured people: DN, GD, HS …"

ACTS = (
    Act(
        "issue-insurance",
        HEALTH_INSURANCE,
        "Insure somebody who has no health insurance, from today",
        "--group GD",
        partial(issue_health_insurance, officer=OFFICER),
        [option("--group", "object_code", help=_GROUP)],
    ),
    Act(
        "renew-insurance",
        HEALTH_INSURANCE,
        "Insure somebody for another term, or anew where it had ended",
        "",
        partial(renew_health_insurance, officer=OFFICER),
        [option("--group", "object_code", default="", help=f"{_GROUP}; otherwise that of their age.")],
    ),
    Act(
        "end-insurance",
        HEALTH_INSURANCE,
        "End somebody's health insurance today",
        "",
        partial(end_health_insurance, officer=OFFICER),
    ),
)  # fmt: skip
