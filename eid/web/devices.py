"""The phone: a page that plays one in any browser (static/device.js), and binding and ending it from the holder's pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template
from flask_babel import gettext as _

from eid.accounts import devices
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.web.forms import given, refused_on
from eid.web.session import sign_in_url, signed_in, the_session

PHONE = "/citizen/device"

blueprint = Blueprint("devices", __name__, url_prefix="/citizen")


@blueprint.get("/device")
@callable_by(Caller.ANYBODY)
def show_device() -> str:
    return render_template("devices/device.html", audience=current_settings().public_url)


@blueprint.get("/device/bind")
@signed_in
def show_binding() -> Any:
    session = the_session()
    level = devices.binding_level(session.account_id)
    step_up = sign_in_url(f"{PHONE}/bind", level=level) if session.level < level else ""
    return render_template("devices/bind.html", step_up=step_up, device=devices.find_device(session.account_id))


@blueprint.post("/device/bind")
@signed_in
@refused_on("devices.show_binding")
def begin_binding() -> Any:
    binding = devices.begin_binding(the_session(), password=given("password"))
    address = f"{current_settings().public_url}{PHONE}#bind={binding.code}"
    page = render_template("devices/code.html", binding=binding, address=address)
    return Response(page, headers={"Cache-Control": "no-store"})


@blueprint.post("/security/devices/<int:device_id>/end")
@signed_in
@refused_on("security.show_security")
def end_device(device_id: int) -> Any:
    devices.end_device(the_session(), device_id)
    flash(_("The phone is no longer bound to your account."), "success")
    return redirect("/citizen/security/", 303)
