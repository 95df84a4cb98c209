"""A log with a few acts, and what is found when it is examined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from eid.audit import ActorKind, record_act
from eid.audit_seal.examination import LogReport, examine_log
from eid.audit_seal.retention import keeps_since
from eid.audit_seal.sealing import seal_entries
from eid.clock import world_now
from eid.db import db

Log = Callable[[int], None]


@pytest.fixture
def log(app: Flask) -> Log:
    """Adds so many acts, each committed by itself."""

    def add(count: int) -> None:
        for number in range(count):
            record_act("look_up_person", actor_kind=ActorKind.OFFICER, actor=7, person_id=2, purpose=f"Số {number} ✓")
            db.session.commit()

    return add


@pytest.fixture
def sealed(log: Log) -> None:
    """Three batches, of three, one and two entries."""
    for count in (3, 1, 2):
        log(count)
        assert seal_entries() == count


def examine(**changes: Any) -> LogReport:
    return examine_log(**{"keeps_since": keeps_since(world_now())} | changes)


def found(**changes: Any) -> list[tuple[str, int | None, int | None]]:
    """Code, batch and entry of every fault."""
    return [(fault.code, fault.batch, fault.entry) for fault in examine(**changes).faults]
