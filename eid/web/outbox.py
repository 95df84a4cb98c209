"""The outbox: texts and mails as they would have been sent. In the demo only; elsewhere there is no such page."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.outbox import find_messages

blueprint = Blueprint("outbox", __name__, url_prefix="/outbox")


@blueprint.get("/")
@callable_by(Caller.ANYBODY)
def show_outbox() -> str:
    if not current_settings().is_demo:
        abort(404)
    recipient = request.args.get("recipient", "").strip()[:254]
    return render_template(
        "outbox/outbox.html", messages=find_messages(recipient=recipient or None), recipient=recipient
    )
