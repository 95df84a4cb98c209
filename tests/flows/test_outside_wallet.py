"""A wallet that is not ours, @openid4vc/openid4vci (npm), takes what a citizen offers, in both formats; @sd-jwt/sd-jwt-vc and
@owf/mdoc accept what it was given."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import Any

import pytest
from flask import Flask

from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.clock import wall_now
from eid.credentials.catalogue import DRIVING_LICENCE
from eid.credentials.configurations import list_configurations_of
from eid.credentials.wallet_events import list_kept
from eid.db import db
from eid.keystore import AuthorityUse, current_keystore
from eid.oauth.clients import register_client
from eid.oauth.models import ApplicationType, AuthMethod
from eid.oauth.offers.making import make_offer
from eid.outbox import find_messages
from tests.engines import one_engine
from tests.flows.test_outside_clients import BACK, node, play, running
from tests.live import LiveServer
from tests.people import MINH, PHONE, record_added_licence

__all__ = ["node"]

pytestmark = [pytest.mark.clients, one_engine]


def offer_licence(live: LiveServer) -> dict[str, Any]:
    """What a wallet is shown, and the root that verifiers have."""
    person_id = MINH["person_id"]
    record_added_licence(person_id)
    used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
    session = record_session(find_account(person_id), used, now=wall_now()).session
    db.session.commit()
    with live.app.app_context():
        offer = make_offer(session, list_configurations_of(DRIVING_LICENCE))
        root = current_keystore().issuing_keys.find_authorities(AuthorityUse.IACA)[-1].der
    return {"offer": offer.uri, "root": b64encode(root).decode()}


def check_received(found: dict[str, Any], live: LiveServer, wallet: str) -> None:
    received = found.get("received")
    assert received is not None, found
    assert set(received) == {"driving_licence_sd_jwt", "driving_licence_mso_mdoc"}
    for one in received["driving_licence_sd_jwt"]:
        assert one["type"] == f"{live.url}/api/v1/credential-types/driving_licence" and one["bound"]
    for one in received["driving_licence_mso_mdoc"]:
        assert one["type"] == "org.iso.18013.5.1.mDL" and one["elements"] > 11
    assert len({one["number"] for batch in received.values() for one in batch}) == 1
    assert [len(batch) for batch in received.values()] == [2, 2]
    db.session.rollback()
    kept = list_kept(MINH["person_id"], DRIVING_LICENCE)
    assert [(one.wallet, one.count, one.event) for one in kept] == [(wallet, 2, "credential_accepted")] * 2


def test_an_outside_wallet_takes_an_offer_by_the_texted_code(
    app: Flask, live_server: LiveServer, node: str, patient: dict[str, Any]
) -> None:
    """OpenID4VCI 1.0, sections 4, 6.1, 7, 8 and 11, by a wallet that nobody registered."""
    task = offer_licence(live_server)
    texted = re.search(r"\b\d{6}\b", find_messages(recipient=PHONE, limit=1)[0].body)
    assert texted is not None
    db.session.rollback()  # the server must be able to write
    with running(node, "openid4vci.mjs", task | {"tx_code": texted[0]}) as process:
        assert process.stdout and process.stderr
        answer = process.stdout.readline()
        found = json.loads(answer) if answer else {"refused": process.stderr.read()}
    check_received(found, live_server, "Ví điện tử")


def test_an_outside_wallet_takes_an_offer_by_signing_its_holder_in(
    app: Flask, live_server: LiveServer, node: str, patient: dict[str, Any]
) -> None:
    """OpenID4VCI 1.0, sections 5.1.2 and 5.1.3: with the offer's issuer_state."""
    registered = register_client(
        name="Ví Thử",
        redirect_uris=[BACK],
        auth_method=AuthMethod.NONE,
        application_type=ApplicationType.NATIVE,
        scopes=["openid", "driving_licence"],
    )
    task = offer_licence(live_server) | {"client_id": registered.client_id, "redirect_uri": BACK}
    check_received(play(node, "openid4vci.mjs", task, patient), live_server, "Ví Thử")
