"""Codes that are texted or mailed to whoever should have the phone or the address: how long they are, live, and are tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import InstrumentedAttribute

from eid.clock import wall_now
from eid.db import db

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=5)
MAILED_CODE_LIFE = timedelta(minutes=15)
"""Mail takes longer than a text."""
CODE_TRIES = 5


def claim_code_try(
    tries: InstrumentedAttribute[int], expires_at: InstrumentedAttribute[Any], *which: ColumnElement[bool]
) -> bool:
    """One try at these rows' code is counted and committed; False where there was none left, or the code is too old.

    It is counted before the code is judged, and in one statement, so that of any number who guess at once none gains a try.
    """
    claiming = (
        update(tries.class_).where(*which, tries < CODE_TRIES, expires_at > wall_now()).values({tries: tries + 1})
    )
    claimed: Any = db.session.execute(claiming.execution_options(synchronize_session=False))
    db.session.commit()
    return bool(claimed.rowcount)
