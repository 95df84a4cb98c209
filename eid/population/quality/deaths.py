"""Rules about deaths, and about people who would have to be dead."""

from __future__ import annotations

from sqlalchemy import and_, exists, or_, select

from eid.population.models import LifeEvent, LifeEventKind
from eid.population.numbers import years_before
from eid.population.quality.questions import Check, P, alive, day_in_vietnam, days_between, people_today, people_where
from eid.population.quality.rules import Dimension, Mender, Rule, Stage
from eid.population.snapshot import SNAPSHOT

C, L = Dimension.CORRECT, Dimension.LIVE
_REGISTRAR = Mender.CIVIL_REGISTRAR
DEATH_DAYS = 15

_recorded_late = select(LifeEvent.person_id).where(
    LifeEvent.kind == LifeEventKind.DEATH,
    days_between(LifeEvent.effective_on, day_in_vietnam(LifeEvent.recorded_at)) > DEATH_DAYS,
)

DEATH_CHECKS = (
    Check(
        Rule("age-130", C, Stage.DEATH, "Nobody alive is 130 or older.", _REGISTRAR),
        people_today(lambda today: and_(alive, P.birth_date <= years_before(today, 130))),
    ),
    Check(
        Rule("death-order", C, Stage.DEATH, "Nobody died before birth or in the future.", _REGISTRAR),
        people_today(lambda today: or_(P.died_on < P.birth_date, P.died_on > today)),
    ),
    Check(
        Rule(
            "dead-household",
            C,
            Stage.DEATH,
            "The dead belong to no household (Law on Residence 2020, article 24).",
            Mender.COMMUNE_POLICE,
        ),
        people_where(P.died_on.is_not(None), or_(P.household_id.is_not(None), P.relation_to_head.is_not(None))),
    ),
    Check(
        Rule("death-undone", C, Stage.DEATH, "Nobody whose death is recorded counts as alive.", _REGISTRAR),
        people_where(alive, P.id.in_(select(LifeEvent.person_id).where(LifeEvent.kind == LifeEventKind.DEATH))),
    ),
    Check(
        Rule(
            "death-late",
            L,
            Stage.DEATH,
            "A death is recorded within 15 days (Law on Civil Status, article 33).",
            _REGISTRAR,
        ),
        people_where(P.id.in_(_recorded_late)),
    ),
    Check(
        Rule("death-event", L, Stage.DEATH, "Each death since the register opened is an event.", _REGISTRAR),
        people_where(
            P.died_on >= SNAPSHOT,
            ~exists().where(LifeEvent.person_id == P.id, LifeEvent.kind == LifeEventKind.DEATH),
        ),
    ),
)
