"""Somebody with papers, and what a verifier has: keys and status lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eid.agencies.criminal_record_rules import RecordForm
from eid.agencies.criminal_records import record_criminal_record_request
from eid.agencies.disability import record_disability
from eid.agencies.merit import record_merit
from eid.agencies.poverty import record_poverty
from eid.agencies.service import record_tax_registration, record_vehicle
from eid.agencies.social_insurance import record_social_insurance
from eid.agencies.social_security import record_social_security_account
from eid.clock import wall_now, world_now
from eid.credentials.additions import record_prepared_additions
from eid.credentials.catalogue import CATALOGUE
from eid.crypto.status_list import VerifiedStatusList, verify_status_list
from eid.db import db
from eid.population.models import Person
from tests.people import record_added_insurance, record_added_licence, record_one

ISSUER = "http://localhost:8000"
CLINIC = "clinic"

OF_GROWN_UPS = [name for name, paper in CATALOGUE.items() if not paper.is_held_by_guardian]
"""The papers that somebody grown-up can have."""

FetchList = Callable[[str], VerifiedStatusList]


@pytest.fixture
def person(app: Flask) -> Person:
    """Trần Văn Minh of the cast, insured and licensed."""
    minh = record_one()
    record_added_insurance(minh.id)
    record_added_licence(minh.id)
    db.session.commit()
    return minh


def give_every_paper(person_id: int) -> None:
    """Afterwards somebody insured and licensed has every other paper too, all in their account; committed."""
    record_vehicle(person_id)
    record_tax_registration(person_id)
    record_criminal_record_request(person_id, RecordForm.ONE, "Xin việc", answered_at=world_now())
    record_social_insurance(person_id)
    record_social_security_account(person_id)
    record_disability(person_id)
    record_poverty(person_id)
    record_merit(person_id)
    record_prepared_additions(person_id, [paper.name for paper in CATALOGUE.values() if paper.adding])
    db.session.commit()


@pytest.fixture
def fetch_list(client: FlaskClient) -> FetchList:
    """Fetches and verifies a status list by its address, as a verifier does."""

    def fetch(uri: str) -> VerifiedStatusList:
        keys = client.get("/api/v1/keys").json["keys"]  # type: ignore[index]
        answer = client.get(uri.removeprefix(ISSUER))
        assert answer.status_code == 200
        return verify_status_list(answer.text, keys=keys, expected_uri=uri, now=wall_now())

    return fetch
