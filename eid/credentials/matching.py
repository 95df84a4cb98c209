"""What a citizen says about themselves and a paper, compared with what its agency has. Pure.

Names are compared with their accents, whatever the case and the blanks; numbers without blanks, dots and dashes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from eid.credentials.catalogue import Holder
from eid.late_dataclasses import frozen


class ComparedField(StrEnum):
    """What is compared, in this order."""

    NAME = "name"
    BIRTH_DATE = "birthdate"
    PIN = "pin"
    NUMBER = "number"


@frozen
class GivenData:
    """What the citizen wrote down when asking for a paper."""

    name: str
    birth_date: date
    pin: str
    number: str = ""


def find_difference(
    given: GivenData, *, holder: Holder, pin: str, numbers: Iterable[str] | None
) -> ComparedField | None:
    """The first field in which the citizen and the agency differ; None where they agree.

    `numbers` are those of the documents that the agency has, any of which will do: none where it has no such paper,
    None where the paper has no number.
    """
    if _fold_name(given.name) != _fold_name(holder.full_name):
        return ComparedField.NAME
    if given.birth_date != holder.birth_date:
        return ComparedField.BIRTH_DATE
    if _fold_number(given.pin) != pin:
        return ComparedField.PIN
    if numbers is not None and _fold_number(given.number) not in {_fold_number(number) for number in numbers}:
        return ComparedField.NUMBER
    return None


def _fold_name(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _fold_number(number: str) -> str:
    return re.sub(r"[\s.\-]", "", number).upper()
