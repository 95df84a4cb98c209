"""How long ended rows of signing are kept."""

from datetime import timedelta

from eid.retention.catalogue import Retention, Stay
from eid.signing.models import SigningCertificate, SigningDocument, SigningRequest

RETENTION = (
    Retention(SigningDocument.expires_at, timedelta(0), "Documents of citizens are here for an hour and no longer."),
    Retention(
        SigningRequest.expires_at,
        timedelta(days=1),
        "The page or service that asked is told how it ended; who had what signed is in the audit log.",
    ),
)

STAYS = (Stay(SigningCertificate, "Signatures are verified, and revocations listed, years after it has expired."),)
