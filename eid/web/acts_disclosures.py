"""Words for the acts of disclosures and the sealing of the log."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "read_userinfo": _("Data read by a service"),
    "answer_backchannel_question": _("Answered what a service asked on the phone or the page"),
    "answer_device_question": _("Answered what a service asked by a code"),
    "exchange_token": _("Passed on by a service that acts for you"),
    "open_backchannel_question": _("Asked by a service to confirm"),
    "open_device_question": _("Device asked by a code"),
    "find_person_at_desk": _("Found by a search at the desk"),
    "report_disclosure": _("Disclosure reported to the desk"),
    "answer_disclosure_report": _("Report of a disclosure answered"),
}
