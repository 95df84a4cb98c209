"""What the service knows of a foreigner's passport and leave to stay, and whether they are good today."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Date, Select, bindparam, exists, or_, select

from eid.accounts.representation_models import ForeignPaper
from eid.clock import world_today
from eid.db import db, run
from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.population.life.acts import CITIZEN
from eid.population.models import Person
from eid.prepared import Prepared

_NUMBER = re.compile(r"[A-Z0-9]{5,20}", re.ASCII)


class ResidenceKind(StrEnum):
    PERMANENT = "permanent"
    TEMPORARY = "temporary"


@frozen
class GivenPapers:
    """A passport and a residence card as they lie before the officer; last days are inclusive."""

    passport: str
    passport_until: date
    residence_kind: str
    residence_card: str
    residence_until: date


def parse_papers(given: GivenPapers) -> GivenPapers:
    """The papers with their numbers in capitals. Raises Malformed: paper_number, residence_kind."""
    numbers = {"passport": given.passport.upper(), "residence_card": given.residence_card.upper()}
    for field, number in numbers.items():
        if not _NUMBER.fullmatch(number):
            raise Malformed(
                "paper_number",
                "The number of a paper has 5 to 20 letters and digits.",
                fields={field: ["5 to 20 letters and digits"]},
            )
    if given.residence_kind not in list(ResidenceKind):
        raise Malformed("residence_kind", "Choose permanent or temporary residence.")
    return GivenPapers(
        passport=numbers["passport"],
        passport_until=given.passport_until,
        residence_kind=given.residence_kind,
        residence_card=numbers["residence_card"],
        residence_until=given.residence_until,
    )


def find_foreign_paper(person_id: int) -> ForeignPaper | None:
    """What was shown last at a desk; None for who never did."""
    return db.session.get(ForeignPaper, person_id)


def record_foreign_papers(person_id: int, papers: GivenPapers, *, country: str) -> ForeignPaper:
    """The service knows these papers, in place of older ones; the caller commits."""
    row = find_foreign_paper(person_id)
    if row is None:
        row = ForeignPaper(person_id=person_id)
        db.session.add(row)
    row.country = country
    row.passport, row.passport_until = papers.passport, papers.passport_until
    row.residence_kind = papers.residence_kind
    row.residence_card, row.residence_until = papers.residence_card, papers.residence_until
    return row


def are_papers_good(paper: ForeignPaper | GivenPapers | None) -> bool:
    """Whether passport and residence card are there and good today."""
    return paper is not None and min(paper.passport_until, paper.residence_until) >= world_today()


def have_papers_ended(person_id: int) -> bool:
    """Whether this is a foreigner whose passport or residence card was good once and is not today."""
    return run(_ENDED_OF, {"person": person_id, "today": world_today()}).first() is not None


def find_people_without_good_papers() -> Sequence[int]:
    """Every foreigner of whom have_papers_ended is true."""
    return db.session.scalars(_select_ended(), {"today": world_today()}).all()


def have_papers_ended_of(person: Any, today: BindParameter[date]) -> ColumnElement[bool]:
    """As have_papers_ended, of a row of persons, by its columns."""
    return exists().where(ForeignPaper.person_id == person.id, person.nationality != CITIZEN, _has_ended(today))


def _select_ended(*which: ColumnElement[bool]) -> Select[int]:
    query = select(Person.id).join(ForeignPaper, ForeignPaper.person_id == Person.id)
    has_ended = _has_ended(bindparam("today", type_=Date))
    return query.where(Person.nationality != CITIZEN, has_ended, *which).order_by(Person.id)


def _has_ended(today: BindParameter[date]) -> ColumnElement[bool]:
    return or_(ForeignPaper.passport_until < today, ForeignPaper.residence_until < today)


_ENDED_OF = Prepared(_select_ended(Person.id == bindparam("person")))
