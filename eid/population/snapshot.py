"""Where the generated register begins: the day whose people it holds, and the first of their row ids. Pure."""

from __future__ import annotations

from datetime import date

SNAPSHOT = date(2026, 1, 1)
"""Ages, marriages and residences are those of this day; what happens later is for life events to change."""

FIRST_GENERATED_ID = 1000
"""Of a person; the ids below are the cast's and those of people whom tests make."""
