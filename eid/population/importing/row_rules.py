"""What each row of a register's file must be by itself, without regard to the others. Pure.

A rule is asked once for each different content, not for each row: most columns hold few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from eid.errors import Malformed, NotFound
from eid.population.files.columns import KINDS
from eid.population.files.reading import Rows
from eid.population.importing.cells import CELLS, Check
from eid.population.importing.filling import country_of_birth, fold_full_name, nationality_of, province_of_birth
from eid.population.importing.header import REQUIRED
from eid.population.importing.reasons import Reason
from eid.population.numbers import Sex, check_pin_agrees
from eid.population.places import find_province

Texts = dict[str, list[str]]
"""Every column of KINDS; empty texts where the file has none."""


@dataclass(frozen=True)
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
    for rule in (*_rules_of_cells("id" in rows.columns), *_RULES):
        contents = list(zip(*(texts[name] for name in rule.reads), strict=True))
        spoilt = {place for place, reasons in found.items() if _concerns(reasons, rule)}
        asked = {content for place, content in enumerate(contents) if place not in spoilt} if spoilt else set(contents)
        refused = {content: code for content in asked if (code := rule.check(*content)) is not None}
        if refused:
            for place, content in enumerate(contents):
                if content in refused and place not in spoilt:
                    found.setdefault(place, []).append(Reason(rule.column, refused[content]))
    return found


def _concerns(reasons: list[Reason], rule: _Rule) -> bool:
    return any(reason.column in rule.reads or not reason.column for reason in reasons)


def _rules_of_cells(has_ids: bool) -> list[_Rule]:
    required = {*REQUIRED, "id"} if has_ids else {*REQUIRED}
    return [_Rule(name, (name,), _if_there(check, name in required)) for name, check in CELLS.items()]


def _if_there(check: Check, required: bool) -> Check:
    empty = "cell_missing" if required else None
    return lambda text: check(text) if text else empty


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
