"""The clinic's counter beside a running service, both on real ports, and a patient of the register."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from eid.db import db
from eid.oauth.clients import register_client
from eid.oauth.grant_types import CIBA, POLL, ExtraGrants
from eid.oauth.logout.addresses import LogoutAddresses
from eid.samples.clinic import ClinicConfig, create_clinic
from tests.live import LiveServer, bound_listener, serving
from tests.people import MINH, SECRETS, record_account_of, record_one


@dataclass(frozen=True)
class RunningClinic:
    url: str
    app: Flask
    config: ClinicConfig


@pytest.fixture
def patient(app: Flask) -> dict[str, Any]:
    """Trần Văn Minh, with an active account of level 2; how he signs in."""
    person = record_one()
    record_account_of(person.id)
    db.session.commit()
    return {"pin": MINH["pin"], **SECRETS}


@pytest.fixture
def clinic(app: Flask, live_server: LiveServer) -> Iterator[RunningClinic]:
    listener, url = bound_listener()
    registered = register_client(
        name="Phòng khám Thử",
        purpose="Tiếp nhận người bệnh",
        redirect_uris=[f"{url}/callback", f"{url}/wallet/callback"],
        scopes=["openid", "profile", "identity", "health_insurance", "driving_licence"],
        required_scopes=["profile"],
        own_scopes=["health_insurance"],
        grants=ExtraGrants((CIBA,), backchannel_token_delivery_mode=POLL),
        logout=LogoutAddresses(
            post_logout_redirect_uris=(f"{url}/",), backchannel_logout_uri=f"{url}/backchannel-logout"
        ),
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
