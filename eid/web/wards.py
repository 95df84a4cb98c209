"""The guardian's pages: the wards, their cards, papers and disclosures, and the word that each use of an account waits for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from eid.accounts.guardianships import find_guardianship
from eid.accounts.ward_uses import Decision, decide_ward_use, find_waiting_uses
from eid.accounts.wards import (
    ask_for_childs_account,
    find_ward_record,
    list_children_without,
    list_wards,
    lock_wards_account,
)
from eid.audit import find_acts_about
from eid.cards.portrait import draw_portrait
from eid.credentials.service import find_papers
from eid.oauth.asking import build_groups
from eid.oauth.clients import find_client_names
from eid.oauth.consents import find_consents, granted_items, needed_items, withdraw_attribute, withdraw_consent
from eid.web.acts import client_of, describe_acts
from eid.web.forms import given, given_digits, refused_on
from eid.web.representation_words import GROUNDS
from eid.web.session import signed_in, the_session

blueprint = Blueprint("wards", __name__, url_prefix="/citizen/wards")

_WARD = "/<int(max=999999999999):ward_id>"
RECENT = 20


@blueprint.get("/")
@signed_in
def show_wards() -> str:
    guardian_id = the_session().person_id
    waiting = [(one, build_groups(one.use.attributes, scopes=())) for one in find_waiting_uses(guardian_id)]
    return render_template(
        "wards/wards.html",
        wards=list_wards(guardian_id),
        children=list_children_without(guardian_id),
        waiting=waiting,
        grounds=GROUNDS,
    )


@blueprint.post("/requests")
@signed_in
@refused_on("wards.show_wards")
def ask_for_account() -> Any:
    ask_for_childs_account(the_session(), given_digits("child"))
    return _to_wards(_("The request is made. You get a text once it is decided."))


@blueprint.post("/uses/<int(max=999999999999):use_id>")
@signed_in
@refused_on("wards.show_wards")
def decide_use(use_id: int) -> Any:
    if given("decision") == Decision.AGREED:
        decide_ward_use(the_session(), use_id, decision=Decision.AGREED)
        return _to_wards(_("You agreed. It counts once, for exactly this."))
    decide_ward_use(the_session(), use_id, decision=Decision.REFUSED)
    return _to_wards(_("You did not agree, and nothing is shared."))


@blueprint.get(_WARD)
@signed_in
def show_ward(ward_id: int) -> str:
    reader = the_session().person_id
    found = find_ward_record(reader, ward_id)
    entries = find_acts_about(ward_id, limit=RECENT)
    services = find_client_names({client_of(entry) for entry in entries})
    names = {one.id: one.full_name for guardian in found.guardians for one in (guardian.guardian, guardian.ward)}
    return render_template(
        "wards/ward.html",
        found=found,
        record=found.record,
        papers=find_papers(ward_id, actor=reader),
        consents=[
            (consent, build_groups(granted_items(consent), scopes=consent.granted_scopes, needed=needed_items(consent)))
            for consent in find_consents(ward_id)
        ],
        acts=describe_acts(entries, services, reader=reader, names=names),
        grounds=GROUNDS,
    )


@blueprint.get(f"{_WARD}/portrait")
@signed_in
def show_wards_portrait(ward_id: int) -> Response:
    ward = find_guardianship(the_session().person_id, ward_id).ward
    photo = draw_portrait(ward.pin, sex=ward.sex)
    return Response(photo.jpeg, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@blueprint.post(f"{_WARD}/consents/<int(max=999999999999):consent_id>/withdraw")
@signed_in
@refused_on("wards.show_ward")
def end_disclosure(ward_id: int, consent_id: int) -> Any:
    guardian_id = the_session().person_id
    find_guardianship(guardian_id, ward_id)
    withdraw_consent(ward_id, consent_id, actor=guardian_id)
    return _to_ward(ward_id, _("The service can read nothing of your ward's any more."))


@blueprint.post(f"{_WARD}/consents/<int(max=999999999999):consent_id>/attributes/<key>/withdraw")
@signed_in
@refused_on("wards.show_ward")
def end_disclosure_of_attribute(ward_id: int, consent_id: int, key: str) -> Any:
    guardian_id = the_session().person_id
    find_guardianship(guardian_id, ward_id)
    withdraw_attribute(ward_id, consent_id, key, actor=guardian_id)
    return _to_ward(ward_id, _("The service can read this of your ward's no more. It goes on with the rest."))


@blueprint.post(f"{_WARD}/lock")
@signed_in
@refused_on("wards.show_ward")
def lock_account(ward_id: int) -> Any:
    lock_wards_account(the_session(), ward_id)
    return _to_ward(ward_id, _("The account is locked, and its sessions have ended."))


def _to_wards(done: str) -> Any:
    flash(done, "success")
    return redirect("/citizen/wards/", 303)


def _to_ward(ward_id: int, done: str) -> Any:
    flash(done, "success")
    return redirect(url_for("wards.show_ward", ward_id=ward_id), 303)
