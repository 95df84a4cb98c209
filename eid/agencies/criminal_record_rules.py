"""Criminal records as pure rules: which form says what to whom, and for how long (Law on Judicial Records 28/2009/QH12).

Form no. 1 is for services: of convictions it says only those that were not expunged. Form no. 2 says all, and is for the person
and for bodies of criminal procedure alone (article 41). Whoever else asks for no. 2 is refused, by the law's change in force
since 2026-07-01 too. How long a certificate holds the law leaves to each procedure; most ask for one of the last six months.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from random import Random

from eid.agencies.terms import add_months, add_years
from eid.agencies.values import EntitlementState
from eid.errors import Conflict, Malformed
from eid.late_dataclasses import frozen
from eid.population.numbers import age_on

WORKING_DAYS = 10
"""The term of article 48, counted here in working days."""
HOLDS_MONTHS = 6
RESPONSIBLE_AGE = 14
"""From this age on somebody can be convicted at all (Criminal Code 2015, article 12)."""
LONGEST_PURPOSE = 200

SHARE_CONVICTED, _SHARE_EXPUNGED = 0.015, 0.6
_OFFENCES = ("Trộm cắp tài sản", "Đánh bạc", "Vi phạm quy định về tham gia giao thông đường bộ", "Cố ý gây thương tích")


class RecordForm(StrEnum):
    ONE = "1"
    TWO = "2"


class RecordState(StrEnum):
    IN_PROGRESS = "in_progress"
    ISSUED = "issued"
    LAPSED = "lapsed"
    """Issued, and so old that services want another."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Conclusion(StrEnum):
    NO_CONVICTIONS = "no_convictions"
    CONVICTIONS = "convictions"


class ProcedureBody(StrEnum):
    """Bodies of criminal procedure, to which form no. 2 is given."""

    INVESTIGATION = "investigation"
    PROCURACY = "procuracy"
    COURT = "court"


@frozen
class Conviction:
    decided_on: date
    offence: str
    expunged_on: date | None
    """When it was expunged; None where it stands."""

    def stands_on(self, day: date) -> bool:
        return self.decided_on <= day and (self.expunged_on is None or day < self.expunged_on)


@frozen
class CriminalCertificate:
    """A request for a certificate, and once it is issued the certificate."""

    request_id: int
    person_id: int
    form: RecordForm
    purpose: str
    progress: RecordState
    asked_at: datetime
    answered_at: datetime
    """When it was issued or refused, or will be at the latest."""
    reason: str
    """Why it was refused or withdrawn."""
    number: str
    issued_on: date
    valid_until: date
    authority_name: str
    """The province whose police issued it."""
    conclusion: Conclusion
    convictions: tuple[Conviction, ...]
    """Those that the form says."""
    updated_at: datetime

    @property
    def state(self) -> EntitlementState:
        """What it is worth as a paper."""
        return EntitlementState.VALID if self.progress is RecordState.ISSUED else EntitlementState.INVALID

    @property
    def was_issued(self) -> bool:
        return self.progress not in (RecordState.IN_PROGRESS, RecordState.REFUSED)


@frozen
class ToldRecord:
    """What form no. 2 says on a day, to a body of criminal procedure."""

    pin: str
    full_name: str
    on: date
    body: ProcedureBody
    conclusion: Conclusion
    convictions: tuple[Conviction, ...]


def check_may_ask(birth_date: date, purpose: str, *, today: date) -> None:
    """Somebody of this age may ask for this purpose. Raises Malformed: purpose; Conflict: criminal_record_age."""
    if not 0 < len(purpose) <= LONGEST_PURPOSE:
        raise Malformed("purpose", "Write what the certificate is for.")
    if age_on(birth_date, today) < RESPONSIBLE_AGE:
        raise Conflict("criminal_record_age", "Nobody under fourteen has a criminal record.")


def state_of(
    *, answered_on: date, today: date, is_answered: bool, was_refused: bool, withdrawn: bool, is_dead: bool = False
) -> RecordState:
    """How it is with a request today."""
    if was_refused:
        return RecordState.REFUSED
    if not is_answered:
        return RecordState.REFUSED if is_dead else RecordState.IN_PROGRESS
    if withdrawn or is_dead:
        return RecordState.WITHDRAWN
    return RecordState.ISSUED if today <= valid_until(answered_on) else RecordState.LAPSED


def valid_until(issued_on: date) -> date:
    """The last day on which services take a certificate."""
    return add_months(issued_on, HOLDS_MONTHS)


def write_number(request_id: int, form: RecordForm, on: date) -> str:
    return f"{request_id:06d}/{on.year}/LLTP-{form}"


def draw_convictions(person_id: int, birth_date: date) -> tuple[Conviction, ...]:
    """What courts had decided about somebody, made up: the same person has the same every time. Mostly nothing."""
    rng = Random(f"criminal record:{person_id}")  # noqa: S311 - chance of a made-up country
    if rng.random() >= SHARE_CONVICTED:
        return ()
    decided_on = add_months(add_years(birth_date, 18), rng.randrange(20 * 12))
    years = rng.randrange(2, 6)
    expunged_on = add_years(decided_on, years) if rng.random() < _SHARE_EXPUNGED else None
    return (Conviction(decided_on, rng.choice(_OFFENCES), expunged_on),)


def conclude(convictions: Sequence[Conviction]) -> Conclusion:
    return Conclusion.CONVICTIONS if convictions else Conclusion.NO_CONVICTIONS


def told_by(form: RecordForm, convictions: Iterable[Conviction], *, on: date) -> tuple[Conviction, ...]:
    """Which of these a certificate of this form and day says (articles 42 and 43)."""
    if form is RecordForm.TWO:
        return tuple(each for each in convictions if each.decided_on <= on)
    return tuple(each for each in convictions if each.stands_on(on))
