"""Organisations found, who represents them, and the audit log's entries about them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select

from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.new_accounts import find_own_account
from eid.accounts.organisation_rules import LONGEST_CODE, MOST_REPRESENTATIVES
from eid.accounts.representation_models import Organisation, OrganisationRepresentative
from eid.accounts.request_models import Request, RequestKind
from eid.audit import ActorKind, record_act
from eid.db import db
from eid.errors import Malformed, NotFound, Refused
from eid.late_dataclasses import frozen
from eid.outbox import MessageKind, post_message
from eid.population.models import Person
from eid.population.names import fold_name

MOST_OF_A_CODE = 50


@frozen
class NamedPerson:
    """Somebody as another person names them: the two belong together, so that nobody learns a name from a PIN."""

    pin: str
    name: str


def parse_people(lines: str) -> list[NamedPerson]:
    """People, one a line: the PIN and the full name. Raises Malformed: people_lines."""
    people = []
    for line in filter(None, (line.strip() for line in lines.splitlines())):
        pin, _space, name = line.partition(" ")
        if not (pin.isascii() and pin.isdigit() and len(pin) == 12 and name.strip()):
            raise Malformed("people_lines", "Write one representative a line: the PIN of 12 digits and the full name.")
        people.append(NamedPerson(pin, name.strip()))
    if len(people) >= MOST_REPRESENTATIVES:
        raise Malformed("people_many", "An organisation has at most ten representatives here.")
    return people


def list_represented(person_id: int) -> Sequence[Organisation]:
    """Every organisation of which this person is a representative, in whatever state, newest first."""
    mine = exists().where(
        OrganisationRepresentative.organisation_id == Organisation.id,
        OrganisationRepresentative.person_id == person_id,
    )
    return db.session.scalars(select(Organisation).where(mine).order_by(Organisation.id.desc())).all()


def list_by_code(code: str) -> Sequence[Organisation]:
    """Every organisation for which this code was given, newest first: one of them may have the account."""
    same = select(Organisation).where(Organisation.code == code.upper()[:LONGEST_CODE])
    return db.session.scalars(same.order_by(Organisation.id.desc()).limit(MOST_OF_A_CODE)).all()


def hold_organisation(organisation_id: int) -> Organisation:
    """The organisation, its row held until the commit. Raises NotFound: organisation_unknown."""
    query = select(Organisation).where(Organisation.id == organisation_id).with_for_update(of=Organisation)
    organisation = db.session.scalar(query.execution_options(populate_existing=True))
    if organisation is None:
        raise organisation_unknown()
    return organisation


def represents(organisation: Organisation, person_id: int) -> bool:
    return any(one.person_id == person_id for one in organisation.representatives)


def find_named(named: NamedPerson, *, code: str) -> Person:
    """Who bears this PIN and this name, and is alive. One refusal, with this code, for everything else."""
    person = db.session.scalar(select(Person).where(Person.pin == named.pin, Person.died_on.is_(None)))
    if person is None or person.folded_name != fold_name(named.name):
        raise NotFound(code, "Nobody in the register has this PIN and this name.")
    return person


def check_represents(person: Person) -> Account:
    """The person's own account, of level 2 and active. Raises Refused: representative_level."""
    account = find_own_account(person.id)
    if account is None or account.state != AccountState.ACTIVE or account.level < AccountLevel.TWO:
        raise Refused(
            "representative_level", "Whoever acts for an organisation needs an active account of level 2 of their own."
        )
    return account


def record_act_for(
    organisation: Organisation,
    act: str,
    *,
    actor: int,
    officer: int | None = None,
    about: int | None = None,
    **more: str,
) -> None:
    """An entry that names the organisation and who acted; it is kept with whom it is about, else with who acted."""
    record_act(
        act,
        actor_kind=ActorKind.PERSON if officer is None else ActorKind.OFFICER,
        actor=actor if officer is None else officer,
        person_id=actor if about is None else about,
        organisation=organisation.id,
        **{name: text for name, text in more.items() if text},
    )


def tell_person(person_id: int, text: str) -> None:
    """Text whoever has an account; others learn it from their pages once they have one."""
    account = find_own_account(person_id)
    if account is not None:
        post_message(MessageKind.TEXT, recipient=account.phone, body=text)


def organisation_unknown() -> NotFound:
    return NotFound("organisation_unknown", "There is no such organisation of yours.")


def find_organisation_request(organisation_id: int) -> Request | None:
    """The newest request for this organisation's account; None while consents are missing."""
    query = select(Request).where(Request.kind == RequestKind.ORGANISATION, Request.organisation_id == organisation_id)
    return db.session.scalar(query.order_by(Request.id.desc()).limit(1))
