"""How the wallet calls issuers and verifiers: https, plain http on this machine alone, no redirects, bounded in time and size."""

from __future__ import annotations

import json
from typing import Any, Protocol
from urllib.parse import urlencode

from eid.errors import Refused
from eid.fetching import Fetched, Fetcher

FORM = "application/x-www-form-urlencoded"


class Calls(Protocol):
    """What calls addresses; a test has one that calls an application without a network between."""

    def fetch(self, url: str, *, accept: str = ...) -> Fetched: ...

    def post(self, url: str, body: bytes, content_type: str, *, authorization: str = ...) -> Fetched: ...


def open_calls() -> Calls:
    return Fetcher(allow_loopback=True)


def fetch_json(calls: Calls, url: str) -> dict[str, Any]:
    """The object at this address. Raises Refused (answer_malformed), and what the calls raise."""
    return _read(calls.fetch(url))


def post_form(calls: Calls, url: str, form: dict[str, str]) -> dict[str, Any]:
    """What is answered to a form. Raises Refused: what the other side says (its `error`), answer_malformed."""
    return _read(calls.post(url, urlencode(form).encode(), FORM))


def post_json(calls: Calls, url: str, body: dict[str, Any], *, token: str = "") -> dict[str, Any]:
    """As post_form, for JSON and with an access token."""
    authorization = f"Bearer {token}" if token else ""
    return _read(calls.post(url, json.dumps(body).encode(), "application/json", authorization=authorization))


def _read(answer: Fetched) -> dict[str, Any]:
    if answer.status == 204:
        return {}
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused("answer_malformed", f"The other side answers {answer.status}, and nothing that can be read.")
    if answer.status >= 400:
        told = found.get("error_description") or found.get("detail") or found.get("error") or ""
        raise Refused(str(found.get("error") or found.get("code") or "refused"), f"The other side refuses: {told}")
    return found
