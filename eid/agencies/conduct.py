"""The agencies and the code of conduct of each: for which papers it answers, to whom, by which law, and what is kept. Pure.

An agency is an authority of its own: it answers what a citizen asks through the service, signs what it says with its own key
(eid.agencies.answering), and refuses whoever its code does not name.
"""

from __future__ import annotations

from enum import StrEnum

from eid.errors import NotFound, Unavailable
from eid.late_dataclasses import frozen


class Asker(StrEnum):
    """For whom the service asks; each time it is the citizen's own wish."""

    HOLDER = "holder"
    """For a citizen who looks at a paper, shows it, or keeps it in a wallet."""
    GUARDIAN = "guardian"
    """For whoever answers for the holder."""
    SERVICE = "service"
    """For a service that the citizen agreed to give it to."""


@frozen
class Agency:
    name: str
    """In addresses, and of the folder of its keys."""
    title: str
    """In plain words, as papers name it; a message of the translations, as are basis and retention."""
    papers: tuple[str, ...]
    basis: str
    """The law by which it keeps and tells what it does."""
    answers_to: tuple[Asker, ...] = tuple(Asker)
    retention: str = (
        "Answers are not kept. Which agency answered, when, with which key, and the digest stay with what was issued."
    )


AGENCIES = (
    Agency(
        "social-insurance",
        "Social insurance (simulated)",
        ("health_insurance", "newborn_card", "social_insurance"),
        "Law on Health Insurance 25/2008/QH12; Law on Social Insurance 41/2024/QH15",
    ),
    Agency(
        "traffic-police",
        "Traffic police (simulated)",
        ("driving_licence", "vehicle"),
        "Law on Road Traffic Order and Safety 36/2024/QH15",
    ),
    Agency(
        "tax-authority",
        "Tax authority (simulated)",
        ("tax",),
        "Law on Tax Administration 38/2019/QH14; Circular 86/2024/TT-BTC",
    ),
    Agency(
        "social-security",
        "Social security (simulated)",
        ("wallet",),
        "Decree 69/2024/NĐ-CP; the citizen's own link",
    ),
    Agency(
        "commune",
        "Commune (simulated)",
        ("disability", "poverty"),
        "Law on Persons with Disabilities 51/2010/QH12; Decision 24/2021/QĐ-TTg",
    ),
    Agency(
        "home-affairs",
        "Home affairs (simulated)",
        ("merit",),
        "Ordinance 02/2020/UBTVQH14",
    ),
    Agency(
        "commune-police",
        "Police of the commune (simulated)",
        ("residence",),
        "Law on Residence 68/2020/QH14",
    ),
    Agency(
        "justice-office",
        "Justice office of the commune (simulated)",
        ("civil_status",),
        "Law on Civil Status 60/2014/QH13",
    ),
    Agency(
        "health-authority",
        "Health authority (simulated)",
        ("health_record",),
        "Decisions 1332/QĐ-BYT and 31/QĐ-BYT on the electronic health book",
    ),
    Agency(
        "province-police",
        "Police of the province (simulated)",
        ("criminal_record",),
        "Law on Judicial Records 28/2009/QH12",
        answers_to=(Asker.HOLDER, Asker.SERVICE),
    ),
)

_BY_NAME = {agency.name: agency for agency in AGENCIES}
_BY_PAPER = {paper: agency for agency in AGENCIES for paper in agency.papers}


def find_agency(name: str) -> Agency:
    """The agency of this name. Raises NotFound: agency_unknown."""
    if name not in _BY_NAME:
        raise NotFound("agency_unknown", "There is no agency of this name.")
    return _BY_NAME[name]


def find_agency_of(paper: str) -> Agency:
    """The agency that answers for this paper. Raises Unavailable: agency_missing, where none does."""
    if paper not in _BY_PAPER:
        raise Unavailable("agency_missing", "No agency answers for this paper.", reason=paper)
    return _BY_PAPER[paper]
