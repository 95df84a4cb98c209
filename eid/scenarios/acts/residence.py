"""Where does the register say that I live? On 29 June 2025, two days before the provinces were merged, everybody looked."""

from __future__ import annotations

from eid.scenarios.acts.own_pages import open_paper, sign_in_here
from eid.scenarios.plan import Step
from eid.scenarios.visitors import Visitor

PAPER = "/citizen/papers/residence"


def check_residence(visitor: Visitor) -> None:
    """Signed in, a person opens the residence paper with the passcode, and reads what the register says."""
    sign_in_here(visitor)
    visitor.think(visitor.scene.plan.think.page)
    check_residence_again(visitor)


def check_residence_again(visitor: Visitor) -> None:
    """The page is loaded once more, in the same session; where there is none, after a sign-in."""
    page = open_paper(visitor, Step.RESIDENCE, PAPER)
    if 'id="code-text"' not in page.text:
        raise visitor.lost("no residence on the page", Step.RESIDENCE)
