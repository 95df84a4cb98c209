"""The words of what agencies do about people."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "end_health_insurance": _("Health insurance ended"),
    "renew_health_insurance": _("Health insurance renewed"),
    "register_temporary_residence": _("Temporary residence registered"),
    "end_temporary_residence": _("Temporary residence ended"),
    "record_vaccination": _("Vaccination written into the health book"),
    "record_visit": _("Visit written into the health book"),
    "ask_for_criminal_record": _("Criminal-record certificate asked for"),
    "refuse_criminal_record": _("Criminal-record certificate refused"),
    "withdraw_criminal_record": _("Criminal-record certificate withdrawn"),
    "disclose_criminal_record": _("Criminal record told to a body of criminal procedure"),
}
