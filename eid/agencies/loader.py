"""What makes up the papers of one kind for a whole register: eid.agencies.loading calls it chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from random import Random
from typing import Any

from sqlalchemy import insert

from eid.agencies.synthesis import Resident
from eid.db import db
from eid.late_dataclasses import frozen

Record = Callable[[Sequence[Resident], date, Random], int]
"""Adds what these residents have on that day, from that chance, and gives how many entitlements it made."""


@frozen
class Loader:
    """Of one kind of paper, or of kinds that share a stream of chance."""

    name: str
    """Of its stream of chance."""
    holder: Any
    """The column of whose paper it is: where a generated person is in it, this kind was made before."""
    make_record: Callable[[], Record]


def insert_rows(table: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Add these rows, all with the same columns."""
    if rows:
        db.session.execute(insert(table.__table__), rows)
