"""What an act would change, in words: for each person concerned the columns that differ, before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from eid.clock import world_today
from eid.late_dataclasses import frozen
from eid.population.life.acts import CITIZEN
from eid.population.life.kinds import LifeEventKind
from eid.population.life.state import PersonState
from eid.population.places import list_provinces, write_address
from eid.population.preview import Foreseen, Preview
from eid.web.formats import write_date, write_pin
from eid.web.life_words import KINDS, RELATIONS, SEXES, STATUSES

Names = Mapping[int, str]


@frozen
class DescribedChange:
    label: Any
    before: Any
    after: Any


@frozen
class DescribedPerson:
    name: str
    birth_date: date
    kind: Any
    effective_on: date
    is_newborn: bool
    changes: tuple[DescribedChange, ...]


def describe_preview(preview: Preview, *, subject_id: int) -> list[DescribedPerson]:
    """Everybody concerned: a newborn or who is acted on first, last those of whom only the household changes."""
    people = sorted(
        preview.people,
        key=lambda one: (one.kind is LifeEventKind.HOUSEHOLD, one.before is not None, one.after.id != subject_id),
    )
    return [_describe(one, preview.names) for one in people]


def _describe(one: Foreseen, names: Names) -> DescribedPerson:
    known = one.before or one.after
    changes = [DescribedChange(label, *pair) for label, write in _ROWS if (pair := _compare(one, write, names))]
    if one.before is None or one.before.pin != one.after.pin:
        changes.insert(0, DescribedChange(_("Personal identification number"), *_write_pins(one)))
    return DescribedPerson(
        known.full_name, known.birth_date, KINDS[one.kind], one.effective_on, one.before is None, tuple(changes)
    )


def _compare(one: Foreseen, write: Callable[[PersonState, Names], Any], names: Names) -> tuple[Any, Any] | None:
    """Before and after; None where they are the same."""
    before, after = write(one.before, names) if one.before else "", write(one.after, names)
    return (before, after) if before != after else None


def _write_pins(one: Foreseen) -> tuple[Any, Any]:
    return (write_pin(one.before.pin) if one.before else ""), _("a new number will be established")


def _write_birth_place(state: PersonState, _names: Names) -> str:
    provinces = {province.code: province.name for province in list_provinces(state.birth_date)}
    code = state.birth_province
    return _write_country(state.birth_country) if code is None else provinces.get(code, code)


def _write_country(code: str) -> str:
    return _("Viet Nam") if code == CITIZEN else code


def _write_household(state: PersonState, _names: Names) -> str:
    return str(_("none") if state.household_id is None else _("member of a household"))


def _write_name_of(link: str) -> Callable[[PersonState, Names], str]:
    return lambda state, names: names.get(getattr(state, link) or 0, "")


_ROWS: tuple[tuple[Any, Callable[[PersonState, Names], Any]], ...] = (
    (lazy_gettext("Full name"), lambda state, _: state.full_name),
    (lazy_gettext("Date of birth"), lambda state, _: write_date(state.birth_date)),
    (lazy_gettext("Sex"), lambda state, _: str(SEXES[state.sex])),
    (lazy_gettext("Place of birth"), _write_birth_place),
    (lazy_gettext("Nationality"), lambda state, _: _write_country(state.nationality)),
    (lazy_gettext("Ethnic group"), lambda state, _: state.ethnicity),
    (lazy_gettext("Mother"), _write_name_of("mother_id")),
    (lazy_gettext("Father"), _write_name_of("father_id")),
    (lazy_gettext("Marital status"), lambda state, _: str(STATUSES[state.marital_status])),
    (lazy_gettext("Spouse"), _write_name_of("spouse_id")),
    (lazy_gettext("Died"), lambda state, _: write_date(state.died_on) if state.died_on else ""),
    (lazy_gettext("Place of residence"), lambda state, _: write_address(state, on=world_today())),
    (lazy_gettext("Household"), _write_household),
    (
        lazy_gettext("Place in the household"),
        lambda state, _: str(RELATIONS[state.relation_to_head]) if state.relation_to_head else "",
    ),
)
