"""The clinic's counter beside a running service, both on real ports, and a patient of the register."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask

from eid.accounts.service import record_prepared_account
from eid.clinic import ClinicConfig, create_clinic
from eid.db import db
from eid.oauth.clients import register_client
from eid.population.models import Sex
from eid.population.service import record_person
from tests.live import LiveServer, bound_listener, serving

MINH: dict[str, Any] = {
    "pin": "979085000102",
    "password": "MinhTran@85",
    "passcode": "497135",
    "totp_secret": "MZXW6YTBOI3EIZLNN5QWG2LEMVUWIZLE",
}


@dataclass(frozen=True)
class RunningClinic:
    url: str
    app: Flask
    config: ClinicConfig


@pytest.fixture
def patient(app: Flask) -> dict[str, Any]:
    """Trần Văn Minh, with an active account of level 2; how he signs in."""
    person = record_person(
        person_id=102,
        pin=MINH["pin"],
        surname="Trần",
        middle_name="Văn",
        given_name="Minh",
        birth_date=date(1985, 11, 2),
        sex=Sex.MALE,
        residence_province="79",
        residence_commune="Phường Bến Thử",
        residence_address="Số 7, đường Mẫu",
    )
    db.session.flush()
    secrets = {name: MINH[name] for name in ("password", "passcode", "totp_secret")}
    record_prepared_account(person.id, phone="0100000102", **secrets)
    db.session.commit()
    return MINH


@pytest.fixture
def clinic(app: Flask, live_server: LiveServer) -> Iterator[RunningClinic]:
    listener, url = bound_listener()
    registered = register_client(
        name="Phòng khám Thử",
        purpose="Tiếp nhận người bệnh",
        redirect_uris=[f"{url}/callback"],
        scopes=["openid", "profile", "identity", "health_insurance", "driving_licence"],
        required_scopes=["profile"],
    )
    db.session.commit()
    config = ClinicConfig(
        issuer=live_server.url,
        client_id=registered.client_id,
        client_secret=registered.secret or "",
        url=url,
        secret_key="for this test alone",
    )
    clinic_app = create_clinic(config)
    with listener, serving(clinic_app, listener):
        yield RunningClinic(url, clinic_app, config)
