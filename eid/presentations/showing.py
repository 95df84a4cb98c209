"""Papers shown to a person: a citizen chooses papers and what of them, and whoever scans the code in time reads just that.

The code is a capability: whoever has it first reads, once. What was read is said to its holder, by whom only as far as the reader
says it themselves: nobody is asked to prove who they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from eid.audit import ActorKind, record_act, record_disclosure
from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.catalogue import Attribute, Paper, find_catalogued
from eid.credentials.service import FoundPaper, check_paper_issuable, find_paper
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound
from eid.late_dataclasses import frozen
from eid.oauth.opaque import digest_of
from eid.presentations.models import PaperShowing
from eid.randomness import random_token

LIFE = timedelta(seconds=60)
PURPOSE = ""
SHORTEST_NAME, LONGEST_NAME = 2, 120


@frozen
class OpenedShowing:
    code: str
    expires_at: datetime

    @property
    def address(self) -> str:
        """What the QR code says: a page of ours that any camera opens."""
        return f"{current_settings().public_url}/show/{self.code}"


@frozen
class ShownAttribute:
    attribute: Attribute
    value: Any


@frozen
class CheckedPaper:
    """What a checker reads of one paper."""

    paper: Paper
    state: str
    updated_at: datetime
    attributes: tuple[ShownAttribute, ...]


def open_showing(person_id: int, chosen: Mapping[str, Collection[str]]) -> OpenedShowing:
    """Afterwards whoever scans the code within a minute may read these attributes of these papers, once; committed.

    What the same person showed before and nobody read is over. Raises Malformed: showing_empty, attribute_unknown; and as
    check_paper_issuable.
    """
    if not chosen or not all(chosen.values()):
        raise Malformed("showing_empty", "Choose at least one thing of a paper to show.", fields={"attribute": [""]})
    told: dict[str, list[str]] = {}
    for name, attributes in chosen.items():
        paper = find_catalogued(name)
        check_paper_issuable(person_id, paper)
        if not set(attributes) <= set(paper.attribute_names):
            raise Malformed("attribute_unknown", "The paper does not say this.")
        told[name] = [each for each in paper.attribute_names if each in attributes]
    now, code = wall_now(), random_token()
    _end_earlier(person_id, now)
    showing = PaperShowing(
        code_digest=digest_of(code), person_id=person_id, chosen=told, opened_at=now, expires_at=now + LIFE
    )
    db.session.add(showing)
    by = {"actor_kind": ActorKind.PERSON, "actor": person_id, "person_id": person_id}
    record_act("open_showing", papers=sorted(told), **by)  # type: ignore[arg-type]
    db.session.commit()
    return OpenedShowing(code, now + LIFE)


def find_own_showing(person_id: int, code: str) -> PaperShowing:
    """What became of a code of this person. Raises NotFound: showing_over."""
    showing = _find(code)
    if showing is None or showing.person_id != person_id:
        raise _over()
    return showing


def check_showing_open(code: str) -> None:
    """Raise NotFound (showing_over) where there is nothing to read under this code any more; says nothing of whose it is."""
    showing = _find(code)
    if showing is None or showing.checked_at is not None or showing.expires_at <= wall_now():
        raise _over()


def check_shown_papers(code: str, *, checker: str) -> list[CheckedPaper]:
    """What the holder chose, as it stands now, to the one who is first; the holder reads who that says it is. Committed.

    Raises Malformed: checker_missing; NotFound: showing_over, paper_unknown; Conflict: paper_ended, where one ended meanwhile.
    """
    name = " ".join(checker.split())
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        raise Malformed(
            "checker_missing", "Say who you are: the holder reads it.", fields={"checker": ["Say who you are."]}
        )
    showing = _take(code, name)
    found = []
    for paper, attributes in showing.chosen.items():
        record_disclosure(
            "check_shown_papers",
            person_id=showing.person_id,
            attributes=attributes,
            purpose=PURPOSE,
            actor_kind=ActorKind.SYSTEM,
            paper=paper,
            checker=name,
        )
        found.append(_read(find_paper(showing.person_id, paper), attributes))
    if any(each.state == "invalid" for each in found):
        raise Conflict("paper_ended", "This paper is no longer valid.")
    db.session.commit()
    return found


def _take(code: str, checker: str) -> PaperShowing:
    """Of many who read at the same time exactly one does."""
    now = wall_now()
    taking = (
        update(PaperShowing)
        .where(
            PaperShowing.code_digest == digest_of(code),
            PaperShowing.checked_at.is_(None),
            PaperShowing.expires_at > now,
        )
        .values(checked_at=now, checker=checker)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(taking).rowcount != 1:  # type: ignore[attr-defined]
        raise _over()
    showing = _find(code)
    assert showing is not None
    return showing


def _find(code: str) -> PaperShowing | None:
    query = select(PaperShowing).where(PaperShowing.code_digest == digest_of(code))
    return db.session.scalar(query.execution_options(populate_existing=True))


def _read(found: FoundPaper, attributes: Collection[str]) -> CheckedPaper:
    told = tuple(
        ShownAttribute(each, found.content.get(each.name)) for each in found.paper.attributes if each.name in attributes
    )
    return CheckedPaper(found.paper, str(found.state), found.updated_at, told)


def _end_earlier(person_id: int, now: datetime) -> None:
    db.session.execute(
        update(PaperShowing)
        .where(PaperShowing.person_id == person_id, PaperShowing.checked_at.is_(None), PaperShowing.expires_at > now)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def _over() -> NotFound:
    return NotFound("showing_over", "There is nothing to read here any more: the code holds for a minute, and once.")
