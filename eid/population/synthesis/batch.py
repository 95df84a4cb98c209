"""A batch: people of some blocks as columns of final values, named and ordered as the tables persons and households."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eid.late_dataclasses import frozen

PEOPLE_COLUMNS = (
    "id",
    "pin",
    "surname",
    "middle_name",
    "given_name",
    "folded_name",
    "birth_date",
    "sex",
    "birth_province",
    "birth_country",
    "ethnicity",
    "religion",
    "nationality",
    "household_id",
    "relation_to_head",
    "father_id",
    "mother_id",
    "spouse_id",
    "marital_status",
    "residence_province",
    "residence_old_province",
    "residence_commune",
    "residence_address",
    "died_on",
    "old_id_number",
    "phone",
)
HOUSEHOLD_COLUMNS = ("id", "province", "old_province", "commune", "address")


@frozen
class Batch:
    """Column name → values, one for each row: str, int or None; dates in ISO 8601. Ids ascend from batch to batch."""

    people: dict[str, list[Any]]
    households: dict[str, list[Any]]

    def __len__(self) -> int:
        """How many people."""
        return len(self.people["id"])

    def people_rows(self) -> Iterator[tuple[Any, ...]]:
        return zip(*self.people.values(), strict=True)

    def household_rows(self) -> Iterator[tuple[Any, ...]]:
        return zip(*self.households.values(), strict=True)
