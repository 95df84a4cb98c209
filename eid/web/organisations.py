"""Organisations on a citizen's pages: asked for, agreed to, acted for; each page shows what its reader may do and no more."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from eid.accounts import mandates
from eid.accounts.organisation_finding import NamedPerson, list_represented, parse_people
from eid.accounts.organisation_pages import find_organisation_page, list_memberships
from eid.accounts.organisations import ask_for_organisation, decide_consent
from eid.accounts.statements import issue_statement
from eid.clock import world_today
from eid.errors import NotFound
from eid.web import representation_words as words
from eid.web.acts import describe_acts
from eid.web.desk_fields import find_errors
from eid.web.formats import write_date
from eid.web.forms import given, given_date, given_digits, refused_on
from eid.web.organisation_form import FIELDS, read_organisation, read_others
from eid.web.session import signed_in, the_session

blueprint = Blueprint("organisations", __name__, url_prefix="/citizen/organisations")

_ONE = "/<int(max=999999999999):organisation_id>"
_MEMBER = f"{_ONE}/members/<int(max=999999999999):member_id>"
MEMBER_FIELDS = frozenset({"member_pin", "member_name", "role", "text", "recipient"})
MANDATE_FIELDS = frozenset({"first_day", "last_day"})


@blueprint.get("/")
@signed_in
def show_organisations() -> str:
    person_id = the_session().person_id
    return render_template(
        "organisations/organisations.html",
        represented=list_represented(person_id),
        memberships=list_memberships(person_id),
        words=words,
    )


@blueprint.get("/new")
@signed_in
def show_form() -> str:
    return render_template(
        "organisations/form.html", form=request.form, errors=find_errors(FIELDS), kinds=words.list_choices(words.KINDS)
    )


@blueprint.post("/new")
@signed_in
@refused_on("organisations.show_form")
def ask() -> Any:
    asked = ask_for_organisation(the_session(), read_organisation(), others=parse_people(read_others()))
    return _to(asked.id, _("The organisation's account is asked for."))


@blueprint.get(_ONE)
@signed_in
def show_organisation(organisation_id: int) -> str:
    page = find_organisation_page(the_session().person_id, organisation_id)
    names = {one.id: one.full_name for one, _agreed in page.representatives}
    names |= {member.person.id: member.person.full_name for member in page.members}
    return render_template(
        "organisations/organisation.html",
        page=page,
        one=page.organisation,
        acts=describe_acts(page.acts, {}, reader=the_session().person_id, names=names),
        roles=words.list_choices(words.ROLES),
        words=words,
        form=request.form,
        errors=find_errors(MEMBER_FIELDS),
    )


@blueprint.post(f"{_ONE}/consent")
@signed_in
@refused_on("organisations.show_organisation")
def decide(organisation_id: int) -> Any:
    agrees = given("decision") == "agree"
    decide_consent(the_session(), organisation_id, agrees=agrees)
    return _to(organisation_id, _("You agreed.") if agrees else _("You did not agree; no account is opened."))


@blueprint.post(f"{_ONE}/members")
@signed_in
@refused_on("organisations.show_organisation")
def take_in(organisation_id: int) -> Any:
    named = NamedPerson(given_digits("member_pin"), given("member_name"))
    mandates.take_in_member(the_session(), organisation_id, named, role=given("role"))
    return _to(organisation_id, _("The person is a member, and may do nothing until you give a mandate."))


@blueprint.post(f"{_MEMBER}/release")
@signed_in
@refused_on("organisations.show_organisation")
def release(organisation_id: int, member_id: int) -> Any:
    mandates.release_member(the_session(), organisation_id, member_id)
    flash(_("The person is no member any more, and has no mandate."), "success")
    return redirect("/citizen/organisations/", 303)


@blueprint.get(_MEMBER)
@signed_in
def show_member(organisation_id: int, member_id: int) -> str:
    page = find_organisation_page(the_session().person_id, organisation_id)
    member = next((member for member in page.members if member.id == member_id), None)
    if member is None:
        raise NotFound("member_unknown", "There is no such member.")
    return render_template(
        "organisations/member.html",
        page=page,
        one=page.organisation,
        member=member,
        words=words,
        form=request.form,
        today=write_date(world_today()),
        errors=find_errors(MANDATE_FIELDS),
    )


@blueprint.post(f"{_MEMBER}/mandates")
@signed_in
@refused_on("organisations.show_member")
def give(organisation_id: int, member_id: int) -> Any:
    mandates.give_mandate(
        the_session(),
        organisation_id,
        member_id,
        acts=request.form.getlist("may"),
        first_day=given_date("first_day"),
        last_day=given_date("last_day") if given("last_day") else None,
    )
    return _to_member(organisation_id, member_id, _("The mandate is given."))


@blueprint.post(f"{_MEMBER}/mandates/<int(max=999999999999):mandate_id>/revoke")
@signed_in
@refused_on("organisations.show_member")
def revoke(organisation_id: int, member_id: int, mandate_id: int) -> Any:
    mandates.revoke_mandate(the_session(), organisation_id, mandate_id)
    return _to_member(organisation_id, member_id, _("The mandate is revoked, from this moment."))


@blueprint.post(f"{_ONE}/statements")
@signed_in
@refused_on("organisations.show_organisation")
def state(organisation_id: int) -> Any:
    issued = issue_statement(the_session(), organisation_id, text=given("text", 600), recipient=given("recipient", 400))
    page = find_organisation_page(the_session().person_id, organisation_id)
    response = make_response(
        render_template("organisations/statement.html", one=page.organisation, issued=issued, text=given("text", 600))
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post(f"{_ONE}/lock")
@signed_in
@refused_on("organisations.show_organisation")
def lock(organisation_id: int) -> Any:
    mandates.lock_own_organisation(the_session(), organisation_id)
    return _to(organisation_id, _("The organisation's account is locked. A desk unlocks it."))


def _to(organisation_id: int, done: str) -> Any:
    flash(done, "success")
    return redirect(url_for("organisations.show_organisation", organisation_id=organisation_id), 303)


def _to_member(organisation_id: int, member_id: int, done: str) -> Any:
    flash(done, "success")
    here = url_for("organisations.show_member", organisation_id=organisation_id, member_id=member_id)
    return redirect(here, 303)
