"""Which attributes of a person were disclosed, in words; the log has their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext

from eid.accounts.disclosure_reports import DisclosureReport
from eid.audit import ActorKind, AuditEntry
from eid.credentials.catalogue import CATALOGUE
from eid.late_dataclasses import frozen
from eid.oauth.asking import PASSING_ON
from eid.web.acts import ACTORS, ACTS, client_of

NAME, BORN, SEX = lazy_gettext("Full name"), lazy_gettext("Date of birth"), lazy_gettext("Sex")
PIN = lazy_gettext("Personal identification number")
PLACE, PHONE, EMAIL = (
    lazy_gettext("Place of residence"),
    lazy_gettext("Phone number"),
    lazy_gettext("E-mail address"),
)
LEVEL = lazy_gettext("Type and level of your account")

ATTRIBUTES: dict[str, Any] = {
    "sub": lazy_gettext("An identifier that only this service knows"),
    "TechID": lazy_gettext("An identifier that only this service knows"),
    **dict.fromkeys(("name", "family_name", "middle_name", "given_name", "fullName", "HoVaTen"), NAME),
    **dict.fromkeys(("birthdate", "birthDate", "NgayThangNamSinh"), BORN),
    "gender": SEX,
    **dict.fromkeys(("pin", "citizenPid", "SoDinhDanh"), PIN),
    **dict.fromkeys(("account_level", "accountLevel", "accountType", "LoaiTaiKhoan"), LEVEL),
    "address": PLACE,
    "province": lazy_gettext("Province"),
    "is_alive": lazy_gettext("Whether you are alive"),
    **dict.fromkeys(("phone_number", "phone_number_verified"), PHONE),
    **dict.fromkeys(("email", "email_verified"), EMAIL),
    "signing_certificate": lazy_gettext("Your signing certificate"),
    "service": lazy_gettext("Your signing certificate, and asking you on your phone to sign documents"),
    "card": lazy_gettext("What the chip of your card says"),
    "desk_record": lazy_gettext("Your whole record at the desk"),
    "verified_claims": lazy_gettext("How your identity was verified"),
    "pass_on": lazy_gettext("Pass it on to these services, and act there for you"),
    **{paper.name: lazy_gettext(paper.title) for paper in CATALOGUE.values()},
    **{f"{paper.name}.{one.name}": lazy_gettext(one.label) for paper in CATALOGUE.values() for one in paper.attributes},
}
"""The words of each attribute; several names may be one thing to their subject."""


SHARED_AWAY = ("issue_code", "answer_backchannel_question", "answer_device_question")
"""What the person did themselves, towards a service that is not before them."""


@frozen
class DescribedDisclosure:
    id: int
    at: datetime
    act: str
    who: str
    """The service by its name, or who else it was."""
    client: str
    purpose: str
    attributes: tuple[str, ...]
    report: DisclosureReport | None
    may_be_reported: bool
    """Not what the person showed to somebody by their own hand."""
    was_refused: bool = False
    """Somebody asked, and was told nothing."""


def describe_disclosures(
    entries: Iterable[AuditEntry], services: Mapping[str, str], reports: Mapping[int, DisclosureReport]
) -> list[DescribedDisclosure]:
    """Each disclosure as a line to read; `services` has names by client id, `reports` those that were reported by entry."""
    return [
        DescribedDisclosure(
            id=entry.id,
            at=entry.world_at,
            act=str(ACTS[entry.act]),
            who=_describe_who(entry, services),
            client=client_of(entry),
            purpose=str(entry.details.get("purpose", "")),
            attributes=describe_attributes(entry),
            report=reports.get(entry.id),
            was_refused=entry.details.get("result") == "refused",
            may_be_reported=entry.actor_kind != ActorKind.PERSON or entry.act in SHARED_AWAY,
        )
        for entry in entries
    ]


def describe_attributes(entry: AuditEntry) -> tuple[str, ...]:
    """What was disclosed, each thing once; of a paper, the paper and what it says."""
    paper = CATALOGUE.get(str(entry.details.get("paper", "")))
    words = {attribute.name: gettext(attribute.label) for attribute in paper.attributes} if paper else {}
    titles = [gettext(paper.title)] if paper else []
    names = entry.details.get("attributes", [])
    found = [words.get(name) or str(ATTRIBUTES.get(name, name.removeprefix(PASSING_ON))) for name in names]
    return tuple(dict.fromkeys(titles + found))


def _describe_who(entry: AuditEntry, services: Mapping[str, str]) -> str:
    client = client_of(entry)
    if client:
        return services.get(client, client)
    if entry.act == "check_shown_papers":
        return str(gettext("%(who)s, as they say themselves", who=entry.details.get("checker", "")))
    if entry.act == "issue_card_receipt":
        return str(gettext("Somebody to whom your card was held out"))
    actor = str(ACTORS[entry.actor_kind])
    return actor[:1].upper() + actor[1:]
