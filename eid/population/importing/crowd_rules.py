"""What the rows of a register's file must be beside each other and beside the register. Pure.

Where two rows claim one number, which is right cannot be known, so both are refused. Whoever refers to a refused row is
refused in turn, and so on, so that what is left refers to nobody who is missing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eid.late_dataclasses import frozen
from eid.population.importing.crowd import Crowd, Flags, Ints
from eid.population.importing.reasons import Reason

Marks = NDArray[np.uint32]

NOBODY = -1

MARKS = (
    Reason("id", "id_twice"),
    Reason("id", "id_taken"),
    Reason("pin", "pin_twice"),
    Reason("pin", "pin_taken"),
    Reason("phone", "phone_twice"),
    Reason("phone", "phone_taken"),
    *(
        Reason(link, code)
        for code in ("link_self", "link_unknown", "link_refused")
        for link in ("father_id", "mother_id", "spouse_id")
    ),
    Reason("household_id", "household_address"),
    Reason("household_id", "link_refused"),
)
"""What each bit of a row's mark says, from the lowest."""
_BITS = {reason: np.uint32(1 << place) for place, reason in enumerate(MARKS)}


@frozen
class Known:
    """What the register has of the numbers that a crowd names, each ascending."""

    ids: Ints
    pins: Ints
    """Those that were replaced, too."""
    phones: Ints
    households: Ints
    addresses: Ints
    """Of these households."""


@frozen
class Verdict:
    """Of each row: which of MARKS, whether it is refused, and whether its household is new with it."""

    marks: Marks
    refused: Flags
    founders: Flags


def judge_crowd(crowd: Crowd, known: Known) -> Verdict:
    """Who is refused by whatever rule, and why beyond the row itself."""
    marks = np.zeros(len(crowd), np.uint32)
    targets = _find_targets(crowd)
    _mark_numbers(crowd, known, marks)
    _mark_links(crowd, known, targets, marks)
    _mark_addresses(crowd, known, marks)
    by_own_fault = crowd.refused | (marks != 0)
    refused = _follow(by_own_fault, list(targets.values()))
    for column, target in targets.items():
        whom = np.where(by_own_fault, by_own_fault[target], refused[target]) & (target != NOBODY)
        _set(marks, Reason(column, "link_refused"), whom)
    return Verdict(marks, refused, _find_founders(crowd, known, refused))


def reasons_of(mark: int) -> list[Reason]:
    return [reason for place, reason in enumerate(MARKS) if mark >> place & 1]


def among(numbers: Ints, ascending: Ints) -> Flags:
    """Which of the numbers are among others, which ascend."""
    if not len(ascending):
        return np.zeros(len(numbers), np.bool_)
    place = np.minimum(np.searchsorted(ascending, numbers), len(ascending) - 1)
    among: Flags = ascending[place] == numbers
    return among


def _mark_numbers(crowd: Crowd, known: Known, marks: Marks) -> None:
    for column, numbers, taken in (
        ("id", crowd.ids, known.ids),
        ("pin", crowd.pins, known.pins),
        ("phone", crowd.phones, known.phones),
    ):
        ascending = np.sort(numbers)
        repeated = np.unique(ascending[1:][ascending[1:] == ascending[:-1]])
        _set(marks, Reason(column, f"{column}_twice"), (numbers != 0) & among(numbers, repeated))
        _set(marks, Reason(column, f"{column}_taken"), among(numbers, taken))


def _mark_links(crowd: Crowd, known: Known, targets: dict[str, Ints], marks: Marks) -> None:
    for column, links in (("father_id", crowd.fathers), ("mother_id", crowd.mothers), ("spouse_id", crowd.spouses)):
        to_self = (links != 0) & (links == crowd.ids)
        lost = (links != 0) & (targets[column] == NOBODY) & ~to_self & ~among(links, known.ids)
        _set(marks, Reason(column, "link_self"), to_self)
        _set(marks, Reason(column, "link_unknown"), lost)


def _mark_addresses(crowd: Crowd, known: Known, marks: Marks) -> None:
    """A household is where the register has it, else where its head lives, else its first member, refused rows apart."""
    rows = np.flatnonzero((crowd.households != 0) & ~crowd.refused)
    settled = rows[np.lexsort((rows, ~crowd.heads[rows], crowd.households[rows]))]
    homes, first = np.unique(crowd.households[settled], return_index=True)
    addresses = crowd.addresses[settled[first]]
    here = among(homes, known.households)
    addresses[here] = known.addresses[np.searchsorted(known.households, homes[here])]
    expected = addresses[np.searchsorted(homes, crowd.households[rows])]
    elsewhere = np.zeros(len(crowd), np.bool_)
    elsewhere[rows] = crowd.addresses[rows] != expected
    _set(marks, Reason("household_id", "household_address"), elsewhere)


def _find_targets(crowd: Crowd) -> dict[str, Ints]:
    """Column → the row to which each row refers, NOBODY where to none of the file or to itself."""
    targets = {
        "father_id": _look_up(crowd.fathers, crowd.ids),
        "mother_id": _look_up(crowd.mothers, crowd.ids),
        "spouse_id": _look_up(crowd.spouses, crowd.ids),
        "household_id": _find_heads(crowd),
    }
    for target in targets.values():
        target[target == np.arange(len(crowd))] = NOBODY
    return targets


def _find_heads(crowd: Crowd) -> Ints:
    """The row of the head of each row's household, the first where there are several."""
    heads = np.flatnonzero(crowd.heads & (crowd.households != 0))
    if not len(heads):
        return np.full(len(crowd), NOBODY)
    place = _look_up(crowd.households, crowd.households[heads])
    return np.where(place == NOBODY, NOBODY, heads[place])


def _follow(refused: Flags, targets: list[Ints]) -> Flags:
    """These, and whoever refers to them, directly or by others. Each row is looked at once, however long the chain."""
    if not refused.any():
        return refused
    referrers = np.concatenate([np.flatnonzero(target != NOBODY) for target in targets])
    target = np.concatenate([target[target != NOBODY] for target in targets])
    order = np.argsort(target, kind="stable")
    referrers = referrers[order]
    starts = np.searchsorted(target[order], np.arange(len(refused) + 1))
    found = refused.copy()
    waiting = np.flatnonzero(refused).tolist()
    while waiting:
        row = waiting.pop()
        for referrer in referrers[starts[row] : starts[row + 1]].tolist():
            if not found[referrer]:
                found[referrer] = True
                waiting.append(referrer)
    return found


def _find_founders(crowd: Crowd, known: Known, refused: Flags) -> Flags:
    """The first of each household who is not refused, unless the register has the household."""
    rows = np.flatnonzero((crowd.households != 0) & ~refused & ~among(crowd.households, known.households))
    founders = np.zeros(len(crowd), np.bool_)
    founders[rows[np.unique(crowd.households[rows], return_index=True)[1]]] = True
    return founders


def _look_up(wanted: Ints, numbers: Ints) -> Ints:
    """The first place among the numbers of each that is wanted; NOBODY where it is none of them, or 0."""
    order = np.argsort(numbers, kind="stable")
    place = np.minimum(np.searchsorted(numbers, wanted, sorter=order), len(numbers) - 1)
    found = order[place]
    found[(numbers[found] != wanted) | (wanted == 0)] = NOBODY
    return found


def _set(marks: Marks, reason: Reason, where: Flags) -> None:
    marks[where] |= _BITS[reason]
