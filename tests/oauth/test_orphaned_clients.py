"""What becomes of a service whose owner is no more, and who gets it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from eid.accounts.closing import CloseReason, close_account
from eid.accounts.models import OfficerRole
from eid.accounts.organisation_locks import lock_organisation_at_desk, unlock_organisation_at_desk
from eid.accounts.organisation_rules import OrganisationForm
from eid.accounts.organisations import record_prepared_organisation
from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, NotFound, Refused
from eid.events import PersonDied, post_event
from eid.oauth.client_registrations import begin_change
from eid.oauth.client_suspension import resume_client
from eid.oauth.clients import find_client
from eid.oauth.orphaned_clients import ORGANISATION_LOCKED, OWNER_CLOSED, OWNER_DIED, hand_over_client
from eid.oauth.owned_secrets import issue_client_secret
from eid.outbox import find_messages
from eid.population.service import find_person
from tests.engines import one_engine
from tests.oauth.conftest import Citizen
from tests.oauth.registering import approve, record_reviewer
from tests.representation import FORM


def test_a_dead_owners_service_is_suspended_and_goes_on_with_another(
    app: Flask, make_citizen: Callable[..., Citizen]
) -> None:
    owner, heir, officer = make_citizen(), make_citizen(103, given_name="Nam"), record_reviewer()
    client = approve(owner.new_session.session, officer)
    issue_client_secret(owner.new_session.session, client.client_id)
    change = begin_change(owner.new_session.session, client.client_id)
    post_event(PersonDied(owner.person_id, world_today()))
    db.session.commit()
    assert find_client(client.client_id).suspension == OWNER_DIED
    told = find_messages(recipient="library@library.example")[0].body
    assert "tam ngung" in told and "da mat" in told
    with pytest.raises(Refused) as refused:
        resume_client(client.client_id, officer=officer.id)
    assert refused.value.code == "service_owner_level"
    given = hand_over_client(client.client_id, officer=officer.id, pin="979085000103")
    assert (given.owner_person_id, given.secret_digest, given.suspension) == (heir.person_id, None, OWNER_DIED)
    assert begin_change(heir.new_session.session, client.client_id).id == change.id
    assert "phu trach" in find_messages(recipient=heir.account.phone)[0].body
    assert resume_client(client.client_id, officer=officer.id).suspended_at is None


def test_a_locked_organisations_service_is_suspended_until_somebody_resumes_it(
    app: Flask, make_citizen: Callable[..., Citizen]
) -> None:
    head, officer = make_citizen(), record_reviewer()
    organisation = record_prepared_organisation(OrganisationForm(**vars(FORM)), find_person("979085000102"))
    db.session.commit()
    client = approve(head.new_session.session, officer, organisation_id=organisation.id)
    lock_organisation_at_desk(organisation.id, reason="authority", why="Công văn 12", officer=officer.id)
    assert find_client(client.client_id).suspension == ORGANISATION_LOCKED
    assert "bi khoa" in find_messages(recipient=head.account.phone)[0].body
    with pytest.raises(Conflict) as refused:
        resume_client(client.client_id, officer=officer.id)
    assert refused.value.code == "organisation_locked"
    unlock_organisation_at_desk(organisation.id, reason="authority", why="Công văn 13", officer=officer.id)
    assert find_client(client.client_id).suspended_at is not None, "what was done about it an officer says"
    assert resume_client(client.client_id, officer=officer.id).suspended_at is None


@one_engine
def test_the_service_of_a_closed_account_is_suspended_and_nobody_elses(
    app: Flask, make_citizen: Callable[..., Citizen]
) -> None:
    owner, other, officer = make_citizen(), make_citizen(103, given_name="Nam"), record_reviewer()
    client, another = (approve(one.new_session.session, officer) for one in (owner, other))
    close_account(owner.account.id, CloseReason.HOLDER)
    assert find_client(client.client_id).suspension == OWNER_CLOSED
    assert find_client(another.client_id).suspended_at is None


@one_engine
def test_an_officer_gives_no_service_to_themselves_nor_to_who_cannot_have_it(
    app: Flask, make_citizen: Callable[..., Citizen]
) -> None:
    owner, officer, clerk = make_citizen(), record_reviewer(), record_reviewer(141, role=OfficerRole.DESK)
    client = approve(owner.new_session.session, officer)
    for by, pin, code in (
        (officer, "979085000140", "own_service"),
        (officer, "979085000141", "given"),
        (clerk, "979085000102", "officer_role"),
    ):
        if code == "given":
            hand_over_client(client.client_id, officer=by.id, pin=pin)
            continue
        with pytest.raises(Refused) as refused:
            hand_over_client(client.client_id, officer=by.id, pin=pin)
        assert refused.value.code == code
    with pytest.raises(NotFound) as unknown:
        hand_over_client(client.client_id, officer=officer.id, code="0000000000")
    assert unknown.value.code == "organisation_unknown"
