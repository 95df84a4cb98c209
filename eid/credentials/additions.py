"""Papers that citizens ask to have in their account: compared with what the agency has, answered some minutes later.

The comparison is made when it is asked for and kept as the field that differed; what the citizen wrote is not kept. When the
answer is there, the clock says, so nothing needs to run for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from eid.accounts.levels import AccountLevel
from eid.accounts.models import Account
from eid.agencies.service import ANSWERS
from eid.audit import ActorKind, record_act
from eid.clock import world_now
from eid.credentials.catalogue import CATALOGUE, Holder, Paper, find_catalogued
from eid.credentials.matching import ComparedField, GivenData, find_difference
from eid.credentials.models import PaperAddition
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.late_dataclasses import frozen
from eid.population.service import find_person_by_id

ANSWERED_AFTER = timedelta(minutes=5)
"""How long an agency takes, on the world's clock."""


class AdditionState(StrEnum):
    NOT_ASKED = "not_asked"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    REFUSED = "refused"


@frozen
class Addition:
    """How far it is with a paper that a citizen can ask for."""

    paper: Paper
    state: AdditionState
    differs: ComparedField | None = None
    """Of a refused one: in what the citizen and the agency differ."""
    answered_at: datetime | None = None
    """When the answer was there, or will be; on the world's clock."""


def list_additions(person_id: int) -> list[Addition]:
    """Every paper that has to be asked for, in the order of the catalogue, and how far it is with each."""
    rows = {
        row.paper: row for row in db.session.scalars(select(PaperAddition).where(PaperAddition.person_id == person_id))
    }
    return [_describe(paper, rows.get(paper.name)) for paper in CATALOGUE.values() if paper.adding is not None]


def find_addition(person_id: int, paper: str) -> Addition:
    """How far it is with this paper. Raises NotFound: paper_kind_unknown, also for a paper that is not asked for."""
    return _describe(_find_addable(paper), db.session.get(PaperAddition, (person_id, paper)))


def is_added(person_id: int, paper: Paper) -> bool:
    """Whether the paper is in the account: it was asked for and granted, or needs no asking."""
    return paper.adding is None or find_addition(person_id, paper.name).state is AdditionState.DONE


def ask_for_paper(person_id: int, paper: str, given: GivenData, *, actor: int | None = None) -> Addition:
    """Afterwards the agency has been asked, and answers in some minutes; committed. Who was refused may ask again.

    `actor` is who asks for them, a guardian; without, it is the person.

    Raises NotFound: paper_kind_unknown, person_unknown; Conflict: account_level, person_dead, addition_in_progress, paper_added.
    """
    kind, now = _find_addable(paper), world_now()
    _check_account(person_id)
    query = select(PaperAddition).where(PaperAddition.person_id == person_id, PaperAddition.paper == paper)
    row = db.session.scalar(query.with_for_update())
    _check_may_ask(_describe(kind, row))
    if row is None:
        row = PaperAddition(person_id=person_id, paper=paper)
        db.session.add(row)
    row.asked_at, row.answered_at = now, now + ANSWERED_AFTER
    row.differs = _compare(person_id, kind, given)
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict(
            "addition_in_progress", "You asked for this paper already; the agency has yet to answer."
        ) from error
    asked_by = str(person_id if actor is None else actor)
    record_act("ask_for_paper", actor_kind=ActorKind.PERSON, actor=asked_by, person_id=person_id, paper=paper)
    db.session.commit()
    return _describe(kind, row)


def record_prepared_additions(person_id: int, papers: Iterable[str]) -> None:
    """Each of these papers that the person has with its agency is in the account, as if it had been asked for and granted.

    What was asked for before stays as it is. The caller commits. Raises NotFound: paper_kind_unknown.
    """
    now = world_now()
    for paper in papers:
        kind = _find_addable(paper)
        is_asked_for = db.session.get(PaperAddition, (person_id, paper)) is not None
        if not is_asked_for and _find_record(person_id, kind) is not None:
            db.session.add(PaperAddition(person_id=person_id, paper=paper, asked_at=now, answered_at=now))


def _find_addable(name: str) -> Paper:
    paper = find_catalogued(name)
    if paper.adding is None:
        raise NotFound("paper_kind_unknown", "There is no paper of this kind to ask for.")
    return paper


def _check_account(person_id: int) -> None:
    level = db.session.scalar(select(Account.level).where(Account.person_id == person_id))
    if level == AccountLevel.ONE:
        raise Conflict(
            "account_level", "Papers are shown by an account of level 2: any desk raises yours, card in hand."
        )
    if not find_person_by_id(person_id).is_alive:
        raise Conflict("person_dead", "This person has died.")


def _check_may_ask(addition: Addition) -> None:
    if addition.state is AdditionState.IN_PROGRESS:
        raise Conflict("addition_in_progress", "You asked for this paper already; the agency has yet to answer.")
    if addition.state is AdditionState.DONE:
        raise Conflict("paper_added", "This paper is in your account already.")


def _compare(person_id: int, paper: Paper, given: GivenData) -> ComparedField | None:
    person = find_person_by_id(person_id)
    numbers = None
    if paper.adding is not None and paper.adding.read_numbers is not None:
        record = _find_record(person_id, paper)
        numbers = () if record is None else paper.adding.read_numbers(record)
    return find_difference(
        given,
        holder=Holder(person.full_name, person.birth_date, str(person.sex), person.nationality),
        pin=person.pin,
        numbers=numbers,
    )


def _find_record(person_id: int, paper: Paper) -> Any:
    try:
        return ANSWERS[paper.name](person_id)
    except NotFound:
        return None


def _describe(paper: Paper, row: PaperAddition | None) -> Addition:
    if row is None:
        return Addition(paper, AdditionState.NOT_ASKED)
    if world_now() < row.answered_at:
        return Addition(paper, AdditionState.IN_PROGRESS, answered_at=row.answered_at)
    if row.differs is None:
        return Addition(paper, AdditionState.DONE, answered_at=row.answered_at)
    return Addition(paper, AdditionState.REFUSED, ComparedField(row.differs), row.answered_at)
