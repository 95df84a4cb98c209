"""The words of papers on pages: what the values say that agencies give as codes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from eid.agencies.civil_status_rules import MarriageEnd

MARRIAGE_ENDS: dict[str, Any] = {
    MarriageEnd.DIVORCE: _("by divorce"),
    MarriageEnd.DEATH: _("by the spouse's death"),
}
