"""Health insurance as pure rules: object codes, benefit levels and card codes (Decision 1351/QĐ-BHXH of 2015).

A card code is XX|L|PP|NNNNNNNNNN: the group of people that the holder is insured with, the benefit level that follows from
it, the province that issued the card, and the ten-digit social insurance number. Who pays what at a hospital is not decided here.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from eid.agencies.terms import add_years
from eid.errors import Malformed
from eid.late_dataclasses import frozen

SYNTHETIC_LEAD = "00"
"""The first two digits of a social insurance number are the province of first issue. Provinces are numbered from 01 to 96,
and 97 to 99 may serve insurers that are no province, so a number that starts with 00 was never issued to anybody."""

NUMBERS = 10**8
"""How many social insurance numbers begin with SYNTHETIC_LEAD."""

NUMBER = re.compile(r"[0-9]{10}")
CARD_CODE = re.compile(r"([A-Z]{2})([1-5])([0-9]{2})([0-9]{10})")

FIVE_YEARS = 5
"""After five continuous years a patient who has paid much already pays no more that year (Law on Health Insurance, 22)."""


class BenefitLevel(StrEnum):
    """How much of the cost of treatment the fund pays."""

    UNCAPPED = "1"
    FULL = "2"
    NINETY_FIVE = "3"
    EIGHTY = "4"
    BEYOND_SCOPE = "5"


FUND_SHARE = {
    BenefitLevel.UNCAPPED: 100,
    BenefitLevel.FULL: 100,
    BenefitLevel.NINETY_FIVE: 95,
    BenefitLevel.EIGHTY: 80,
    BenefitLevel.BEYOND_SCOPE: 100,
}
"""Percent of the cost that the fund pays."""

OBJECT_CODES = {
    "DN": "employee of an enterprise",
    "HX": "member of a co-operative",
    "CH": "employee of the state or another organisation",
    "NN": "employee of a foreign organisation",
    "TK": "employee of another employer",
    "HC": "official",
    "XK": "part-time official of a commune",
    "HT": "pensioner",
    "TB": "receiver of a work-accident allowance",
    "NO": "employee on long sick leave",
    "CT": "survivor's pension from 80 years of age",
    "XB": "former commune official with an allowance",
    "TN": "receiver of unemployment benefit",
    "CS": "rubber worker with an allowance",
    "QN": "soldier",
    "CA": "police officer",
    "CY": "cipher officer",
    "XN": "former commune official paid by the state",
    "MS": "person who lost working capacity",
    "CC": "person of great merit",
    "CK": "person of merit",
    "CB": "veteran",
    "KC": "participant in the resistance",
    "HD": "elected deputy",
    "TE": "child under six",
    "BT": "receiver of a social allowance",
    "HN": "member of a poor household",
    "DT": "member of an ethnic minority in a hard area",
    "DK": "resident of an especially hard area",
    "XD": "resident of an island commune",
    "TS": "relative of a martyr",
    "TC": "relative of a person of merit",
    "TQ": "relative of a soldier",
    "TA": "relative of a police officer",
    "TY": "relative of a cipher officer",
    "TV": "receiver of an allowance for years of service",
    "TG": "relative of a person of merit of another kind",
    "AK": "veteran of the resistance with an allowance",
    "DS": "member of an ethnic minority",
    "HK": "member of a poor household of another kind",
    "HG": "organ donor",
    "LS": "foreign student on a scholarship",
    "PV": "carer of a person of merit",
    "CN": "member of a near-poor household",
    "HS": "pupil",
    "SV": "student",
    "GB": "member of a farming household",
    "GD": "member of a household",
}
"""What each two-letter code of a card stands for; the order is the insurer's: by who pays the contribution."""

_LEVELS = {
    BenefitLevel.UNCAPPED: {"CC", "TE"},
    BenefitLevel.FULL: {"CK", "CB", "KC", "HN", "DT", "DK", "XD", "BT", "TS", "AK", "CT"},
    BenefitLevel.NINETY_FIVE: {"HT", "TC", "CN", "PV", "TG", "DS", "HK"},
    BenefitLevel.BEYOND_SCOPE: {"QN", "CA", "CY"},
}
"""Every other code has level 4."""


@frozen
class CardCode:
    """The four boxes of a card code."""

    object_code: str
    benefit_level: BenefitLevel
    province: str
    """Two digits, as the statistics office numbers provinces."""
    number: str
    """The social insurance number, ten digits."""


def benefit_level_of(object_code: str) -> BenefitLevel:
    """The level that everybody of this group has. Raises Malformed where there is no such group."""
    if object_code not in OBJECT_CODES:
        raise Malformed("object_code_unknown", "There is no such group of insured people.")
    for level, codes in _LEVELS.items():
        if object_code in codes:
            return level
    return BenefitLevel.EIGHTY


def build_number(serial: int) -> str:
    """The social insurance number of this serial, ten digits. Raises Malformed outside 0 … NUMBERS-1."""
    if not 0 <= serial < NUMBERS:
        raise Malformed("insurance_serial", "There is no social insurance number with this serial.")
    return f"{SYNTHETIC_LEAD}{serial:08d}"


def parse_number(text: str) -> int:
    """The serial of a social insurance number of this simulation. Raises Malformed for any other text or number."""
    if not NUMBER.fullmatch(text) or not text.startswith(SYNTHETIC_LEAD):
        raise Malformed("insurance_number", "This is no social insurance number of the simulation.")
    return int(text[2:])


def build_card_code(object_code: str, province: str, number: str) -> str:
    """The 15 characters of a card. Raises Malformed where a box would not hold what it must."""
    level = benefit_level_of(object_code)
    code = f"{object_code}{level}{province}{number}"
    parse_card_code(code)
    return code


def parse_card_code(text: str) -> CardCode:
    """The boxes of a 15-character code. Raises Malformed where its form, its group or the group's level is wrong."""
    match = CARD_CODE.fullmatch(text)
    if not match:
        raise Malformed("card_code", "A health insurance code is two letters, a level, a province and ten digits.")
    object_code, level, province, number = match.groups()
    if level != benefit_level_of(object_code):
        raise Malformed("card_code_level", "The benefit level does not follow from the group of insured people.")
    return CardCode(object_code, BenefitLevel(level), province, number)


def five_years_on(insured_since: date) -> date:
    """The day on which five continuous years are full, as the card prints it."""
    return add_years(insured_since, FIVE_YEARS)


def facility_name(facility: str) -> str:
    """The made-up name of a facility of first contact; `facility` is province and number, as in `01-007`."""
    return f"Bệnh viện Đa khoa Mẫu {int(facility.partition('-')[2])}"
