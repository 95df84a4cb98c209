"""The outbox: readable in the demo, nowhere else."""

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient

from eid.app import create_app
from eid.config import Argon2Cost, Mode, Settings
from eid.db import db
from eid.outbox import MessageKind, post_message


def test_the_demo_shows_what_would_have_been_sent(client: FlaskClient) -> None:
    post_message(MessageKind.TEXT, recipient="0100000101", body="one <b>")
    post_message(MessageKind.TEXT, recipient="0100000102", body="two")
    db.session.commit()
    page = client.get("/outbox/").text
    assert page.index("two") < page.index("one &lt;b&gt;")
    assert "two" not in client.get("/outbox/?recipient=0100000101").text


def test_production_has_no_such_page(app: Flask, settings: Settings) -> None:
    production = create_app(
        replace(
            settings, mode=Mode.PRODUCTION, public_url="https://eid.example", face_matcher="none", argon2=Argon2Cost()
        )
    )
    assert production.test_client().get("/outbox/").status_code == 404
