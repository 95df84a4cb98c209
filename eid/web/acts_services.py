"""Words for the acts of whoever looks after a relying service, and of its review."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "begin_registration": _("Registration of a service begun"),
    "save_registration": _("Registration of a service written on"),
    "submit_registration": _("Registration of a service submitted"),
    "withdraw_registration": _("Registration of a service withdrawn"),
    "discard_registration": _("Registration of a service thrown away"),
    "take_over_registration": _("Registration of a service taken over by an officer"),
    "decide_registration": _("Registration of a service decided"),
    "issue_client_secret": _("New secret for a service"),
    "end_previous_secret": _("Earlier secret of a service ended"),
    "change_contacts": _("Contacts of a service changed"),
    "give_client": _("Service given to you to look after"),
    "issue_initial_token": _("Token to register test clients with"),
}
