"""The columns of a register's file: those of the table persons, in its order; what each may hold. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

Columns = dict[str, list[Any]]
"""Column name → values, one for each row: str, int or None; dates in ISO 8601."""
Batches = Iterator[Columns]


class Kind(StrEnum):
    NUMBER = "whole number"
    DATE = "date"
    TEXT = "text"
    CODE = "code"
    """Text of which few different ones are in use."""


KINDS: dict[str, Kind] = {
    "id": Kind.NUMBER,
    "pin": Kind.TEXT,
    "surname": Kind.CODE,
    "middle_name": Kind.CODE,
    "given_name": Kind.CODE,
    "folded_name": Kind.TEXT,
    "birth_date": Kind.DATE,
    "sex": Kind.CODE,
    "birth_province": Kind.CODE,
    "birth_country": Kind.CODE,
    "ethnicity": Kind.CODE,
    "religion": Kind.CODE,
    "nationality": Kind.CODE,
    "household_id": Kind.NUMBER,
    "relation_to_head": Kind.CODE,
    "father_id": Kind.NUMBER,
    "mother_id": Kind.NUMBER,
    "spouse_id": Kind.NUMBER,
    "marital_status": Kind.CODE,
    "residence_province": Kind.CODE,
    "residence_old_province": Kind.CODE,
    "residence_commune": Kind.CODE,
    "residence_address": Kind.TEXT,
    "died_on": Kind.DATE,
    "old_id_number": Kind.TEXT,
    "phone": Kind.TEXT,
}
