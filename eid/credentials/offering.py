"""A citizen puts a paper, or their identity card, into a wallet: they offer it, and see what became of it."""

from __future__ import annotations

from eid.accounts.authenticators import check_passcode
from eid.accounts.sessions import Session
from eid.accounts.ward_uses import open_own_papers
from eid.credentials.additions import AdditionState, find_addition
from eid.credentials.answers import ANSWERS
from eid.credentials.catalogue import Paper
from eid.credentials.configurations import KEPT, list_configurations_of
from eid.credentials.identity import IDENTITY
from eid.credentials.service import find_paper
from eid.credentials.wallet_events import KeptPaper, list_kept
from eid.errors import Conflict, NotFound
from eid.late_dataclasses import frozen
from eid.oauth.offers.making import MadeOffer, make_offer


@frozen
class Offerable:
    """A paper that its holder can put into a wallet, and where it is already."""

    paper: Paper
    is_in_progress: bool
    """The agency has yet to answer: a wallet gets it then."""
    kept: list[KeptPaper]


def find_offerable(person_id: int, name: str) -> Offerable:
    """Raises NotFound: paper_kind_unknown, paper_unknown; Conflict: account_level, paper_not_added."""
    if name not in KEPT:
        raise NotFound("paper_kind_unknown", "There is no paper of this kind.")
    paper = KEPT[name]
    return Offerable(paper, _check_held(person_id, paper), list_kept(person_id, paper))


def offer_paper(session: Session, name: str, *, passcode: str) -> MadeOffer:
    """Afterwards a wallet that is shown the offer may have the paper, in either format; committed.

    Raises as find_offerable and check_passcode; Conflict where a guardian has to agree first.
    """
    offerable = find_offerable(session.person_id, name)
    check_passcode(session.account_id, passcode)
    open_own_papers(session.person_id)
    return make_offer(session, list_configurations_of(offerable.paper))


def _check_held(person_id: int, paper: Paper) -> bool:
    """Whether it is in progress still; raises where the person neither has it nor waits for it."""
    if paper is IDENTITY:
        ANSWERS[paper.name](person_id)
        return False
    try:
        find_paper(person_id, paper.name)
    except Conflict as refusal:
        if refusal.code != "paper_not_added" or not _is_in_progress(person_id, paper):
            raise
        return True
    return False


def _is_in_progress(person_id: int, paper: Paper) -> bool:
    return find_addition(person_id, paper.name).state is AdditionState.IN_PROGRESS
