"""Acts about social insurance, social payments and entitlements, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "begin_contribution_period": _("Social insurance begun by an employer"),
    "end_contribution_period": _("Social insurance ended by an employer"),
    "pay_contribution": _("Social insurance paid for a month"),
    "insure_newborn": _("Newborn insured"),
    "certify_disability": _("Disability certified"),
    "withdraw_disability": _("Certificate of disability withdrawn"),
    "certify_poor_household": _("Household certified as poor or near-poor"),
    "end_poor_household": _("Household no longer poor or near-poor"),
    "recognise_merit": _("Merit recognised"),
    "withdraw_merit": _("Recognition of merit withdrawn"),
    "link_social_security_account": _("Account for social payments linked"),
    "unlink_social_security_account": _("Account for social payments unlinked"),
}
