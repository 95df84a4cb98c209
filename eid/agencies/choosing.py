"""Which of many something happens to in some days: chosen by the database, in one look, by counted chance."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement

_PRIME, _STEP, _SPREAD = 1_000_003, 104_729, 7_919


def is_chosen(column: Any, share_a_year: float, first: date, last: date, *, salt: int) -> ColumnElement[bool]:
    """A condition that so large a share of rows meets in a year, others each time; `salt` keeps kinds of events apart."""
    days = (last - first).days + 1
    shift = (first.toordinal() * _STEP + salt * _SPREAD * _SPREAD) % _PRIME
    most = int(_PRIME * min(1.0, share_a_year * days / 365))
    chosen: ColumnElement[bool] = (column * _SPREAD + shift) % _PRIME < most
    return chosen
