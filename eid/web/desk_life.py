"""The officer's pages of a life: what has happened to somebody, who they were on a day, and each event to be entered.

An event takes two steps: what is written on its form is shown as what it would change of whom, and then approved, judged anew.
Between the steps nothing is kept here: the page that asks for approval carries the fields.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from eid.accounts import life_desk
from eid.accounts.desk import find_opened_record
from eid.clock import world_today
from eid.population.places import list_provinces
from eid.web.desk_acts import ACTS, DeskAct, list_given
from eid.web.desk_changes import describe_preview
from eid.web.desk_fields import find_errors
from eid.web.formats import parse_date, write_date
from eid.web.forms import current_refusal, given, refused_on
from eid.web.life_words import KINDS, STATUSES
from eid.web.province_choices import list_birth_provinces
from eid.web.session import officer_only, the_officer

blueprint = Blueprint("desk_life", __name__, url_prefix="/desk/look-ups/<int:look_up_id>/life")


@blueprint.get("/")
@officer_only
@refused_on("desk_life.show_life")
def show_life(look_up_id: int) -> str:
    officer = the_officer().account_id
    day = request.args.get("day", "")[:10]
    asked = bool(day) and current_refusal() is None
    then = (
        life_desk.find_person_as_of_at_desk(look_up_id, parse_date(day, field="day"), officer=officer)
        if asked
        else None
    )
    return render_template(
        "desk_life/life.html",
        opened=find_opened_record(look_up_id, officer=officer),
        events=life_desk.list_events_at_desk(look_up_id, officer=officer),
        kinds=KINDS,
        statuses=STATUSES,
        day=day,
        then=then,
        errors=find_errors({"day"}),
    )


@blueprint.get("/<act>")
@officer_only
def show_form(look_up_id: int, act: str) -> str:
    found, officer = _find_act(act), the_officer().account_id
    return render_template(
        "desk_life/form.html",
        opened=find_opened_record(look_up_id, officer=officer),
        act=act,
        title=KINDS[found.kind],
        housemates=life_desk.list_housemates_at_desk(look_up_id, officer=officer),
        provinces=[("", _("choose")), *((p.code, p.name) for p in list_provinces(world_today()))],
        birth_provinces=[("", _("born abroad")), *list_birth_provinces()],
        today=write_date(world_today()),
        form=request.form,
        errors=find_errors(found.fields),
    )


@blueprint.post("/<act>/form")
@officer_only
@refused_on("desk_life.show_form")
def show_form_again(look_up_id: int, act: str) -> Any:
    """Back from the page that asks for approval, with everything as it was written."""
    return show_form(look_up_id=look_up_id, act=act)


@blueprint.post("/<act>")
@officer_only
@refused_on("desk_life.show_form")
def preview_event(look_up_id: int, act: str) -> str:
    found, officer = _find_act(act), the_officer().account_id
    preview = life_desk.preview_life_event_at_desk(look_up_id, found.record, officer=officer)
    opened = find_opened_record(look_up_id, officer=officer)
    return render_template(
        "desk_life/approval.html",
        opened=opened,
        act=act,
        title=KINDS[found.kind],
        people=describe_preview(preview, subject_id=opened.look_up.person_id),
        fields=list_given(found),
        seen=preview.digest,
    )


@blueprint.post("/<act>/approval")
@officer_only
@refused_on("desk_life.show_form")
def register_event(look_up_id: int, act: str) -> Any:
    record = _find_act(act).record
    life_desk.register_life_event_at_desk(look_up_id, record, officer=the_officer().account_id, seen=given("seen"))
    flash(_("The event is registered."), "success")
    return redirect(url_for("desk_life.show_life", look_up_id=look_up_id), 303)


def _find_act(act: str) -> DeskAct:
    if act not in ACTS:
        abort(404)
    return ACTS[act]
