"""Which ended rows of credentials stay."""

from eid.credentials.models import IssuedPaper
from eid.retention.catalogue import Stay

STAYS = (
    Stay(IssuedPaper, "Its place in a status list is given to no other, and holders see what was issued of them."),
)
