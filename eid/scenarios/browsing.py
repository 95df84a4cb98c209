"""A browser and a program's connection on top of Locust's FastHttpSession: cookies, redirects as far as the service's own
addresses go, and refusals named by what the service called them. Loads gevent; runs in the player's process only.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from gevent.local import local
from geventhttpclient.client import HTTPClientPool
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

from eid.late_dataclasses import frozen
from eid.scenarios.spending import Spent, parse_server_timing

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
MAX_REDIRECTS = 10
_REFUSAL_CODE = re.compile(r'data-code="([a-z0-9_]+)"|<code>([a-z0-9_]+)</code>')
"""How our pages name a refusal: on the form that is shown again, or on the page of errors."""
FORM = "application/x-www-form-urlencoded"
ASKS_FOR_TIMING = {"Prefer": "server-timing"}
"""Of a service that may tell; others pass over what somebody would prefer (RFC 7240, section 2)."""


class _Spending(local):  # type: ignore[misc]
    """What the answers cost that this visitor's greenlet got since it was last asked."""

    def __init__(self) -> None:
        self.spent = Spent()
        self.service: dict[str, str] = {}


_spending = _Spending()


def take_spent() -> tuple[Spent, dict[str, str]]:
    """What the service said that its answers to this greenlet cost, since the last call, and what it said of itself."""
    taken, _spending.spent = _spending.spent, Spent()
    return taken, _spending.service


class StepFailed(Exception):
    """Somebody did not get what they asked for; its text is short and the same for the same cause, so that it can be counted."""


@frozen
class Page:
    url: str
    status: int
    text: str


@frozen
class KeptCopy:
    """What was fetched, and the tag by which it is asked for again (RFC 9110, section 13.1.2)."""

    text: str
    etag: str


class Caller:
    """Sends requests to one service and counts them. Shared by many visitors where it is a program's connection."""

    def __init__(self, origin: str, issuer: str, *, pool: HTTPClientPool | None = None) -> None:
        self.origin = origin
        self.issuer = issuer
        self.sent = 0
        self.session = FastHttpSession(
            base_url=origin,
            request_event=EventHook(),  # type: ignore[no-untyped-call]
            user=None,
            client_pool=pool,
            network_timeout=ANSWER_SECONDS,
            connection_timeout=CONNECT_SECONDS,
            max_retries=0,
            concurrency=4,
        )

    def get_json(self, url: str, **headers: str) -> dict[str, Any]:
        return self._read_json(self._send("GET", url, headers=headers), url)

    def post_json(self, url: str, body: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        sent = {"Content-Type": "application/json", **headers}
        return self._read_json(self._send("POST", url, data=json.dumps(body), headers=sent), url)

    def post_form(self, url: str, form: Mapping[str, str], **headers: str) -> dict[str, Any]:
        sent = {"Content-Type": FORM, "Accept": "application/json", **headers}
        return self._read_json(self._send("POST", url, data=urlencode(form), headers=sent), url)

    def refresh(self, url: str, kept: KeptCopy | None, **headers: str) -> KeptCopy:
        """What this address says now: the copy that was kept, where the service says that it still says the same."""
        sent = headers | ({"If-None-Match": kept.etag} if kept else {})
        response = self._send("GET", url, headers=sent)
        if kept and response.status_code == 304:
            return kept
        if response.status_code != 200:
            raise StepFailed(f"HTTP {response.status_code}")
        return KeptCopy(response.text or "", (response.headers or {}).get("etag", ""))

    def browse(self, method: str, url: str, *, form: Sequence[tuple[str, str]] = (), until: str) -> Page:
        """The page at the end of the redirects, or the address that begins with `until`, which is not fetched."""
        for _ in range(MAX_REDIRECTS):
            headers = {"Content-Type": FORM} if method == "POST" else {}
            response = self._send(method, url, data=urlencode(form) if method == "POST" else None, headers=headers)
            if response.status_code not in (301, 302, 303, 307, 308):
                return self._read_page(response, url)
            url = urljoin(self.at_issuer(url), (response.headers or {}).get("location", ""))
            if url.startswith(until):
                return Page(url, response.status_code, "")
            method, form = "GET", ()
        raise StepFailed("redirected without end")

    def at_target(self, url: str) -> str:
        """An address of the service, at the origin that this run loads."""
        return self.origin + url.removeprefix(self.issuer) if url.startswith(self.issuer) else url

    def at_issuer(self, url: str) -> str:
        return self.issuer + url.removeprefix(self.origin) if url.startswith(self.origin) else url

    def _send(self, method: str, url: str, *, headers: Mapping[str, str], **request: Any) -> Any:
        self.sent += 1
        began = time.perf_counter()
        response = self.session.request(
            method,
            self.at_target(url),
            name=url,
            allow_redirects=False,
            headers={**ASKS_FOR_TIMING, **headers},
            **request,
        )
        _note_cost(response, (time.perf_counter() - began) * 1000)
        if response.status_code == 0:
            raise StepFailed(_describe_failure(getattr(response, "error", None)))
        return response

    def _read_json(self, response: Any, url: str) -> dict[str, Any]:
        try:
            body = json.loads(response.content or b"")
        except ValueError:
            body = None
        if response.status_code >= 400:
            code = body.get("code") or body.get("error") if isinstance(body, dict) else None
            raise StepFailed(f"HTTP {response.status_code} {code or ''}".strip())
        if not isinstance(body, dict):
            raise StepFailed(f"no JSON from {urlsplit(url).path}")
        return body

    def _read_page(self, response: Any, url: str) -> Page:
        page = Page(self.at_issuer(url), response.status_code, response.text or "")
        if page.status >= 400:
            found = _REFUSAL_CODE.search(page.text)
            raise StepFailed(f"HTTP {page.status} {found.group(1) or found.group(2) if found else ''}".strip())
        return page


def _note_cost(response: Any, elapsed_ms: float) -> None:
    told = parse_server_timing((response.headers or {}).get("server-timing", ""), elapsed_ms=elapsed_ms)
    _spending.spent.add(told.spent)
    _spending.service.update(told.service)


def _describe_failure(error: BaseException | None) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "no answer in time"
    if isinstance(error, ConnectionError | HTTPConnectionClosed | HTTPParseError):
        return "connection lost"
    return type(error).__name__
