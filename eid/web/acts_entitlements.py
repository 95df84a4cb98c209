"""Acts about social insurance, social payments and entitlements, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "begin_contribution_period": _("Social insurance begun by an employer"),
    "end_contribution_period": _("Social insurance ended by an employer"),
    "pay_contribution": _("Social insurance paid for a month"),
    "link_social_security_account": _("Account for social payments linked"),
    "unlink_social_security_account": _("Account for social payments unlinked"),
}
