"""A service's own pages are seen by who looks after it, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from eid.accounts.mandates import give_mandate, take_in_member
from eid.accounts.organisation_finding import NamedPerson
from eid.accounts.organisation_rules import MemberRole, OrganisationAct, OrganisationForm
from eid.accounts.organisations import record_prepared_organisation
from eid.clock import world_today
from eid.db import db
from eid.oauth.clients import RegisteredClient
from eid.oauth.ownership import Owner, give_client
from eid.population.service import find_person
from eid.web.session import COOKIE
from tests.oauth.conftest import Citizen, citizen, make_citizen, service  # noqa: F401
from tests.representation import FORM


def _look_at(client: FlaskClient, who: Citizen, address: str) -> tuple[int, str]:
    client.set_cookie(COOKIE, who.new_session.token)
    answer = client.get(address)
    return answer.status_code, answer.text


def test_the_owner_of_a_service_sees_its_page_and_a_stranger_learns_nothing(
    client: FlaskClient,
    make_citizen: Callable[..., Citizen],  # noqa: F811
    service: RegisteredClient,  # noqa: F811
) -> None:
    owner, stranger = make_citizen(), make_citizen(103, given_name="Nam")
    address = f"/services/{service.client_id}/"
    assert client.get(address).headers["Location"].startswith("/citizen/sign-in?")
    assert _look_at(client, owner, address)[0] == 404, "it is nobody's"
    give_client(service.client, Owner(person_id=owner.person_id))
    assert _look_at(client, stranger, address)[0] == 404
    assert service.client_id not in _look_at(client, stranger, "/services/mine")[1]
    status, page = _look_at(client, owner, address)
    assert (status, service.client_id in page) == (200, True)
    assert f'href="{address}"' in _look_at(client, owner, "/services/mine")[1]


@pytest.mark.parametrize(("act", "status"), [(OrganisationAct.SERVICES, 200), (OrganisationAct.STATE, 403)])
def test_a_member_sees_an_organisations_service_by_a_mandate_for_services(
    client: FlaskClient,
    make_citizen: Callable[..., Citizen],  # noqa: F811
    service: RegisteredClient,  # noqa: F811
    act: OrganisationAct,
    status: int,
) -> None:
    head, member = make_citizen(), make_citizen(103, given_name="Nam")
    organisation = record_prepared_organisation(OrganisationForm(**vars(FORM)), find_person("979085000102"))
    db.session.commit()
    give_client(service.client, Owner(organisation_id=organisation.id))
    address = f"/services/{service.client_id}/"
    assert _look_at(client, head, address)[0] == 200
    assert _look_at(client, member, address)[0] == 404
    named = NamedPerson("979085000103", find_person("979085000103").full_name)
    taken_in = take_in_member(head.new_session.session, organisation.id, named, role=MemberRole.DEPUTY)
    give_mandate(
        head.new_session.session,
        organisation.id,
        taken_in.id,
        acts=[act],
        first_day=world_today(),
        last_day=world_today() + timedelta(days=1),
    )
    assert _look_at(client, member, address)[0] == status
