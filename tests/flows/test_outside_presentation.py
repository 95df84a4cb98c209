"""A wallet that is not ours, @openid4vc/openid4vci and @openid4vc/openid4vp (npm), from an offer to a verifier."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask

from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import register_client
from eid.oauth.offers.making import make_offer
from eid.outbox import find_messages
from tests.engines import one_engine
from tests.flows.test_outside_clients import node, running
from tests.live import LiveServer
from tests.people import MINH, PHONE, record_added_licence
from tests.presentations.conversation import BACK, LICENCE_QUERY, MDL_QUERY, SPACE, Service

__all__ = ["node"]

pytestmark = [pytest.mark.clients, one_engine]


def offer_licence(live: LiveServer) -> dict[str, str]:
    """What the wallet is shown, and the code that was texted."""
    record_added_licence(MINH["person_id"])
    used = [UsedFactor(factor, wall_now()) for factor in (Factor.PASSWORD, Factor.TOTP)]
    session = record_session(find_account(MINH["person_id"]), used, now=wall_now()).session
    db.session.commit()
    with live.app.app_context():
        offer = make_offer(session, ["driving_licence_sd_jwt", "driving_licence_mso_mdoc"])
    texted = re.search(r"\b\d{6}\b", find_messages(recipient=PHONE, limit=1)[0].body)
    assert texted is not None
    db.session.rollback()
    return {"offer": offer.uri, "tx_code": texted[0]}


def test_an_outside_wallet_goes_from_an_offer_to_a_verifier(
    app: Flask, live_server: LiveServer, node: str, patient: dict[str, Any]
) -> None:
    """OpenID4VCI 1.0 and OpenID4VP 1.0: known by hash and by name, encrypted and in the open, both formats."""
    registered = register_client(name="Phòng khám Thử", redirect_uris=[BACK], own_scopes=["driving_licence"])
    task = offer_licence(live_server)
    service = Service(live_server.app.test_client(), registered)
    query = json.loads(json.dumps(LICENCE_QUERY).replace("http://localhost:8000", live_server.url))
    opened = [
        service.ask(query),
        service.ask(query, client_id_prefix="x509_san_dns"),
        service.ask(query, response_mode="direct_post"),
        service.ask(MDL_QUERY),
        service.ask(MDL_QUERY, response_mode="direct_post"),
    ]
    with running(node, "openid4vp.mjs", task) as process:
        assert process.stdin and process.stdout and process.stderr
        assert process.stdout.readline(), process.stderr.read()
        process.stdin.write(json.dumps([each["wallet_uri"] for each in opened]) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, process.stderr.read()
    outcomes = json.loads(answer)["outcomes"]
    assert [each["status"] for each in outcomes] == [200] * 5, outcomes
    assert [each["prefix"] for each in outcomes] == ["x509_hash", "x509_san_dns", "x509_hash", "x509_hash", "x509_hash"]
    assert {each["version"] for each in outcomes} == {100}
    for each in opened[:3]:
        [shown] = service.read(each).get_json()["credentials"]["licence"]
        assert set(shown["claims"]) == {"may_drive", "name"}
    for each in opened[3:]:
        [shown] = service.read(each).get_json()["credentials"]["mdl"]
        assert set(shown["claims"][SPACE]) == {"document_number", "issuing_country"}
