"""A holder lifts their own lock: a page for whoever has no session, since a locked account has none."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _

from eid.accounts.lifecycle import AccountState
from eid.accounts.own_lock import unlock_own_account
from eid.callers import Caller, callable_by
from eid.web.forms import given, given_digits, refused_on

blueprint = Blueprint("unlocking", __name__, url_prefix="/citizen/unlock")


@blueprint.get("")
@callable_by(Caller.ANYBODY)
def show_unlock() -> str:
    return render_template("requests/unlock.html")


@blueprint.post("")
@callable_by(Caller.ANYBODY)
@refused_on("unlocking.show_unlock")
def unlock() -> Any:
    state = unlock_own_account(given_digits("pin"), given("password"), given_digits("otp"))
    if state == AccountState.LOCKED:
        flash(
            _("Your own lock is lifted. The account stays locked for another reason: any desk can tell you which."),
            "info",
        )
        return redirect("/citizen/unlock", 303)
    flash(_("Your account is unlocked. You can sign in."), "success")
    return redirect("/citizen/sign-in", 303)
