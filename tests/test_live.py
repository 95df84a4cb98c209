"""The running server that other tests build on."""

import urllib.request

from flask import Flask

from tests.live import LiveServer


def test_the_live_server_answers_on_its_own_address(app: Flask, live_server: LiveServer) -> None:
    with urllib.request.urlopen(f"{live_server.url}/readyz") as answer:
        assert answer.status == 200
