"""Words for the acts of wards, foreigners and organisations."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

ACTS: dict[str, Any] = {
    "record_guardianship": _("Guardian recorded"),
    "end_guardianship": _("Guardianship ended"),
    "raise_account_level": _("Account raised to level 2"),
    "ask_guardian": _("Guardian asked to agree to a use"),
    "decide_ward_use": _("Guardian decided on a use"),
    "enter_papers": _("Passport and residence card entered"),
    "ask_for_organisation": _("Account of an organisation asked for"),
    "agree_to_organisation": _("Agreed to an organisation's account"),
    "decline_organisation": _("Did not agree to an organisation's account"),
    "open_organisation": _("Account of an organisation opened"),
    "lock_organisation": _("Account of an organisation locked"),
    "unlock_organisation": _("Lock of an organisation's account lifted"),
    "take_in_member": _("Taken in as a member of an organisation"),
    "end_representation": _("No longer a representative of an organisation"),
    "release_member": _("No longer a member of an organisation"),
    "give_mandate": _("Mandate of an organisation given"),
    "revoke_mandate": _("Mandate of an organisation revoked"),
    "issue_statement": _("Statement issued in an organisation's name"),
}
