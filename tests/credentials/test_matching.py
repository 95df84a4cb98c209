"""What a citizen writes is compared with what the agency has: names with accents, numbers however they are typed."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from eid.credentials.catalogue import Holder
from eid.credentials.matching import GivenData, find_difference

HOLDER = Holder("Trần Văn Minh", date(1985, 11, 2), "M", "VNM")
PIN = "979085000102"
GIVEN = GivenData("Trần Văn Minh", date(1985, 11, 2), PIN, "50W-123.45")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": " trần  VĂN minh "},
        {"name": unicodedata.normalize("NFD", "Trần Văn Minh")},
        {"pin": "979 085 000 102"},
        {"number": "50w 12345"},
    ],
)
def test_the_same_is_the_same_however_it_is_typed(changes: dict[str, Any]) -> None:
    assert find_difference(replace(GIVEN, **changes), holder=HOLDER, pin=PIN, numbers=["50W-123.45", "x"]) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "Tran Van Minh"}, "name"),
        ({"birth_date": date(1985, 2, 11)}, "birthdate"),
        ({"pin": "979085000103"}, "pin"),
        ({"number": "50W-123.46"}, "number"),
        ({"number": ""}, "number"),
        ({"name": "Minh", "pin": "1"}, "name"),
    ],
)
def test_the_first_field_that_differs_is_named(changes: dict[str, Any], field: str) -> None:
    assert find_difference(replace(GIVEN, **changes), holder=HOLDER, pin=PIN, numbers=["50W-123.45"]) == field


def test_who_has_no_such_paper_differs_in_its_number_and_a_paper_without_number_needs_none() -> None:
    assert find_difference(GIVEN, holder=HOLDER, pin=PIN, numbers=()) == "number"
    assert find_difference(replace(GIVEN, number=""), holder=HOLDER, pin=PIN, numbers=None) is None
