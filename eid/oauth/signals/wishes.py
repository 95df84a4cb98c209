"""What a service says of its stream, from JSON (Shared Signals Framework 1.0, section 8.1; RFC 8936, section 2.2). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.oauth.redirects import check_redirect_uri_registrable
from eid.oauth.signals.models import DeliveryMethod, StreamStatus

MOST_EVENTS = 50
LONGEST_EVENT = 200
LONGEST_TEXT = 200
LONGEST_STATE = 500
LONGEST_HEADER = 1000
MOST_FETCHED = 100
MOST_NAMED = 1000
"""Events acknowledged, or reported, in one request."""

_SUBJECT = re.compile(r"[A-Za-z0-9_-]{43}")
_HEADER = re.compile(r"[\x20-\x7e]+")


@frozen
class StreamWish:
    """What the service supplied of a stream's configuration; `given` names what it spoke of at all."""

    given: frozenset[str]
    method: DeliveryMethod = DeliveryMethod.POLL
    endpoint_url: str | None = None
    authorization_header: str | None = field(default=None, repr=False)
    events_requested: tuple[str, ...] = ()
    description: str | None = None


@frozen
class PollRequest:
    most: int
    returns_immediately: bool
    acknowledged: tuple[str, ...]
    refused: Mapping[str, str]
    """What was wrong, by `jti`."""


def parse_stream_wish(body: Any) -> StreamWish:
    """What is asked of a stream. Without `delivery` it is to be fetched (section 8.1.1.1). Raises Malformed."""
    document = _object(body)
    delivery = _object(document.get("delivery", {}))
    method = _method(delivery) if "delivery" in document else DeliveryMethod.POLL
    is_pushed = method is DeliveryMethod.PUSH
    return StreamWish(
        given=frozenset(document) & {"delivery", "events_requested", "description"},
        method=method,
        endpoint_url=_endpoint(delivery.get("endpoint_url")) if is_pushed else None,
        authorization_header=_header(delivery.get("authorization_header")) if is_pushed else None,
        events_requested=_events(document.get("events_requested", [])),
        description=_text(document.get("description"), "description", LONGEST_TEXT),
    )


def check_supplied(body: Mapping[str, Any], supplied: Mapping[str, Any]) -> None:
    """Raise Malformed where the service says otherwise of what only we can say (sections 8.1.1.3 and 8.1.1.4)."""
    for name, value in supplied.items():
        if name in body and body[name] != value:
            raise _malformed(f"{name} is not the service's to change")


def parse_stream_id(body: Any) -> str:
    """Which stream a request is about. Raises Malformed."""
    stream_id = _object(body).get("stream_id")
    if not isinstance(stream_id, str) or not stream_id:
        raise _malformed("stream_id is missing")
    return stream_id


def parse_status(body: Any) -> tuple[StreamStatus, str | None]:
    """The status that a stream is to have, and why. Raises Malformed; a status for one subject alone is not to be had."""
    document = _object(body)
    status = next((status for status in StreamStatus if status == document.get("status")), None)
    if status is None:
        raise _malformed("status is enabled, paused or disabled")
    return status, _text(document.get("reason"), "reason", LONGEST_TEXT)


def parse_verification(body: Any) -> str | None:
    """What a verification event is to repeat. Raises Malformed."""
    state = _object(body).get("state")
    if state is not None and (not isinstance(state, str) or len(state) > LONGEST_STATE or "\x00" in state):
        raise _malformed("state is a text of at most 500 characters")
    return state


def parse_subject(body: Any, *, issuer: str) -> str | None:
    """Our subject that a subject identifier (RFC 9493) names; None where it can be nobody of ours. Raises Malformed."""
    identifier = _object(_object(body).get("subject"))
    if not isinstance(identifier.get("format"), str):
        raise _malformed("subject has no format")
    subject = identifier.get("sub")
    is_ours = identifier["format"] == "iss_sub" and identifier.get("iss") == issuer
    return subject if is_ours and isinstance(subject, str) and _SUBJECT.fullmatch(subject) else None


def parse_poll(body: Any) -> PollRequest:
    """RFC 8936, section 2.2. Raises Malformed."""
    document = _object(body)
    most, immediately = document.get("maxEvents", MOST_FETCHED), document.get("returnImmediately", False)
    if not isinstance(most, int) or isinstance(most, bool) or most < 0:
        raise _malformed("maxEvents is a number that is not negative")
    if not isinstance(immediately, bool):
        raise _malformed("returnImmediately is true or false")
    reported = _object(document.get("setErrs", {}))
    if len(reported) > MOST_NAMED:
        raise _malformed("setErrs names too many")
    return PollRequest(
        most=min(most, MOST_FETCHED),
        returns_immediately=immediately,
        acknowledged=_texts(document.get("ack", []), "ack", MOST_NAMED),
        refused={jti: _describe_error(error) for jti, error in reported.items()},
    )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed("a JSON object is needed")
    return value


def _method(delivery: Mapping[str, Any]) -> DeliveryMethod:
    found = next((method for method in DeliveryMethod if method == delivery.get("method")), None)
    if found is None:
        raise _malformed("delivery.method is none that is supported")
    return found


def _endpoint(url: Any) -> str:
    if not isinstance(url, str):
        raise _malformed("delivery.endpoint_url is missing")
    check_redirect_uri_registrable(url, native=False)
    return url


def _header(header: Any) -> str | None:
    if header is None:
        return None
    if not isinstance(header, str) or len(header) > LONGEST_HEADER or not _HEADER.fullmatch(header):
        raise _malformed("delivery.authorization_header is no header")
    return header


def _events(value: Any) -> tuple[str, ...]:
    events = _texts(value, "events_requested", MOST_EVENTS)
    if any(len(event) > LONGEST_EVENT or "\x00" in event for event in events):
        raise _malformed("events_requested holds what is no event")
    return events


def _texts(value: Any, name: str, most: int) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > most or not all(isinstance(entry, str) for entry in value):
        raise _malformed(f"{name} is a list of at most {most} texts")
    return tuple(value)


def _text(value: Any, name: str, longest: int) -> str | None:
    """A text, cut where it is too long, as section 8.1.1 allows."""
    if value is not None and (not isinstance(value, str) or "\x00" in value):
        raise _malformed(f"{name} is a text")
    return value[:longest] if value else None


def _describe_error(error: Any) -> str:
    said = _object(error)
    described = f"{said.get('err', '')} {said.get('description', '')}".replace("\x00", "").strip()
    return described[:LONGEST_TEXT]


def _malformed(what: str) -> Malformed:
    return Malformed("stream_malformed", "The request cannot be read.", reason=what, fields={"body": [what]})
