"""Words for the acts of recovery and secrets."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "begin_recovery": _("Recovery asked for"),
    "prove_recovery": _("Something proved for a recovery"),
    "await_recovery": _("Recovery or new phone number begun; it waits"),
    "cancel_recovery": _("Recovery cancelled"),
    "recover_account": _("Account recovered"),
    "begin_phone_change": _("New phone number asked for"),
    "change_phone": _("Phone number changed"),
    "change_questions": _("Security questions changed"),
}
