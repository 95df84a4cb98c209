"""The officer's pages of organisations: form TK02 on paper, found by code, locked and unlocked, dissolved."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _

from eid.accounts.organisation_finding import NamedPerson, list_by_code, parse_people
from eid.accounts.organisation_locks import lock_organisation_at_desk, unlock_organisation_at_desk
from eid.accounts.organisation_rules import LIFTED_AT_DESK
from eid.accounts.organisations import ask_for_organisation_at_desk
from eid.web import representation_words as words
from eid.web.desk_fields import find_errors
from eid.web.forms import given, given_digits, refused_on
from eid.web.organisation_form import FIELDS, read_organisation, read_others
from eid.web.session import officer_only, the_officer

blueprint = Blueprint("desk_organisations", __name__, url_prefix="/desk/organisations")

_ONE = "/<int(max=999999999999):organisation_id>"


@blueprint.get("/")
@officer_only
def show_organisations() -> str:
    """The organisations of a code; none is asked for by name, since no page lists who has an account."""
    code = request.values.get("code", "").strip()[:35]
    return render_template(
        "desk_organisations/organisations.html",
        code=code,
        found=list_by_code(code) if code else [],
        words=words,
        lifted=LIFTED_AT_DESK,
        errors=find_errors({"why"}),
    )


@blueprint.get("/new")
@officer_only
def show_form() -> str:
    return render_template(
        "organisations/form.html",
        form=request.form,
        errors=find_errors(FIELDS | {"representative_pin"}),
        kinds=words.list_choices(words.KINDS),
        at_desk=True,
    )


@blueprint.post("/new")
@officer_only
@refused_on("desk_organisations.show_form")
def ask() -> Any:
    representative = NamedPerson(given_digits("representative_pin"), given("representative_name"))
    asked = ask_for_organisation_at_desk(
        read_organisation(), representative, others=parse_people(read_others()), officer=the_officer().account_id
    )
    return _to(asked.code, _("The organisation's account is asked for."))


@blueprint.post(f"{_ONE}/lock")
@officer_only
@refused_on("desk_organisations.show_organisations")
def lock(organisation_id: int) -> Any:
    officer = the_officer().account_id
    lock_organisation_at_desk(organisation_id, reason=given("reason"), why=given("why"), officer=officer)
    return _to(given("code"), _("The organisation's account is locked, and nobody acts in its name."))


@blueprint.post(f"{_ONE}/unlock")
@officer_only
@refused_on("desk_organisations.show_organisations")
def unlock(organisation_id: int) -> Any:
    officer = the_officer().account_id
    unlock_organisation_at_desk(organisation_id, reason=given("reason"), why=given("why"), officer=officer)
    return _to(given("code"), _("This lock is lifted."))


def _to(code: str, done: str) -> Any:
    flash(done, "success")
    return redirect(f"/desk/organisations/?{urlencode({'code': code})}", 303)
