"""The citizen's page about the account to which social payments go: linked, replaced and unlinked with the passcode."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from eid.accounts.authenticators import check_passcode
from eid.accounts.ward_uses import open_own_papers
from eid.agencies.social_security import (
    find_linked_account,
    find_social_security_account,
    link_social_security_account,
    unlink_social_security_account,
)
from eid.agencies.social_security_rules import INSTITUTIONS, InstitutionKind
from eid.credentials.service import check_account_level
from eid.web.desk_fields import find_errors
from eid.web.forms import given, given_digits, refused_on
from eid.web.session import signed_in, the_session

blueprint = Blueprint("social_security", __name__, url_prefix="/citizen/social-security")


@blueprint.get("")
@signed_in
def show_account() -> Response:
    person_id = the_session().person_id
    check_account_level(person_id)
    page = render_template(
        "social_security/account.html",
        linked=find_linked_account(person_id),
        institutions=_list_institutions(),
        form=request.form,
        errors=find_errors({"institution", "account_number", "name"}),
    )
    return _private(page)


@blueprint.post("")
@signed_in
@refused_on("social_security.show_account")
def link_account() -> Any:
    _check_holder()
    link_social_security_account(
        the_session().person_id,
        institution=given("institution"),
        number=given("account_number"),
        name=given("name"),
    )
    return _back(_("The account is linked: the institution has it in your name."))


@blueprint.get("/unlink")
@signed_in
def show_unlinking() -> Response:
    return _private(
        render_template("social_security/unlink.html", linked=find_social_security_account(the_session().person_id))
    )


@blueprint.post("/unlink")
@signed_in
@refused_on("social_security.show_unlinking")
def unlink_account() -> Any:
    _check_holder()
    unlink_social_security_account(the_session().person_id)
    return _back(_("The account is unlinked."))


def _check_holder() -> None:
    """The passcode, for an account that shows papers, and a guardian's word where there is a guardian."""
    opened = the_session()
    check_account_level(opened.person_id)
    check_passcode(opened.account_id, given_digits("passcode"))
    open_own_papers(opened.person_id)


def _list_institutions() -> list[tuple[str, Any]]:
    names = {InstitutionKind.BANK: _("Banks"), InstitutionKind.E_WALLET: _("E-wallets")}
    return [
        ("", _("choose")),
        *(
            (names[kind], [(i.code, i.name) for i in INSTITUTIONS.values() if i.kind is kind])
            for kind in InstitutionKind
        ),
    ]


def _private(page: str) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _back(done: str) -> Any:
    flash(done, "success")
    return redirect(url_for("social_security.show_account"), 303)
