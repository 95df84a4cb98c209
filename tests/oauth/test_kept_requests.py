"""Requests that wait for their citizen: told from those that never were for a day, and then gone."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import RegisteredClient
from eid.oauth.kept_requests import KEPT, REQUEST_LIFE, forget_over
from eid.oauth.models import AuthorizationRequest
from tests.engines import one_engine
from tests.oauth.conftest import request_of


@one_engine
def test_a_request_is_kept_for_a_day_after_it_was_over(client: FlaskClient, service: RegisteredClient) -> None:
    opened = wall_now()
    client.get("/oauth/authorize", query_string=request_of(service))
    over = opened + REQUEST_LIFE + KEPT
    for moment, left in ((over - timedelta(minutes=1), 1), (over + timedelta(minutes=1), 0)):
        forget_over(moment)
        db.session.commit()
        assert db.session.query(AuthorizationRequest).count() == left
