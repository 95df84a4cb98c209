"""The words of papers on pages: what the values say that agencies give as codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from eid.agencies.civil_status_rules import MarriageEnd
from eid.agencies.criminal_record_rules import Conclusion, RecordState
from eid.agencies.health_rules import AllergyKind, VisitKind, VisitResult

MARRIAGE_ENDS: dict[str, Any] = {
    MarriageEnd.DIVORCE: _("by divorce"),
    MarriageEnd.DEATH: _("by the spouse's death"),
}

ALLERGIES: dict[str, Any] = {
    AllergyKind.DRUG: _("to a drug"),
    AllergyKind.FOOD: _("to food"),
    AllergyKind.OTHER: _("to something else"),
}

VISITS: dict[str, Any] = {VisitKind.OUTPATIENT: _("outpatient"), VisitKind.INPATIENT: _("inpatient")}

RESULTS: dict[str, Any] = {
    VisitResult.RECOVERED: _("recovered"),
    VisitResult.BETTER: _("better"),
    VisitResult.UNCHANGED: _("unchanged"),
}


def list_drugs(drugs: Iterable[Mapping[str, str]]) -> str:
    """Drugs and how to take them, in one line."""
    return "; ".join(f"{drug['name']} ({drug['use']})" if drug["use"] else drug["name"] for drug in drugs)


PROGRESS: dict[str, tuple[Any, str]] = {
    RecordState.IN_PROGRESS: (_("in progress"), "warning"),
    RecordState.ISSUED: (_("issued"), "success"),
    RecordState.LAPSED: (_("no longer valid"), ""),
    RecordState.REFUSED: (_("refused"), "danger"),
    RecordState.WITHDRAWN: (_("withdrawn"), "danger"),
}
"""Word, and how it is coloured."""

CONCLUSIONS: dict[str, Any] = {
    Conclusion.NO_CONVICTIONS: _("no convictions"),
    Conclusion.CONVICTIONS: _("convicted"),
}
