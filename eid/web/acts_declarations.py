"""Words for the acts of declarations, and of consents that are withdrawn in part."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "declare_email": _("New e-mail address declared"),
    "change_email": _("E-mail address changed"),
    "withdraw_scope": _("Part of a consent withdrawn"),
}
