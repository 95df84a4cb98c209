"""The officer's pages: find a person for a purpose, see the record, act on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from eid.accounts import desk
from eid.accounts.officers import DUTIES, Duty
from eid.accounts.request_queue import find_open_requests_about, find_queue
from eid.accounts.search_desk import search_people_at_desk
from eid.clock import world_today
from eid.oauth.registration_reviews import count_waiting_registrations
from eid.population.places import list_provinces
from eid.web.desk_fields import find_errors
from eid.web.desk_search import FIELDS, is_number, list_kept, read_terms
from eid.web.formats import write_date
from eid.web.forms import given, given_digits, given_number, refused_on
from eid.web.province_choices import list_residences
from eid.web.session import officer_only, the_officer

ACCOUNT_FIELDS = ("phone", "email", "note", "authority")

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


@blueprint.get("/")
@officer_only
def show_desk() -> str:
    officer = the_officer()
    duties = DUTIES[officer.role]
    queue = find_queue(officer=officer.account_id) if Duty.REVIEW in duties else None
    return render_template(
        "desk/desk.html",
        officer=officer,
        queue=queue,
        waiting_services=count_waiting_registrations() if queue is not None else None,
        may_appoint=Duty.APPOINT in duties,
        **_search_form(),
    )


@blueprint.post("/searches")
@officer_only
@refused_on("desk.show_desk")
def search() -> Any:
    """The record itself for a PIN, a list for a name: what is searched for is sent, and sent again for the next page."""
    if is_number(given("pin")):
        return look_up()
    officer, terms = the_officer(), read_terms()
    found = search_people_at_desk(
        terms, purpose=given("purpose"), officer=officer.account_id, after=given_number("after")
    )
    return render_template(
        "desk/found.html",
        officer=officer,
        found=found,
        kept=list_kept(),
        provinces={province.code: province.name for province in list_provinces(world_today())},
        is_first_page=given_number("after") is None,
        **_search_form(),
    )


@blueprint.post("/look-ups")
@officer_only
@refused_on("desk.show_desk")
def look_up() -> Any:
    found = desk.look_up_person(given_digits("pin"), purpose=given("purpose"), officer=the_officer().account_id)
    return _to_record(found.id)


@blueprint.get("/look-ups/<int:look_up_id>")
@officer_only
def show_record(look_up_id: int) -> str:
    opened = desk.find_opened_record(look_up_id, officer=the_officer().account_id)
    today = write_date(world_today())
    return render_template(
        "desk/record.html",
        look_up=opened.look_up,
        record=opened.record,
        today=today,
        errors=find_errors(ACCOUNT_FIELDS),
        open_requests=find_open_requests_about(opened.look_up.person_id),
        officer=the_officer(),
    )


@blueprint.post("/look-ups/<int:look_up_id>/account")
@officer_only
@refused_on("desk.show_record")
def open_account(look_up_id: int) -> Any:
    desk.open_account_at_desk(look_up_id, officer=the_officer().account_id, **_account_form())
    return _to_record(look_up_id, _("The account is approved, and the text is on its way."))


@blueprint.post("/look-ups/<int:look_up_id>/account/review")
@officer_only
@refused_on("desk.show_record")
def receive_account_request(look_up_id: int) -> Any:
    desk.receive_account_request(look_up_id, officer=the_officer().account_id, **_account_form())
    return _to_record(look_up_id, _("The request waits for review."))


@blueprint.post("/look-ups/<int:look_up_id>/authority")
@officer_only
@refused_on("desk.show_record")
def receive_authority_request(look_up_id: int) -> Any:
    desk.receive_authority_request(
        look_up_id,
        kind=given("kind"),
        authority=given("authority"),
        document=given("document"),
        why=given("why"),
        officer=the_officer().account_id,
    )
    return _to_record(look_up_id, _("The request waits for two officers."))


@blueprint.post("/look-ups/<int:look_up_id>/close")
@officer_only
@refused_on("desk.show_record")
def close_account(look_up_id: int) -> Any:
    desk.close_account_at_desk(look_up_id, reason=given("close_reason"), officer=the_officer().account_id)
    return _to_record(look_up_id, _("The account is closed for good."))


@blueprint.post("/look-ups/<int:look_up_id>/hotline")
@officer_only
@refused_on("desk.show_record")
def reopen_activation(look_up_id: int) -> Any:
    desk.reopen_activation_at_desk(look_up_id, officer=the_officer().account_id)
    return _to_record(look_up_id, _("The account can be activated for another seven days."))


@blueprint.post("/look-ups/<int:look_up_id>/lock")
@officer_only
@refused_on("desk.show_record")
def lock_account(look_up_id: int) -> Any:
    desk.lock_account_at_desk(look_up_id, reason=given("reason"), note=given("note"), officer=the_officer().account_id)
    return _to_record(look_up_id, _("The account is locked, and its sessions have ended."))


@blueprint.post("/look-ups/<int:look_up_id>/unlock")
@officer_only
@refused_on("desk.show_record")
def unlock_account(look_up_id: int) -> Any:
    desk.unlock_account_at_desk(look_up_id, reason=given("reason"), officer=the_officer().account_id)
    return _to_record(look_up_id, _("This lock is lifted."))


def _account_form() -> dict[str, Any]:
    """What the form TK01 asks."""
    return {
        "phone": given_digits("phone"),
        "email": given("email", 300),
        "wishes": [wish[:32] for wish in request.form.getlist("wishes")[:20]],
    }


def _search_form() -> dict[str, Any]:
    """What the form to search by is drawn from."""
    return {"residences": list_residences(), "form": request.form, "errors": find_errors(FIELDS)}


def _to_record(look_up_id: int, done: str = "") -> Any:
    if done:
        flash(done, "success")
    return redirect(url_for("desk.show_record", look_up_id=look_up_id), 303)
