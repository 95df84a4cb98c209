"""How long ended rows of cards are kept."""

from eid.cards.models import CardChallenge
from eid.cards.verification import CHALLENGE_LASTS
from eid.retention.catalogue import Retention

RETENTION = (
    Retention(CardChallenge.expires_at, CHALLENGE_LASTS, "One that comes late is told from one that never was."),
)
