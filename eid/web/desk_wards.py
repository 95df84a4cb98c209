"""The officer's pages of those who need somebody else or have no identity card: wards with their guardians, and foreigners."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from eid.accounts.desk import find_opened_record
from eid.accounts.foreign_papers import GivenPapers, find_foreign_paper
from eid.accounts.foreigners import ask_for_foreigners_account_at_desk, enter_papers_at_desk
from eid.accounts.guardians import end_guardianship_at_desk
from eid.accounts.guardianships import find_guardians
from eid.accounts.wards import ask_for_wards_account_at_desk
from eid.web import representation_words as words
from eid.web.desk_fields import find_errors
from eid.web.forms import given, given_date, given_digits, refused_on
from eid.web.session import officer_only, the_officer

blueprint = Blueprint("desk_wards", __name__, url_prefix="/desk/look-ups/<int:look_up_id>")

WARD_FIELDS = frozenset({"guardian_pin", "ground", "document", "level"})
PAPER_FIELDS = frozenset({"passport", "passport_until", "residence_kind", "residence_card", "residence_until"})


@blueprint.get("/ward")
@officer_only
def show_ward(look_up_id: int) -> str:
    opened = find_opened_record(look_up_id, officer=the_officer().account_id)
    return render_template(
        "desk_wards/ward.html",
        opened=opened,
        guardians=find_guardians(opened.record.person.id),
        words=words,
        form=request.form,
        errors=find_errors(WARD_FIELDS),
    )


@blueprint.post("/ward")
@officer_only
@refused_on("desk_wards.show_ward")
def ask_for_ward(look_up_id: int) -> Any:
    ask_for_wards_account_at_desk(
        look_up_id,
        guardian_pin=given_digits("guardian_pin"),
        ground=given("ground"),
        document=given("document"),
        level=given("level"),
        officer=the_officer().account_id,
    )
    return _to_record(look_up_id, _("The request is made, and waits to be examined."))


@blueprint.post("/ward/guardianships/<int(max=999999999999):guardianship_id>/end")
@officer_only
@refused_on("desk_wards.show_ward")
def end_guardianship(look_up_id: int, guardianship_id: int) -> Any:
    end_guardianship_at_desk(look_up_id, guardianship_id, officer=the_officer().account_id)
    return _to_record(look_up_id, _("The guardianship has ended."))


@blueprint.get("/foreigner")
@officer_only
def show_foreigner(look_up_id: int) -> str:
    opened = find_opened_record(look_up_id, officer=the_officer().account_id)
    return render_template(
        "desk_wards/foreigner.html",
        opened=opened,
        paper=find_foreign_paper(opened.record.person.id),
        words=words,
        form=request.form,
        errors=find_errors(PAPER_FIELDS | {"phone", "level"}),
    )


@blueprint.post("/foreigner/papers")
@officer_only
@refused_on("desk_wards.show_foreigner")
def enter_papers(look_up_id: int) -> Any:
    papers = GivenPapers(
        passport=given("passport"),
        passport_until=given_date("passport_until"),
        residence_kind=given("residence_kind"),
        residence_card=given("residence_card"),
        residence_until=given_date("residence_until"),
    )
    enter_papers_at_desk(look_up_id, papers, officer=the_officer().account_id)
    flash(_("The papers are entered."), "success")
    return redirect(url_for("desk_wards.show_foreigner", look_up_id=look_up_id), 303)


@blueprint.post("/foreigner")
@officer_only
@refused_on("desk_wards.show_foreigner")
def ask_for_foreigner(look_up_id: int) -> Any:
    ask_for_foreigners_account_at_desk(
        look_up_id, phone=given_digits("phone"), level=given("level"), officer=the_officer().account_id
    )
    return _to_record(look_up_id, _("The request is made, and waits to be examined."))


def _to_record(look_up_id: int, done: str) -> Any:
    flash(done, "success")
    return redirect(url_for("desk.show_record", look_up_id=look_up_id), 303)
