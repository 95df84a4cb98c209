"""Who owns a client: a person, or an organisation for which somebody may look after services. Only they see its pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select, update

from eid.accounts.acting import (
    check_may_act,
    find_actable_organisation,
    find_membership,
    list_actable_organisations,
)
from eid.accounts.levels import AccountLevel
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account
from eid.accounts.new_accounts import find_own_account
from eid.accounts.organisation_finding import list_by_code, represents
from eid.accounts.organisation_rules import OrganisationAct, OrganisationState
from eid.accounts.representation_models import Organisation
from eid.accounts.sessions import Session
from eid.audit import record_act
from eid.db import db
from eid.errors import Conflict, NotFound, Refused
from eid.late_dataclasses import frozen
from eid.oauth.models import Client
from eid.oauth.registration_lifecycle import OPEN
from eid.oauth.registration_models import ClientRegistration
from eid.population.service import find_person


@frozen
class Owner:
    """Whose a client, a registration or a token is: exactly one of the two, or nobody's."""

    person_id: int | None = None
    organisation_id: int | None = None

    @property
    def columns(self) -> dict[str, int | None]:
        return {"owner_person_id": self.person_id, "owner_organisation_id": self.organisation_id}


NOBODY = Owner()


def owner_of(owned: object) -> Owner:
    """The owner that a row with the two columns names."""
    return Owner(getattr(owned, "owner_person_id", None), getattr(owned, "owner_organisation_id", None))


def check_may_own(session: Session, organisation_id: int | None) -> Owner:
    """Whose a new service is, in the name of this organisation or in one's own; the organisation's row is held.

    Raises Refused: service_owner_level; and as check_may_act.
    """
    if organisation_id is not None:
        check_may_act(session, organisation_id, OrganisationAct.SERVICES)
        return Owner(organisation_id=organisation_id)
    check_owner_account(session.person_id)
    return Owner(person_id=session.person_id)


def check_owner_account(person_id: int) -> None:
    """Raise Refused (service_owner_level) unless the person has an active account of level 2."""
    account = find_own_account(person_id)
    if account is None or account.state != AccountState.ACTIVE or account.level < AccountLevel.TWO:
        raise Refused("service_owner_level", "Whoever looks after a service needs an active account of level 2.")


def check_owner_stands(owner: Owner) -> None:
    """Raise Refused (service_owner_level) or Conflict (organisation_<state>) unless the owner's account is active."""
    if owner.person_id is not None:
        check_owner_account(owner.person_id)
    organisation = db.session.get(Organisation, owner.organisation_id) if owner.organisation_id is not None else None
    if organisation is not None and organisation.state != OrganisationState.ACTIVE:
        raise Conflict(
            f"organisation_{organisation.state}",
            "The organisation's account is not in a state in which this can be done.",
        )


def check_not_own(owner: Owner, *, officer: int, asked_by: int | None = None) -> None:
    """Raise Refused (own_service) for who owns the service, asked for it, or belongs to the organisation that owns it."""
    person_id = db.session.get_one(Account, officer).person_id
    organisation = db.session.get(Organisation, owner.organisation_id) if owner.organisation_id is not None else None
    belongs = organisation is not None and (
        represents(organisation, person_id) or find_membership(organisation.id, person_id) is not None
    )
    if belongs or person_id in (owner.person_id, asked_by):
        raise Refused("own_service", "Another officer must do this: the service is yours, or your organisation's.")


def find_own_client(session: Session, client_id: str) -> Client:
    """The client, for who owns it or may look after services for the organisation that does.

    Raises NotFound: client_unknown, for everybody else; Refused: service_owner_level, representative_level, mandate_missing;
    Conflict: organisation_<state>.
    """
    client = db.session.scalar(select(Client).where(Client.client_id == client_id))
    if client is None or client.ended_at is not None:
        raise service_unknown()
    check_is_owner(session.person_id, owner_of(client))
    return client


def check_is_owner(person_id: int, owner: Owner) -> None:
    """Raise as find_own_client unless this person owns it or acts for the organisation that does."""
    if owner.organisation_id is not None:
        try:
            find_actable_organisation(person_id, owner.organisation_id, OrganisationAct.SERVICES)
        except NotFound as error:
            raise service_unknown() from error
    elif owner.person_id == person_id:
        check_owner_account(person_id)
    else:
        raise service_unknown()


def list_own_clients(session: Session) -> Sequence[Client]:
    """Every client that this person may look after now, newest first."""
    organisations = [organisation.id for organisation in list_own_organisations(session)]
    mine = or_(Client.owner_person_id == session.person_id, Client.owner_organisation_id.in_(organisations))
    return db.session.scalars(select(Client).where(mine, Client.ended_at.is_(None)).order_by(Client.id.desc())).all()


def list_own_organisations(session: Session) -> Sequence[Organisation]:
    """Every organisation in whose name this person may register services."""
    return list_actable_organisations(session.person_id, OrganisationAct.SERVICES)


def find_owner(*, pin: str | None, code: str | None) -> Owner:
    """The person of this PIN, or the active organisation of this code. Raises NotFound: person_unknown, organisation_unknown."""
    if pin is not None:
        return Owner(person_id=find_person(pin).id)
    found = next((one for one in list_by_code(code or "") if one.state == OrganisationState.ACTIVE), None)
    if found is None:
        raise NotFound("organisation_unknown", "There is no active organisation with this code.")
    return Owner(organisation_id=found.id)


def give_client(client: Client, owner: Owner) -> None:
    """From now on this is its owner; committed. For the operator, who prepares a client at the terminal."""
    record_client_given(client, owner)
    db.session.commit()


def record_client_given(client: Client, owner: Owner, **by: Any) -> None:
    """From now on this is its owner, and that of a change of it that is under way; `by` is who did it. The caller commits."""
    client.owner_person_id, client.owner_organisation_id = owner.person_id, owner.organisation_id
    changing = update(ClientRegistration).where(
        ClientRegistration.client_id == client.id, ClientRegistration.state.in_(OPEN)
    )
    db.session.execute(changing.values(**owner.columns))
    told = {name: value for name, value in vars(owner).items() if value}
    record_act("give_client", client=client.client_id, **told, **by)


def service_unknown() -> NotFound:
    return NotFound("client_unknown", "There is no such service of yours.")
