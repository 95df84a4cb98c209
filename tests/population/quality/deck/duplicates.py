"""People who are in the register twice, made by hand: how the second entry is written, and what the two share."""

from __future__ import annotations

from tests.population.quality.deck.entry import Entry, entry

SPELLINGS = [
    ("alike", "Phạm|Đức|Long", "Phạm|Đức|Long"),
    ("without accents", "Phạm|Đức|Long", "Pham|Duc|Long"),
    ("in capitals", "Phạm|Đức|Long", "PHẠM|ĐỨC|LONG"),
    ("in small letters", "Phạm|Đức|Long", "phạm|đức|long"),
    ("with another accent", "Đỗ|Văn|Hoà", "Đỗ|Văn|Hoá"),
    ("with the accent on the other vowel", "Đỗ|Văn|Hoà", "Đỗ|Văn|Hòa"),
    ("with D for Đ", "Đặng|Văn|Dũng", "Dặng|Văn|Đũng"),
    ("given name first", "Phạm|Đức|Long", "Long|Đức|Phạm"),
    ("middle name last", "Phạm|Đức|Long", "Phạm|Long|Đức"),
    ("parted in another place", "Phạm|Đức|Long", "Phạm Đức||Long"),
    ("with i for y", "Lý|Văn|Quý", "Lí|Văn|Quí"),
    ("with y for i", "Phạm|Văn|Mi", "Phạm|Văn|My"),
    ("with one letter wrong", "Trịnh|Văn|Quang", "Trịnh|Văn|Quanh"),
    ("with one letter left out", "Trịnh|Văn|Quang", "Trịnh|Văn|Quag"),
    ("with one letter doubled", "Trịnh|Văn|Quang", "Trịnh|Văn|Quaang"),
    ("with a wrong letter in the surname", "Trịnh|Văn|Quang", "Trinj|Văn|Quang"),
    ("with neighbours interchanged", "Trịnh|Văn|Quang", "Trịnh|Văn|Quagn"),
    ("without the middle name", "Bùi|Văn|Mạnh", "Bùi||Mạnh"),
    ("without one of two middle names", "Bùi|Văn Đức|Mạnh", "Bùi|Đức|Mạnh"),
    ("with an initial", "Bùi|Văn|Mạnh", "Bùi|V.|Mạnh"),
    ("with two initials", "Bùi|Văn Đức|Mạnh", "Bùi|V. Đ.|Mạnh"),
    ("with an initial without a point", "Bùi|Văn|Mạnh", "Bui|V|Manh"),
    ("with another apostrophe", "Y|H'Hen|Niê", "Y|H’Hen|Niê"),
]
"""How the second entry is written, the name of the first, and that of the second."""

DATES = [
    ("day and month interchanged", "1990-05-08", "1990-08-05", "Phạm|Đức|Long"),
    ("the year alone", "1990-05-08", "1990-01-01", "Phạm|Đức|Long"),
    ("the year alone, in the first entry", "1990-01-01", "1990-05-08", "Phạm|Đức|Long"),
    ("day and month interchanged, without accents", "1990-05-08", "1990-08-05", "Pham|Duc|Long"),
]


def _named(name: str) -> dict[str, str]:
    surname, middle_name, given_name = name.split("|")
    return {"surname": surname, "middle_name": middle_name, "given_name": given_name}


def _twice(told: str, first: str, second: str, **second_otherwise: str) -> Entry:
    again = {"like": "stranger", **_named(second), **second_otherwise}
    return entry(f"in twice {told}", {"duplicate": "again"}, stranger=_named(first), again=again)


def _twice_by_date(told: str, first: str, second: str, name: str) -> Entry:
    again = {"like": "stranger", **_named(name), "birth_date": second}
    return entry(f"in twice by {told}", {"duplicate": "again"}, stranger={"birth_date": first}, again=again)


AWAY = {"household_id": "other", "relation_to_head": "head"}

ENTRIES = [
    *(_twice(*spelling) for spelling in SPELLINGS),
    *(_twice_by_date(*dates) for dates in DATES),
    entry("a child in twice", {"duplicate": "again"}, again={"like": "daughter"}),
    entry("an adult child in twice, elsewhere", {"duplicate": "again"}, again={"like": "son", **AWAY}),
    entry(
        "in twice, elsewhere, with the mother alone",
        {"duplicate": "again"},
        again={"like": "son", "father_id": None, **AWAY},
    ),
    entry(
        "in twice, elsewhere, with the father alone",
        {"duplicate": "again"},
        again={"like": "son", "mother_id": None, **AWAY},
    ),
    entry(
        "in three times",
        {"duplicate": "again more"},
        stranger={},
        again={"like": "stranger", "given_name": "Lòng"},
        more={"like": "stranger", "middle_name": ""},
    ),
    entry(
        "in twice, once as dead",
        {"duplicate": "again"},
        stranger={},
        again={"like": "stranger", "died_on": "2021-01-01", "household_id": None, "relation_to_head": None},
    ),
]
