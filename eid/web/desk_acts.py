"""What each form of a life event at the desk asks, and how what was written on it becomes an act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import request

from eid.late_dataclasses import frozen
from eid.population.entries import record_birth, record_death, record_divorce, record_marriage, record_move
from eid.population.homes import Address
from eid.population.life.identity import particulars_of
from eid.population.life.kinds import LifeEventKind
from eid.population.life.recording import take_state
from eid.population.life.state import Happened
from eid.population.numbers import Sex
from eid.population.renewal import record_citizenship_loss, record_correction, record_naturalisation
from eid.population.service import find_person
from eid.web.forms import MOST_DIGITS, given, given_date, given_digits

NAME = ("surname", "middle_name", "given_name")
ADDRESS = ("province", "commune", "house")


@frozen
class DeskAct:
    kind: LifeEventKind
    fields: tuple[str, ...]
    record: Callable[[str], Sequence[Happened]]
    """Reads the form and does the act to whoever bears this PIN, uncommitted."""


def list_given(act: DeskAct) -> list[tuple[str, str]]:
    """What was written on the form of this act, field by field."""
    return [(name, value[:256]) for name in act.fields for value in request.form.getlist(name)[:100]]


def _bear(pin: str) -> Sequence[Happened]:
    surname, middle_name, given_name = _name()
    return record_birth(
        mother_pin=pin,
        father_pin=given_digits("father_pin") or None,
        surname=surname,
        middle_name=middle_name,
        given_name=given_name,
        birth_date=given_date("on"),
        sex=_sex(),
        province=given("province"),
    )


def _die(pin: str) -> Sequence[Happened]:
    return record_death(pin, died_on=given_date("died_on"))


def _marry(pin: str) -> Sequence[Happened]:
    spouse_pin = given_digits("spouse_pin")
    lives_with = {"here": pin, "there": spouse_pin}.get(given("lives_with"), "")
    return record_marriage(pin, spouse_pin, married_on=given_date("on"), lives_with=lives_with)


def _divorce(pin: str) -> Sequence[Happened]:
    leaves = given("leaves") == "yes"
    address = _address() if leaves else None
    return record_divorce(pin, divorced_on=given_date("on"), leaver_pin=pin if leaves else "", address=address)


def _move(pin: str) -> Sequence[Happened]:
    host_pin = given_digits("host_pin")
    companions = request.form.getlist("companion")
    return record_move(
        pin,
        moved_on=given_date("on"),
        companions=[int(i) for i in companions if i.isascii() and i.isdigit() and len(i) <= MOST_DIGITS],
        address=None if host_pin else _address(),
        host_pin=host_pin,
    )


def _correct(pin: str) -> Sequence[Happened]:
    surname, middle_name, given_name = _name()
    particulars = replace(
        particulars_of(take_state(find_person(pin))),
        surname=surname,
        middle_name=middle_name,
        given_name=given_name,
        birth_date=given_date("birth_date"),
        sex=_sex(),
        birth_province=given("birth_province") or None,
        birth_country=given("birth_country").upper(),
    )
    return record_correction(pin, particulars, corrected_on=given_date("on"))


def _naturalise(pin: str) -> Sequence[Happened]:
    return record_naturalisation(pin, ethnicity="Kinh", name=_name(), naturalised_on=given_date("on"))


def _end_citizenship(pin: str) -> Sequence[Happened]:
    return record_citizenship_loss(pin, nationality=given("nationality").upper(), ended_on=given_date("on"))


def _name() -> tuple[str, str, str]:
    return given("surname"), given("middle_name"), given("given_name")


def _sex() -> Sex:
    return Sex.FEMALE if given("sex") == Sex.FEMALE else Sex.MALE


def _address() -> Address:
    return Address(given("province"), given("commune"), given("house"))


ACTS: dict[str, DeskAct] = {
    "birth": DeskAct(LifeEventKind.BIRTH, (*NAME, "on", "sex", "province", "father_pin"), _bear),
    "death": DeskAct(LifeEventKind.DEATH, ("died_on",), _die),
    "marriage": DeskAct(LifeEventKind.MARRIAGE, ("spouse_pin", "lives_with", "on"), _marry),
    "divorce": DeskAct(LifeEventKind.DIVORCE, ("leaves", *ADDRESS, "on"), _divorce),
    "move": DeskAct(LifeEventKind.MOVE, ("companion", *ADDRESS, "host_pin", "on"), _move),
    "correction": DeskAct(
        LifeEventKind.CORRECTION, (*NAME, "birth_date", "sex", "birth_province", "birth_country", "on"), _correct
    ),
    "naturalisation": DeskAct(LifeEventKind.NATURALISATION, (*NAME, "on"), _naturalise),
    "citizenship-loss": DeskAct(LifeEventKind.CITIZENSHIP_LOSS, ("nationality", "on"), _end_citizenship),
}
