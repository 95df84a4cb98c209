"""A service that only pretends, for tests of the player itself: shaped like the real one, it stalls and fails on demand.

Nothing about the real service is shown with it; tests/flows/test_load_scenario.py plays against that one.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from eid.clock import wall_now
from eid.crypto.jwt import build_jwt
from eid.crypto.keys import generate_signing_key
from eid.crypto.status_list import MEDIA_TYPE, TYP, build_status_list_claims, pack_statuses

KEY = generate_signing_key()
CLIENT = {"client_id": "clinic", "client_secret": "secret", "redirect_uri": "http://localhost:1/callback"}
TAG = '"the only one"'
TOTP_SECRET = "ONUW25LMMF2GS33ONF2HGLTPOJTS42LT"


@dataclass
class FakeService:
    url: str = ""
    codes_seen: list[tuple[str, str]] = field(default_factory=list)
    """(PIN, one-time code) as they were sent."""
    tags_seen: list[str] = field(default_factory=list)
    """With which a status list was asked for, or nothing."""
    broken: set[str] = field(default_factory=set)
    """Paths that answer 500."""
    tells_insurance: bool = True
    """Whether anybody has their insurance in the account."""
    is_gullible: bool = False
    """Lets in whoever guesses."""
    stalled_until: float = 0.0
    """time.monotonic() until which every answer waits: a server that stops."""

    def stall(self, seconds: float) -> None:
        self.stalled_until = time.monotonic() + seconds


def write_state(folder: Path, service: FakeService, people: int, *, papers: Sequence[str] | None = None) -> Path:
    """The files that a scenario is played with; `papers` are those of everybody, which older files do not tell."""
    members = [
        {
            "pin": f"90119000{n:04}",
            "password": "p",
            "passcode": "c",
            "totp_secret": TOTP_SECRET,
            "card": f"var/cards/{n}",
            **({} if papers is None else {"papers": papers}),
        }
        for n in range(people)
    ]
    (folder / "cohort.json").write_text(json.dumps(members))
    (folder / "load-client.json").write_text(json.dumps(CLIENT | {"issuer": service.url}))
    return folder


@contextmanager
def serve_fake() -> Iterator[FakeService]:
    """A fake service on a free port, until the block ends."""
    service = FakeService()

    class Handler(_Handler):
        fake = service

    server = _Server(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.stalled_until = 0.0
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A player that was cut off has gone away; nobody need hear of it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: FakeService

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        is_form = "form" in self.headers.get("Content-Type", "")
        self._answer({name: values[0] for name, values in parse_qs(body).items()} if is_form else {})

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, form: dict[str, str]) -> None:
        time.sleep(max(0.0, self.fake.stalled_until - time.monotonic()))
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path in self.fake.broken:
            return self._send(500, "application/problem+json", json.dumps({"code": "internal_error"}))
        handler = getattr(
            self, "_at_" + url.path.strip("/").replace("/", "_").replace("-", "_").replace(".", "_"), None
        )
        if handler is None:
            return self._send(404, "text/plain", "")
        return handler(query, form)

    def _at_healthz(self, query: dict[str, str], form: dict[str, str]) -> None:
        self._json({"status": "ok"})

    def _at__well_known_openid_configuration(self, query: dict[str, str], form: dict[str, str]) -> None:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        described = {name: f"{self.fake.url}/oauth/{place}" for name, place in places.items()}
        self._json(described | {"issuer": self.fake.url, "jwks_uri": f"{self.fake.url}/api/v1/keys"})

    def _at_api_v1_keys(self, query: dict[str, str], form: dict[str, str]) -> None:
        self._json({"keys": [KEY.public_jwk()]})

    def _at_oauth_authorize(self, query: dict[str, str], form: dict[str, str]) -> None:
        if form.get("decision") == "approve" or "consented=yes" in self.headers.get("Cookie", ""):
            back = {"code": query["nonce"], "state": query["state"], "iss": self.fake.url}
            return self._redirect(f"{query['redirect_uri']}?{urlencode(back)}", "consented=yes; Path=/")
        if "session=" not in self.headers.get("Cookie", ""):
            return self._redirect(f"/citizen/sign-in?next={quote(self.path)}")
        return self._page('<input name="passcode"><button data-act="approve" name="decision" value="approve">')

    def _at_citizen_sign_in(self, query: dict[str, str], form: dict[str, str]) -> None:
        if form.get("password", "").startswith("guess-") and not self.fake.is_gullible:
            return self._send(401, "text/html; charset=utf-8", '<form method="post" data-code="sign_in_failed"></form>')
        if "password" in form:
            next_page = quote(query.get("next", "/citizen/"))
            return self._redirect(f"/citizen/sign-in/code?next={next_page}", f"pin={form['pin']}; Path=/")
        return self._page('<input name="pin"><input name="password"><button data-act="sign-in">')

    def _at_citizen_sign_in_code(self, query: dict[str, str], form: dict[str, str]) -> None:
        if "otp" in form:
            pin = self.headers["Cookie"].split("pin=")[1].split(";")[0]
            self.fake.codes_seen.append((pin, form["otp"]))
            return self._redirect(query["next"], "session=1; Path=/")
        return self._page('<input name="otp"><button data-act="continue">')

    def _at_citizen(self, query: dict[str, str], form: dict[str, str]) -> None:
        self._page("")

    def _at_citizen_services(self, query: dict[str, str], form: dict[str, str]) -> None:
        self._page('<button data-act="withdraw">')

    def _at_citizen_social_security(self, query: dict[str, str], form: dict[str, str]) -> None:
        self._page('<a href="/citizen/social-security/unlink"></a><input name="passcode"><button data-act="link">')

    def _at_citizen_papers_wallet(self, query: dict[str, str], form: dict[str, str]) -> None:
        status = {"status_list": {"idx": 3, "uri": f"{self.fake.url}/api/v1/status-lists/1"}}
        self._page(f'<code id="code-text">{self._sign("eid-wallet+jwt", status=status)}</code>')

    def _at_api_v1_status_lists(self, query: dict[str, str], form: dict[str, str]) -> None:
        self._json({"status_lists": [f"{self.fake.url}/api/v1/status-lists/1"]})

    def _at_api_v1_status_lists_1(self, query: dict[str, str], form: dict[str, str]) -> None:
        """On which everything is valid, whatever was revoked."""
        self.fake.tags_seen.append(self.headers.get("If-None-Match", ""))
        if self.headers.get("If-None-Match") == TAG:
            return self._send(304, "text/plain", "")
        uri = f"{self.fake.url}/api/v1/status-lists/1"
        statuses, life = pack_statuses({}, size=64, bits=2), timedelta(minutes=5)
        claims = build_status_list_claims(statuses, uri=uri, now=wall_now(), lifetime=life, time_to_live=life)
        return self._send(200, MEDIA_TYPE, build_jwt(claims, key=KEY, typ=TYP), {"ETag": TAG})

    def _at_oauth_token(self, query: dict[str, str], form: dict[str, str]) -> None:
        token = self._sign("JWT", nonce=form["code"])
        self._json({"id_token": token, "access_token": "a", "token_type": "Bearer"})

    def _at_oauth_userinfo(self, query: dict[str, str], form: dict[str, str]) -> None:
        self._json({"sub": "s"} | ({"health_insurance": {"number": "x"}} if self.fake.tells_insurance else {}))

    def _at_api_v1_papers_health_insurance_tokens(self, query: dict[str, str], form: dict[str, str]) -> None:
        self._json({"token": self._sign("eid-health_insurance+jwt", health_insurance={"number": "x"})})

    def _sign(self, typ: str, **claims: Any) -> str:
        now = int(time.time())
        times = {"iat": now, "exp": now + 60}
        return build_jwt({"iss": self.fake.url, "aud": "clinic", "sub": "s", **times, **claims}, key=KEY, typ=typ)

    def _page(self, fields: str) -> None:
        self._send(200, "text/html; charset=utf-8", f'<form method="post">{fields}</form>')

    def _json(self, body: object) -> None:
        self._send(200, "application/json", json.dumps(body))

    def _redirect(self, location: str, cookie: str = "") -> None:
        self._send(303, "text/plain", "", {"Location": location} | ({"Set-Cookie": cookie} if cookie else {}))

    def _send(self, status: int, kind: str, body: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (
            {"Content-Type": kind, "Content-Length": str(len(body.encode()))} | (headers or {})
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())
