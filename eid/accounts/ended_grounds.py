"""What ends with a day: cards, papers of foreigners, guardianships. Accounts follow when the clock is moved, and once a day."""

from __future__ import annotations

from eid.accounts.foreigners import lock_accounts_without_residence
from eid.accounts.guardians import end_guardianships_that_are_over
from eid.accounts.locking import lock_accounts_of_expired_cards


def lock_accounts_of_ended_grounds() -> int:
    """Every account is locked whose holder's card, passport or leave to stay has ended by now, and guardianships that no longer
    hold are ended; how many accounts were locked for a paper. Committed."""
    locked = lock_accounts_of_expired_cards() + lock_accounts_without_residence()
    end_guardianships_that_are_over()
    return locked
