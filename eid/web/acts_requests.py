"""Words for the acts of requests and their review."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "open_request": _("Request made"),
    "take_over_request": _("Request taken over by an officer"),
    "pass_on_request": _("Request passed on to another officer"),
    "decide_request": _("Request decided"),
    "withdraw_request": _("Request withdrawn"),
    "tell_of_decision": _("Told of a decision"),
    "begin_application": _("Account asked for in the app"),
    "confirm_application": _("Phone confirmed for a request"),
    "upgrade_account": _("Account grown to level 2"),
    "close_account": _("Account closed"),
    "unlock_own_account": _("Own lock lifted"),
    "appoint_officer": _("Appointed as an officer"),
    "dismiss_officer": _("Appointment as an officer ended"),
}
