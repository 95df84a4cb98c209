"""The officer's pages of a life: what has happened to somebody, who they were on a day, and a form for each event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from eid.accounts import life_desk
from eid.accounts.desk import find_opened_record
from eid.clock import world_today
from eid.population.homes import Address
from eid.population.life.identity import particulars_of
from eid.population.life.kinds import LifeEventKind, MaritalStatus
from eid.population.life.recording import take_state
from eid.population.models import Person
from eid.population.numbers import Sex
from eid.population.places import list_provinces
from eid.population.registration import register_birth, register_divorce, register_marriage, register_move
from eid.population.renewal import correct_person, end_citizenship, naturalise_person
from eid.population.service import find_person
from eid.web.formats import parse_date, write_date
from eid.web.forms import given, given_digits, refused_on
from eid.web.session import officer_only, the_officer

blueprint = Blueprint("desk_life", __name__, url_prefix="/desk/look-ups/<int:look_up_id>/life")

KINDS: dict[str, Any] = {
    LifeEventKind.BIRTH: lazy_gettext("Birth"),
    LifeEventKind.DEATH: lazy_gettext("Death"),
    LifeEventKind.WIDOWHOOD: lazy_gettext("Widowhood"),
    LifeEventKind.MARRIAGE: lazy_gettext("Marriage"),
    LifeEventKind.DIVORCE: lazy_gettext("Divorce"),
    LifeEventKind.MOVE: lazy_gettext("Move"),
    LifeEventKind.HOUSEHOLD: lazy_gettext("Household changed"),
    LifeEventKind.CORRECTION: lazy_gettext("Correction"),
    LifeEventKind.CARD_DUE: lazy_gettext("Card due"),
    LifeEventKind.NATURALISATION: lazy_gettext("Naturalisation"),
    LifeEventKind.CITIZENSHIP_LOSS: lazy_gettext("Loss of citizenship"),
}

STATUSES: dict[str, Any] = {
    MaritalStatus.SINGLE: lazy_gettext("Single"),
    MaritalStatus.MARRIED: lazy_gettext("Married"),
    MaritalStatus.WIDOWED: lazy_gettext("Widowed"),
    MaritalStatus.DIVORCED: lazy_gettext("Divorced"),
}


@blueprint.get("/")
@officer_only
def show_life(look_up_id: int) -> str:
    officer = the_officer().account_id
    day = request.args.get("day", "")[:10]
    then = life_desk.find_person_as_of_at_desk(look_up_id, parse_date(day), officer=officer) if day else None
    return render_template(
        "desk_life/life.html",
        opened=find_opened_record(look_up_id, officer=officer),
        events=life_desk.list_events_at_desk(look_up_id, officer=officer),
        kinds=KINDS,
        statuses=STATUSES,
        day=day,
        then=then,
    )


@blueprint.get("/<act>")
@officer_only
def show_form(look_up_id: int, act: str) -> str:
    if act not in ACTS:
        abort(404)
    officer = the_officer().account_id
    return render_template(
        "desk_life/form.html",
        opened=find_opened_record(look_up_id, officer=officer),
        act=act,
        title=KINDS[ACTS[act][0]],
        housemates=life_desk.list_housemates_at_desk(look_up_id, officer=officer),
        provinces=[("", _("choose")), *((p.code, p.name) for p in list_provinces(world_today()))],
        today=write_date(world_today()),
        form=request.form,
    )


@blueprint.post("/<act>")
@officer_only
@refused_on("desk_life.show_form")
def register_event(look_up_id: int, act: str) -> Any:
    if act not in ACTS:
        abort(404)
    life_desk.register_life_event_at_desk(look_up_id, ACTS[act][1], officer=the_officer().account_id)
    flash(_("The event is registered."), "success")
    return redirect(url_for("desk_life.show_life", look_up_id=look_up_id), 303)


def _marry(pin: str) -> Person:
    spouse_pin = given_digits("spouse_pin")
    lives_with = {"here": pin, "there": spouse_pin}.get(given("lives_with"), "")
    return register_marriage(pin, spouse_pin, married_on=parse_date(given("on")), lives_with=lives_with)


def _divorce(pin: str) -> Person:
    leaves = given("leaves") == "yes"
    return register_divorce(
        pin,
        divorced_on=parse_date(given("on")),
        leaver_pin=pin if leaves else "",
        address=_address() if leaves else None,
    )


def _move(pin: str) -> Person:
    host_pin = given_digits("host_pin")
    return register_move(
        pin,
        moved_on=parse_date(given("on")),
        companions=[int(i) for i in request.form.getlist("companion") if i.isascii() and i.isdigit() and len(i) < 18],
        address=None if host_pin else _address(),
        host_pin=host_pin,
    )


def _bear(pin: str) -> Person:
    surname, middle_name, given_name = _name()
    return register_birth(
        mother_pin=pin,
        father_pin=given_digits("father_pin") or None,
        surname=surname,
        middle_name=middle_name,
        given_name=given_name,
        birth_date=parse_date(given("on")),
        sex=_sex(),
        province=given("province"),
    )


def _correct(pin: str) -> Person:
    person = take_state(find_person(pin))
    surname, middle_name, given_name = _name()
    particulars = replace(
        particulars_of(person),
        surname=surname,
        middle_name=middle_name,
        given_name=given_name,
        birth_date=parse_date(given("birth_date")),
        sex=_sex(),
        birth_province=given("birth_province") or None,
        birth_country=given("birth_country").upper(),
    )
    return correct_person(pin, particulars, corrected_on=parse_date(given("on")))


def _naturalise(pin: str) -> Person:
    return naturalise_person(pin, ethnicity="Kinh", name=_name(), naturalised_on=parse_date(given("on")))


def _end_citizenship(pin: str) -> Person:
    return end_citizenship(pin, nationality=given("nationality").upper(), ended_on=parse_date(given("on")))


def _name() -> tuple[str, str, str]:
    return given("surname"), given("middle_name"), given("given_name")


def _sex() -> Sex:
    return Sex.FEMALE if given("sex") == Sex.FEMALE else Sex.MALE


def _address() -> Address:
    return Address(given("province"), given("commune"), given("house"))


ACTS: dict[str, tuple[LifeEventKind, Callable[[str], Person]]] = {
    "birth": (LifeEventKind.BIRTH, _bear),
    "marriage": (LifeEventKind.MARRIAGE, _marry),
    "divorce": (LifeEventKind.DIVORCE, _divorce),
    "move": (LifeEventKind.MOVE, _move),
    "correction": (LifeEventKind.CORRECTION, _correct),
    "naturalisation": (LifeEventKind.NATURALISATION, _naturalise),
    "citizenship-loss": (LifeEventKind.CITIZENSHIP_LOSS, _end_citizenship),
}
