"""eid notices: what services are to be told, delivered and counted from the command line."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from flask import Flask

from eid.clock import wall_now
from eid.config import Settings
from eid.db import db
from eid.oauth.clients import register_client
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.notices.models import NoticeKind
from eid.oauth.notices.outbox import post_notice
from tests.cli.conftest import Typed
from tests.engines import one_engine


class Listener(BaseHTTPRequestHandler):
    bodies: list[bytes]

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listening() -> Iterator[tuple[str, list[bytes]]]:
    """A service's address on this machine, and what came to it."""
    bodies: list[bytes] = []
    server = HTTPServer(("127.0.0.1", 0), type("Listener", (Listener,), {"bodies": bodies}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/out", bodies
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def eid(typed: Typed, settings: Settings, monkeypatch: pytest.MonkeyPatch, app: Flask) -> Typed:
    monkeypatch.setenv("EID_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("EID_DATABASE_URL", settings.database_url)
    return lambda *words, **environ: typed("notices", *words, **environ)


def test_what_waits_is_counted_sent_and_counted_again(eid: Typed, listening: tuple[str, list[bytes]]) -> None:
    address, bodies = listening
    registered = register_client(
        name="Phòng khám",
        redirect_uris=["http://127.0.0.1/back"],
        logout=LogoutAddresses(backchannel_logout_uri=address),
    )
    for sid in ("one", "two"):
        post_notice(NoticeKind.LOGOUT, client=registered.client.id, claims={"sub": "s", "sid": sid}, now=wall_now())
    db.session.commit()
    before = json.loads(eid("status", "--json").stdout)
    assert (before["waiting"], before["held"], before["delivered"], before["given_up"]) == (2, 0, 0, 0)
    assert "waiting    2, the oldest for" in eid("status").stdout
    sent = eid("deliver", "--once")
    assert (sent.returncode, sent.stdout) == (0, "Sent 2 notices.\n")
    assert [body[:13] for body in bodies] == [b"logout_token=", b"logout_token="]
    after = json.loads(eid("status", "--json").stdout)
    assert (after["waiting"], after["delivered"], after["oldest_waiting_at"]) == (0, 2, None)


@one_engine
def test_how_to_deliver_has_to_be_said(eid: Typed) -> None:
    refused = eid("deliver")
    assert (refused.returncode, "--once or --watch" in refused.stderr) == (2, True)


@one_engine
@pytest.mark.parametrize("command", ["", "deliver", "status"])
def test_each_command_shows_an_example(eid: Typed, command: str) -> None:
    assert "Example: eid notices" in eid(*command.split(), "--help").stdout
