"""How long ended rows of presentations are kept."""

from datetime import timedelta

from eid.presentations.asking import KEPT
from eid.presentations.models import PaperShowing, PresentationRequest
from eid.retention.catalogue import Retention

RETENTION = (
    Retention(PresentationRequest.expires_at, KEPT, "The service fetches the result; what was shown went at the end."),
    Retention(
        PaperShowing.expires_at,
        timedelta(days=1),
        "A code is good for a minute; who read what is in the audit log.",
        by_number=True,
    ),
)
