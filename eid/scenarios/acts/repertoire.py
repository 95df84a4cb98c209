"""What each act of a plan is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from eid.scenarios.acts.activation import activate
from eid.scenarios.acts.at_counter import sign_in, sign_in_again
from eid.scenarios.acts.cards import present_card
from eid.scenarios.acts.guessing import guess
from eid.scenarios.acts.residence import check_residence, check_residence_again
from eid.scenarios.acts.revocation import relink, withdraw
from eid.scenarios.acts.social_security import look_after_link, look_after_link_again
from eid.scenarios.acts.verifiers import update_copies
from eid.scenarios.plan import Act
from eid.scenarios.visitors import Visitor

REPERTOIRE: Mapping[Act, Callable[[Visitor], None]] = {
    Act.SIGN_IN: sign_in,
    Act.SIGN_IN_AGAIN: sign_in_again,
    Act.CARD: present_card,
    Act.GUESS: guess,
    Act.ACTIVATE: activate,
    Act.RESIDENCE: check_residence,
    Act.RESIDENCE_AGAIN: check_residence_again,
    Act.SOCIAL_SECURITY: look_after_link,
    Act.SOCIAL_SECURITY_AGAIN: look_after_link_again,
    Act.WITHDRAW: withdraw,
    Act.RELINK: relink,
    Act.STATUS: update_copies,
}
"""All acts but `own`, which a tester's class plays."""
