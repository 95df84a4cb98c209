"""Acts of the police of communes and provinces: temporary residence, criminal records."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import click

from eid.agencies.criminal_record_rules import ProcedureBody, ToldRecord
from eid.agencies.criminal_records import (
    CRIMINAL_RECORD,
    disclose_criminal_record,
    refuse_criminal_record,
    withdraw_criminal_record,
)
from eid.agencies.residence import RESIDENCE, end_temporary_residence, register_temporary_residence
from eid.cli.agencies.act import OFFICER, Act, option
from eid.population.homes import Address


def _register(pin: str, *, province: str, commune: str, house: str, until: datetime | None) -> Any:
    address = Address(province, commune, house)
    return register_temporary_residence(pin, address=address, until=until.date() if until else None, officer=OFFICER)


def _describe(told: ToldRecord) -> dict[str, Any]:
    convictions = [
        {
            "decided_on": each.decided_on.isoformat(),
            "offence": each.offence,
            "expunged_on": each.expunged_on.isoformat() if each.expunged_on else None,
        }
        for each in told.convictions
    ]
    content = {"name": told.full_name, "form": "2", "body": str(told.body), "on": told.on.isoformat()}
    return {"state": "told", "content": content | {"conclusion": str(told.conclusion), "convictions": convictions}}


_REASON = option("--reason", help="Why; the person reads it.")

ACTS = (
    Act(
        "register-stay",
        RESIDENCE,
        "Register where somebody lives for a time, a year unless told",
        '--province 48 --commune "Phường Bến Thử" --house "Số 1"',
        _register,
        [
            option("--province", help="Code of one of today's provinces."),
            option("--commune", help="Name of the commune."),
            option("--house", help="House and street, or hamlet."),
            option("--until", type=click.DateTime(["%d/%m/%Y"]), default=None, help="The last day; two years at most."),
        ],
    ),
    Act("end-stay", RESIDENCE, "End somebody's temporary residence", "", partial(end_temporary_residence, officer=OFFICER)),
    Act(
        "refuse-criminal-record",
        CRIMINAL_RECORD,
        "Refuse the certificate that somebody asked for and waits for",
        '--reason "Thiếu giấy tờ"',
        partial(refuse_criminal_record, officer=OFFICER),
        [_REASON],
    ),
    Act(
        "withdraw-criminal-record",
        CRIMINAL_RECORD,
        "Take back somebody's newest certificate in force",
        '--reason "Ghi sai"',
        partial(withdraw_criminal_record, officer=OFFICER),
        [_REASON],
    ),
    Act(
        "disclose-criminal-record",
        CRIMINAL_RECORD,
        "Tell a body of criminal procedure what form no. 2 says",
        '--body court --purpose "Vụ án 12/2026"',
        partial(disclose_criminal_record, officer=OFFICER),
        [
            option("--body", type=click.Choice([str(each) for each in ProcedureBody]), help="Which body asks."),
            option("--purpose", help="For which case; the person reads it."),
        ],
        _describe,
    ),
)  # fmt: skip
