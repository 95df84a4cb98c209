"""What each row of a register's file must be by itself, without regard to the others. Pure.

A rule is asked once for each different content, not for each row: most columns hold few.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Sequence
from datetime import date
from typing import TypeVar

from eid.errors import Malformed, NotFound
from eid.late_dataclasses import frozen
from eid.population.files.columns import KINDS
from eid.population.files.reading import Rows
from eid.population.importing.cells import CELLS, Check
from eid.population.importing.filling import country_of_birth, fold_full_name, nationality_of, province_of_birth
from eid.population.importing.header import REQUIRED
from eid.population.importing.reasons import Reason
from eid.population.numbers import Sex, check_pin_agrees
from eid.population.places import find_province

T = TypeVar("T", bound=Hashable)
Texts = dict[str, list[str]]
"""Every column of KINDS; empty texts where the file has none."""


@frozen
class _Rule:
    column: str
    """Where a reader has to look."""
    reads: tuple[str, ...]
    check: Callable[..., str | None]


def read_columns(rows: Rows) -> Texts:
    """The columns that the register knows, those that are not in the file empty."""
    return {name: rows.columns.get(name) or [""] * len(rows) for name in KINDS}


def find_reasons(rows: Rows, texts: Texts) -> dict[int, list[Reason]]:
    """Place of each row that is refused → every reason. Rules of several cells are asked where each cell is good."""
    found = {place: [Reason("", "row_shape")] for place in rows.misshapen}
    required = {*REQUIRED, "id"} if "id" in rows.columns else {*REQUIRED}
    for column, check in CELLS.items():
        codes = {text: _check_cell(text, check, column in required) for text in set(texts[column])}
        _note(found, column, texts[column], codes, rows.misshapen)
    spoilt_cells = {place: {reason.column for reason in reasons} for place, reasons in found.items()}
    for rule in _RULES:
        contents = list(zip(*(texts[name] for name in rule.reads), strict=True))
        spoilt = {place for place, columns in spoilt_cells.items() if not columns.isdisjoint(("", *rule.reads))}
        asked = {content for place, content in enumerate(contents) if place not in spoilt} if spoilt else set(contents)
        _note(found, rule.column, contents, {content: rule.check(*content) for content in asked}, spoilt)
    return found


def _check_cell(text: str, check: Check, required: bool) -> str | None:
    if text:
        return check(text)
    return "cell_missing" if required else None


def _note(
    found: dict[int, list[Reason]], column: str, contents: Sequence[T], codes: dict[T, str | None], but: Container[int]
) -> None:
    """Add to what was found the rows whose content has a code, but for some."""
    if not any(codes.values()):
        return
    for place, content in enumerate(contents):
        code = codes.get(content)
        if code is not None and place not in but:
            found.setdefault(place, []).append(Reason(column, code))


def _pin_disagrees(pin: str, born: str, sex: str) -> str | None:
    try:
        check_pin_agrees(pin, birth_date=date.fromisoformat(born), sex=Sex(sex))
    except Malformed as refusal:
        return refusal.code
    return None


def _name_differs(surname: str, middle_name: str, given_name: str, folded: str) -> str | None:
    same = folded in ("", fold_full_name(surname, middle_name, given_name))
    return None if same else "folded_name_differs"


def _country_missing(pin: str, country: str) -> str | None:
    return None if country_of_birth(country, pin) else "cell_missing"


def _nationality_missing(pin: str, nationality: str) -> str | None:
    return None if nationality_of(nationality, pin) else "cell_missing"


def _province_unknown(pin: str, country: str, province: str, born: str) -> str | None:
    code = province_of_birth(province, country_of_birth(country, pin), pin)
    if code is None:
        return None
    try:
        find_province(code, date.fromisoformat(born))
    except NotFound as refusal:
        return refusal.code
    return None


def _relation_homeless(household: str, relation: str, died_on: str) -> str | None:
    fits = household or not relation or (relation == "head" and not died_on)
    return None if fits else "relation_homeless"


_RULES = (
    _Rule("pin", ("pin", "birth_date", "sex"), _pin_disagrees),
    _Rule("folded_name", ("surname", "middle_name", "given_name", "folded_name"), _name_differs),
    _Rule("birth_country", ("pin", "birth_country"), _country_missing),
    _Rule("nationality", ("pin", "nationality"), _nationality_missing),
    _Rule("birth_province", ("pin", "birth_country", "birth_province", "birth_date"), _province_unknown),
    _Rule("relation_to_head", ("household_id", "relation_to_head", "died_on"), _relation_homeless),
)
