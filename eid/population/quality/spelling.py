"""When two names are one name written differently: accents, order, i or y, a letter wrong, a middle name left out. Pure.

For entries that already agree in birth and family. Twins are told from a person who is in the register twice by their given
names alone, which therefore must differ by more than this.
"""

from __future__ import annotations

from eid.population.names import fold_name

SAME_NAME_FROM_LETTERS = 5
"""Shorter full names that differ by a letter are two names rather than one misspelt."""


def is_same_name(one: str, other: str) -> bool:
    """Whether two full names are one name: other accents, order, i or y, one letter wrong, middle names short or left out."""
    first, second = _spelling(one), _spelling(other)
    if sorted(first) == sorted(second) or _shortens(first, second) or _shortens(second, first):
        return True
    a, b = "".join(first), "".join(second)
    return min(len(a), len(b)) >= SAME_NAME_FROM_LETTERS and _differ_by_one_letter(a, b)


def _spelling(name: str) -> list[str]:
    return fold_name(name).replace("Y", "I").replace(".", " ").split()


def _shortens(short: list[str], long: list[str]) -> bool:
    """Family and given name are the same; the middle names of `short` are some of those of `long`, in order, or initials."""
    if len(short) < 2 or len(short) > len(long) or (short[0], short[-1]) != (long[0], long[-1]):
        return False
    rest = iter(long[1:-1])
    return all(any(word == full or word == full[0] for full in rest) for word in short[1:-1])


def _differ_by_one_letter(a: str, b: str) -> bool:
    """One letter replaced, added, left out, or two neighbours swapped."""
    if len(a) > len(b):
        a, b = b, a
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return len(b) - len(a) == 1 and a[start:] == b[start + 1 :]
    swapped = a[start : start + 2] == b[start : start + 2][::-1] and a[start + 2 :] == b[start + 2 :]
    return swapped or a[start + 1 :] == b[start + 1 :]
