"""The addresses of the transmitter of security events: its configuration, streams, subjects, verification, and fetching.

Shared Signals Framework 1.0, sections 7 and 8; RFC 8936. Called with a token of the service in its own name (RFC 6749,
section 4.4), for `ssf.read` or `ssf.manage`.
"""

from __future__ import annotations

import json
from datetime import timedelta
from threading import BoundedSemaphore, Event
from typing import Any

from flask import Blueprint, Response, jsonify, request

from eid.api.access import current_client
from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.errors import Malformed, OAuthError
from eid.oauth.sender import challenge
from eid.oauth.signals import polling, streams, subjects
from eid.oauth.signals.metadata import build_signals_metadata
from eid.oauth.signals.scopes import MANAGE_SIGNALS, READ_SIGNALS
from eid.oauth.signals.wishes import PollRequest, parse_poll, parse_status, parse_stream_id

METADATA_MAX_AGE = 3600
LONG_POLL = timedelta(seconds=5)
"""For how long a service may wait for an event that has not happened yet."""
LOOK_EVERY = timedelta(milliseconds=250)
LONG_POLLS = BoundedSemaphore(1)
"""Who waits takes a thread of the process; whoever comes while one waits is answered at once."""

blueprint = Blueprint("signals", __name__)


@blueprint.get("/.well-known/ssf-configuration")
@callable_by(Caller.ANYBODY)
def show_configuration() -> Response:
    response = jsonify(build_signals_metadata(_issuer()))
    response.headers["Cache-Control"] = f"public, max-age={METADATA_MAX_AGE}"
    return response


@blueprint.post("/ssf/streams")
@callable_by(Caller.BEARER)
def open_stream() -> tuple[Response, int]:
    return jsonify(streams.open_stream(_managing_client(), _body(), issuer=_issuer())), 201


@blueprint.get("/ssf/streams")
@callable_by(Caller.BEARER)
def show_streams() -> Response:
    client_id, stream_id = _reading_client(), request.args.get("stream_id")
    if stream_id is None:
        return jsonify(streams.read_streams(client_id, issuer=_issuer()))
    return jsonify(streams.read_stream(client_id, stream_id, issuer=_issuer()))


@blueprint.patch("/ssf/streams")
@callable_by(Caller.BEARER)
def update_stream() -> Response:
    return _change(replaces=False)


@blueprint.put("/ssf/streams")
@callable_by(Caller.BEARER)
def replace_stream() -> Response:
    return _change(replaces=True)


@blueprint.delete("/ssf/streams")
@callable_by(Caller.BEARER)
def close_stream() -> tuple[str, int]:
    streams.close_stream(_managing_client(), request.args.get("stream_id", ""))
    return "", 204


@blueprint.get("/ssf/status")
@callable_by(Caller.BEARER)
def show_status() -> Response:
    stream = streams.find_stream(_reading_client(), request.args.get("stream_id", ""))
    return jsonify(streams.describe_status(stream))


@blueprint.post("/ssf/status")
@callable_by(Caller.BEARER)
def change_status() -> Response:
    client_id, body = _managing_client(), _body()
    return jsonify(streams.change_status(client_id, parse_stream_id(body), *parse_status(body)))


@blueprint.post("/ssf/subjects/add")
@callable_by(Caller.BEARER)
def add_subject() -> tuple[str, int]:
    subjects.add_subject(_managing_client(), _body(), issuer=_issuer())
    return "", 200


@blueprint.post("/ssf/subjects/remove")
@callable_by(Caller.BEARER)
def remove_subject() -> tuple[str, int]:
    subjects.remove_subject(_managing_client(), _body(), issuer=_issuer())
    return "", 204


@blueprint.post("/ssf/verify")
@callable_by(Caller.BEARER)
def verify_stream() -> tuple[str, int]:
    subjects.ask_for_verification(_managing_client(), _body())
    return "", 204


@blueprint.post("/ssf/streams/<stream_id>/events")
@callable_by(Caller.BEARER)
def give_events(stream_id: str) -> Response:
    """RFC 8936, section 2.4: answers to events of before, and what there is now, or soon, the oldest first."""
    client_id, asked = _reading_client(), parse_poll(_body())
    polling.record_answers(client_id, stream_id, asked)
    found = _wait_for_events(client_id, stream_id, asked)
    return Response(json.dumps(found), mimetype="application/json")  # jsonify would order them by name


@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _change(*, replaces: bool) -> Response:
    client_id, body = _managing_client(), _body()
    changed = streams.change_stream(client_id, parse_stream_id(body), body, issuer=_issuer(), replaces=replaces)
    return jsonify(changed)


def _wait_for_events(client_id: str, stream_id: str, asked: PollRequest) -> dict[str, Any]:
    def fetch() -> dict[str, Any]:
        return polling.fetch_signals(client_id, stream_id, most=asked.most, issuer=_issuer())

    found = fetch()
    if found["sets"] or asked.returns_immediately or asked.most == 0 or not LONG_POLLS.acquire(blocking=False):
        return found
    try:
        for _ in range(LONG_POLL // LOOK_EVERY):
            Event().wait(LOOK_EVERY.total_seconds())
            if (found := fetch())["sets"]:
                break
    finally:
        LONG_POLLS.release()
    return found


def _managing_client() -> str:
    return current_client([MANAGE_SIGNALS]).client_id


def _reading_client() -> str:
    """Who may manage may read, too."""
    grant = current_client([])
    if not grant.scopes & {READ_SIGNALS, MANAGE_SIGNALS}:
        named = challenge(grant.confirmation.token_type, "insufficient_scope", scope=READ_SIGNALS)
        raise OAuthError("insufficient_scope", "The access token does not cover this.", status=403, challenge=named)
    return grant.client_id


def _body() -> Any:
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise Malformed("stream_malformed", "The request cannot be read.", reason="no JSON")
    return body


def _issuer() -> str:
    return current_settings().public_url
