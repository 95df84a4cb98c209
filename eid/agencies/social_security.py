"""Social-security accounts: linked, replaced and unlinked by their holders, after the institution compared the name.

What changed is posted as EntitlementChanged, so that papers issued before lose their status in the same transaction.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from eid.agencies.office import Office
from eid.agencies.social_security_models import SocialSecurityAccount
from eid.agencies.social_security_rules import (
    NOBODYS_ENDING,
    SocialSecurityRecord,
    find_institution,
    parse_account_number,
)
from eid.agencies.values import EntitlementState
from eid.audit import ActorKind, record_act
from eid.clock import world_now, world_today
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.events import EntitlementChanged, PersonDied, post_event
from eid.population.models import Person
from eid.population.names import fold_name
from eid.population.service import find_person_by_id

WALLET = "wallet"


def find_social_security_account(person_id: int, *, hold: bool = False) -> SocialSecurityRecord:
    """The account that a person has linked. Raises NotFound: paper_unknown.

    With `hold` it cannot change until this transaction ends.
    """
    query = select(SocialSecurityAccount).where(SocialSecurityAccount.person_id == person_id)
    found = db.session.scalar(query.with_for_update(read=True) if hold else query)
    if found is None:
        raise NotFound("paper_unknown", "No account is linked for social payments.")
    institution = find_institution(found.institution)
    return SocialSecurityRecord(
        person_id=person_id,
        institution=institution.code,
        institution_name=institution.name,
        account_kind=institution.kind,
        account_number=found.account_number,
        account_holder=found.account_holder,
        linked_on=found.linked_on,
        state=EntitlementState.VALID,
        updated_at=found.updated_at,
    )


def find_linked_account(person_id: int) -> SocialSecurityRecord | None:
    """The account that a person has linked; None where there is none."""
    try:
        return find_social_security_account(person_id)
    except NotFound:
        return None


def record_social_security_account(
    person_id: int, *, institution: str = "bank-01", number: str = "190001234567"
) -> None:
    """Add somebody's link, as if they had made it today; the caller's transaction commits it."""
    _record(find_person_by_id(person_id), find_institution(institution).code, number)


def link_social_security_account(person_id: int, *, institution: str, number: str, name: str) -> SocialSecurityRecord:
    """Afterwards this account, and no other, is linked; committed.

    1. There is such an institution, and the number is one.
    2. The person is alive.
    3. The institution has such an account, in the name of this person.

    Raises Malformed: institution_unknown, account_number; Conflict: person_dead, account_unknown, account_name_differs,
    account_being_linked.
    """
    # (1)
    code, digits = find_institution(institution).code, parse_account_number(number)
    # (2)
    person = find_person_by_id(person_id)
    if not person.is_alive:
        raise Conflict("person_dead", "This person has died.")
    # (3)
    _ask_institution(person, digits, name)
    db.session.execute(delete(SocialSecurityAccount).where(SocialSecurityAccount.person_id == person_id))
    try:
        _record(person, code, digits)
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("account_being_linked", "Another account is being linked at this moment. Try again.") from error
    _finish(person_id, "link_social_security_account", EntitlementState.VALID)
    return find_social_security_account(person_id)


def unlink_social_security_account(person_id: int) -> None:
    """Afterwards no account is linked, and its number is forgotten; committed. Raises NotFound: paper_unknown."""
    if not _remove(person_id):
        raise NotFound("paper_unknown", "No account is linked for social payments.")
    _finish(person_id, "unlink_social_security_account", EntitlementState.INVALID)


def end_social_security_account_of_dead(died: PersonDied) -> None:
    """Handles PersonDied: the link of the dead is gone; the registering transaction commits it."""
    if _remove(died.person_id):
        post_event(EntitlementChanged(died.person_id, WALLET, EntitlementState.INVALID))


def _ask_institution(person: Person, number: str, name: str) -> None:
    """The institution's answer, simulated: it has every account but some, each in the name that was written down."""
    if number.endswith(NOBODYS_ENDING):
        raise Conflict("account_unknown", "The institution has no account of this number.")
    if " ".join(fold_name(name).split()) != person.folded_name:
        raise Conflict("account_name_differs", "The account is not in your name, as the register has it.")


def _record(person: Person, institution: str, number: str) -> None:
    db.session.add(
        SocialSecurityAccount(
            person_id=person.id,
            institution=institution,
            account_number=number,
            account_holder=person.folded_name,
            linked_on=world_today(),
            updated_at=world_now(),
        )
    )


def _remove(person_id: int) -> bool:
    removing = delete(SocialSecurityAccount).where(SocialSecurityAccount.person_id == person_id)
    return bool(db.session.execute(removing).rowcount)  # type: ignore[attr-defined]


def _finish(person_id: int, act: str, state: EntitlementState) -> None:
    record_act(act, actor_kind=ActorKind.PERSON, actor=person_id, person_id=person_id)
    post_event(EntitlementChanged(person_id, WALLET, state))
    db.session.commit()


OFFICE = Office(WALLET, find_social_security_account, end_social_security_account_of_dead)
