"""What is done with cards, all of it in one place to import from: making and issuing are in issuing.py, what happens to a card
later in acts.py, finding in finding.py, challenges for chips in challenges.py, verifying in verification.py, revoking signers in
revocation.py."""

from __future__ import annotations

from eid.cards.acts import (
    ACT_NAMES,
    ForeseenCard,
    act_on_card,
    cancel_card,
    hand_over_card,
    preview_card_act,
    report_card_lost,
    return_card,
    revoke_card,
    withhold_card,
)
from eid.cards.challenges import open_challenge
from eid.cards.finding import (
    DueCard,
    check_card_usable,
    choose_current_card,
    find_card,
    find_current_card,
    find_due_card,
    find_waiting_card,
    list_cards,
    list_due_cards,
)
from eid.cards.issuing import IssuedCard, issue_card, issue_cards, make_card
from eid.cards.receipts import issue_card_receipt
from eid.cards.verification import CardVerification, verify_card

__all__ = [
    "ACT_NAMES",
    "CardVerification",
    "DueCard",
    "ForeseenCard",
    "IssuedCard",
    "act_on_card",
    "cancel_card",
    "check_card_usable",
    "choose_current_card",
    "find_card",
    "find_current_card",
    "find_due_card",
    "find_waiting_card",
    "hand_over_card",
    "issue_card",
    "issue_card_receipt",
    "issue_cards",
    "list_cards",
    "list_due_cards",
    "make_card",
    "open_challenge",
    "preview_card_act",
    "report_card_lost",
    "return_card",
    "revoke_card",
    "verify_card",
    "withhold_card",
]
