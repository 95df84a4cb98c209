"""Pages of passkeys: signing in with one, adding one, ending one. The browser's part is static/passkey.js."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _

from eid.accounts.levels import FactorKind
from eid.accounts.sign_in import close_session
from eid.callers import Caller, callable_by
from eid.db import writes
from eid.lazily import Later
from eid.web.forms import given, refused_on
from eid.web.session import current_session, session_token, signed_in, the_session
from eid.web.sign_in_way import lead_on, missing, this_browser, way_to

if TYPE_CHECKING:
    from eid.accounts import passkeys
else:
    passkeys = Later("eid.accounts.passkeys")

blueprint = Blueprint("passkeys", __name__, url_prefix="/citizen")


@blueprint.get("/sign-in/passkey")
@callable_by(Caller.ANYBODY)
@writes
def show_sign_in() -> Any:
    return render_template("sign_in/passkey.html", wish=passkeys.open_passkey_sign_in(), way_to=way_to)


@blueprint.post("/sign-in/passkey")
@callable_by(Caller.ANYBODY)
@refused_on("passkeys.show_sign_in")
def act_on_sign_in() -> Any:
    session, credential = current_session(), given("credential", longest=passkeys.LONGEST_CREDENTIAL)
    if session is not None and FactorKind.HAS in missing(session):
        return lead_on(passkeys.complete_sign_in_by_passkey(session_token(), credential))
    new = passkeys.begin_sign_in_by_passkey(credential, browser=this_browser())
    close_session(session_token(), replaced_by=new.session)
    return lead_on(new)


@blueprint.post("/security/passkeys")
@signed_in
@refused_on("security.show_security")
def begin_passkey() -> Any:
    wish = passkeys.begin_passkey(the_session(), password=given("password"))
    return render_template("security/passkey.html", wish=wish, name=given("name", longest=passkeys.LONGEST_NAME))


@blueprint.post("/security/passkeys/confirm")
@signed_in
@refused_on("security.show_security")
def add_passkey() -> Any:
    credential = given("credential", longest=passkeys.LONGEST_CREDENTIAL)
    passkeys.add_passkey(the_session(), name=given("name"), credential=credential)
    flash(_("The passkey is added."), "success")
    return redirect("/citizen/security/", 303)


@blueprint.post("/security/passkeys/<int:passkey_id>/end")
@signed_in
@refused_on("security.show_security")
def end_passkey(passkey_id: int) -> Any:
    passkeys.end_passkey(the_session(), passkey_id)
    flash(_("The passkey has ended."), "success")
    return redirect("/citizen/security/", 303)
