"""The catalogue is whole, in an order that foreign keys allow, and as the documentation says."""

from __future__ import annotations

import re
from pathlib import Path

from eid.app import RETENTION, STAYS
from eid.db import db, table_of

ENDS = {"expires_at", "ended_at", "ends_at"}
OPERATIONS = Path(__file__).parent.parent.parent / "docs" / "operations.md"


def test_every_table_whose_rows_end_is_in_the_catalogue_or_says_why_it_is_not() -> None:
    told = [entry.name for entry in RETENTION] + [table_of(stay.model).name for stay in STAYS]
    assert len(told) == len(set(told))
    ending = {table.name for table in db.metadata.sorted_tables if ENDS & set(table.columns.keys())}
    assert ending <= set(told)
    assert all(reason.why.endswith(".") for reason in (*RETENTION, *STAYS))


def test_what_refers_to_rows_goes_before_them() -> None:
    places = {entry.name: place for place, entry in enumerate(RETENTION)}
    for entry in RETENTION:
        for foreign in entry.table.foreign_keys:
            assert places[entry.name] <= places.get(foreign.column.table.name, len(places)), entry.name


def test_sessions_outlive_the_codes_that_name_them() -> None:
    kept = {entry.name: entry.kept for entry in RETENTION}
    assert kept["sessions"] > kept["authorization_codes"] > kept["access_tokens"]


def test_the_documentation_names_every_table_of_the_catalogue() -> None:
    section = OPERATIONS.read_text().split("## What is deleted, and when", 1)[1].split("\n## ", 1)[0]
    kept, stay = section.split("**What stays", 1)
    named = re.findall(r"^\| `(\w+)` \|", kept, re.MULTILINE)
    assert named == [entry.name for entry in RETENTION]
    assert set(re.findall(r"`(\w+)`", stay.split("\n\n")[0])) >= {table_of(each.model).name for each in STAYS}
