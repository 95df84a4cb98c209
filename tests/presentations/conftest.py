"""A service that asks, and the wallet of somebody with a licence, in both formats."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from eid.accounts.levels import AuthenticationLevel
from eid.clock import wall_now
from eid.credentials.catalogue import DRIVING_LICENCE
from eid.credentials.service import check_paper_issuable, status_at_issue
from eid.credentials.statuses import record_place
from eid.crypto.cose import build_cose_key
from eid.crypto.keys import generate_signing_key
from eid.crypto.mdoc import Validity
from eid.crypto.mdoc_issuing import build_issuer_signed
from eid.db import db
from eid.keystore import current_keystore
from eid.oauth.clients import RegisteredClient, register_client
from eid.randomness import random_token, system_rng
from eid.wallet.held import Held
from tests.api.test_credentials import ask, prove
from tests.api.test_papers import GetToken, get_token
from tests.oauth.conftest import Citizen, citizen, make_citizen
from tests.people import record_added_licence
from tests.presentations.conversation import BACK, MDL, SPACE, Service, Wallet, curve_key

__all__ = ["citizen", "get_token", "make_citizen"]


@pytest.fixture
def clinic(citizen: Citizen) -> RegisteredClient:
    """May ask for two papers in its own name; the citizen has one of them."""
    record_added_licence(citizen.person_id)
    db.session.commit()
    return register_client(
        name="Phòng khám Thử",
        redirect_uris=[BACK],
        purpose="Tiếp đón",
        own_scopes=["driving_licence", "health_insurance"],
        default_level=AuthenticationLevel.LOA1,
    )


@pytest.fixture
def service(client: FlaskClient, clinic: RegisteredClient) -> Service:
    return Service(client, clinic)


@pytest.fixture
def wallet(client: FlaskClient, citizen: Citizen, get_token: GetToken) -> Wallet:
    """Holds a licence as an SD-JWT VC, got by OpenID4VCI."""
    key = generate_signing_key()
    answer = ask(client, get_token(citizen, "driving_licence"), prove(client, key))
    return Wallet(client, [Held("dc+sd-jwt", answer.get_json()["credentials"][0]["credential"], key)])


@pytest.fixture
def mdoc_wallet(client: FlaskClient, citizen: Citizen, clinic: RegisteredClient) -> Wallet:
    """Holds a licence as an mdoc."""
    return Wallet(client, [issue_mdoc(citizen.person_id)])


def issue_mdoc(person_id: int) -> Held:
    """A licence as an mdoc, with a place in our status list; committed."""
    key, now = generate_signing_key(), wall_now().replace(minute=0, second=0, microsecond=0)
    status = record_place(
        token_id=random_token(),
        person_id=person_id,
        paper="driving_licence",
        audience="wallet",
        status=status_at_issue(check_paper_issuable(person_id, DRIVING_LICENCE)),
        issued_at=now,
        expires_at=now + timedelta(days=14),
    )
    db.session.commit()
    elements = {"document_number": "990000000001", "issuing_country": "VN", "family_name": "Trần"}
    signed = build_issuer_signed(
        {SPACE: dict(elements)},
        doc_type=MDL,
        device_key=build_cose_key(curve_key(key).public_key()),
        validity=Validity(now, now, now + timedelta(days=14)),
        signer=current_keystore().find_mdoc_signer(),
        rng=system_rng(),
        status=status,
    )
    return Held("mso_mdoc", urlsafe_b64encode(signed).rstrip(b"=").decode(), key)
