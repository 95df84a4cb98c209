"""How long ended rows of cards are kept."""

from eid.cards.challenges import CHALLENGE_LASTS
from eid.cards.models import CardChallenge
from eid.retention.catalogue import Retention

RETENTION = (
    Retention(
        CardChallenge.expires_at, CHALLENGE_LASTS, "One that is answered again is known, also where a clock is behind."
    ),
)
