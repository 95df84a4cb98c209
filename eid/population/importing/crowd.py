"""What rows are to each other, as numbers: a million rows take 66 MB. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from eid.late_dataclasses import frozen
from eid.population.importing.filling import old_province_of
from eid.population.importing.reasons import Reason
from eid.population.importing.row_rules import Texts
from eid.population.life.kinds import Relation

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MOST_DIGITS = 15


@frozen
class Crowd:
    """Each row of a file, in order; 0 where there is no number or none that could be read."""

    ids: Ints
    pins: Ints
    phones: Ints
    fathers: Ints
    mothers: Ints
    spouses: Ints
    households: Ints
    addresses: Ints
    """Rows of one address have one number."""
    heads: Flags
    refused: Flags
    """By a rule that looks at nothing but the row."""

    def __len__(self) -> int:
        return len(self.ids)


NUMBERS = {
    "id": "ids",
    "pin": "pins",
    "phone": "phones",
    "father_id": "fathers",
    "mother_id": "mothers",
    "spouse_id": "spouses",
    "household_id": "households",
}


def build_crowd(texts: Texts, found: Mapping[int, Sequence[Reason]]) -> Crowd:
    """The rows of some texts; `found` is what their own rules have against them. A number that is none refers to nobody."""
    numbers = {name: read_numbers(texts[column]) for column, name in NUMBERS.items()}
    refused = np.zeros(len(texts["id"]), np.bool_)
    for place, reasons in found.items():
        refused[place] = True
        for reason in reasons:
            if reason.column in NUMBERS and reason.code.endswith("_malformed"):
                numbers[NUMBERS[reason.column]][place] = 0
    heads = np.array([relation == Relation.HEAD for relation in texts["relation_to_head"]], np.bool_)
    return Crowd(**numbers, addresses=_number_addresses(texts), heads=heads, refused=refused)


def join_crowds(crowds: Sequence[Crowd]) -> Crowd:
    """All rows one after the other."""
    return Crowd(**{f.name: np.concatenate([getattr(crowd, f.name) for crowd in crowds]) for f in fields(Crowd)})


def number_address(province: str, old_province: str, commune: str, address: str) -> int:
    """The same for the same address in this process; two addresses have one number once in 2^64 pairs."""
    return hash("\n".join((province, old_province, commune, address)))


def read_numbers(texts: Iterable[str]) -> Ints:
    """Digits as whole numbers, 0 for whatever else there is."""
    return np.array([int(t) if len(t) <= _MOST_DIGITS and t.isascii() and t.isdigit() else 0 for t in texts], np.int64)


def _number_addresses(texts: Texts) -> Ints:
    columns = ("residence_province", "residence_old_province", "residence_commune", "residence_address")
    rows = zip(*(texts[name] for name in columns), strict=True)
    numbers = [number_address(new, old_province_of(old, new), commune, address) for new, old, commune, address in rows]
    return np.array(numbers, np.int64)
