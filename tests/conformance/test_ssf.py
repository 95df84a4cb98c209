"""The plan openid-ssf-transmitter-test-plan, a test a module: what each of them asserts of the transmitter.

Modules that are run by push and by poll are tested in the way that they name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from eid.clock import wall_now
from eid.oauth.notices.delivery import deliver_due
from eid.oauth.signals.event_types import SESSION_REVOKED, VERIFICATION
from tests.conformance.ssf import HOOK, POLL, PUSH, Ssf, register_receiver, ssf  # noqa: F401
from tests.engines import one_engine
from tests.oauth.notices import Receiver

pytestmark = one_engine

REQUIRED = {"stream_id", "iss", "aud", "delivery", "events_supported", "events_requested", "events_delivered"}


def check_refused_token(ssf: Ssf, endpoint: str, method: str, body: Any = None, **query: str) -> None:  # noqa: F811
    """401 with the challenge of RFC 6750, for a token that nobody has, and for none at all."""
    answer = ssf.call(endpoint, method, body, token="wrong", **query)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert ssf.call(endpoint, method, body, token="", **query).status_code == 401


def closed_stream(ssf: Ssf) -> str:  # noqa: F811
    """The name of a stream that there was."""
    stream_id = str(ssf.open()["stream_id"])
    assert ssf.call("configuration_endpoint", "DELETE", stream_id=stream_id).status_code == 204
    return stream_id


def check_verification(ssf: Ssf, stream: dict[str, Any], token: str, state: str | None) -> None:  # noqa: F811
    claims = ssf.check(token).claims
    assert claims["events"] == {VERIFICATION: {} if state is None else {"state": state}}
    assert claims["sub_id"] == {"format": "opaque", "id": stream["stream_id"]}


def test_openid_ssf_transmitter_metadata(ssf: Ssf) -> None:  # noqa: F811
    metadata = ssf.metadata
    assert metadata["issuer"] == "http://localhost:8000"
    assert metadata["spec_version"] == "1_0"
    assert metadata["default_subjects"] in ("ALL", "NONE")
    assert metadata["authorization_schemes"] == [{"spec_urn": "urn:ietf:rfc:6749"}]
    assert metadata["delivery_methods_supported"] == [PUSH, POLL]
    for name in ("configuration", "status", "verification", "add_subject", "remove_subject"):
        assert metadata[f"{name}_endpoint"].startswith(metadata["issuer"] + "/ssf/")
    keys = ssf.http.get(metadata["jwks_uri"]).get_json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) >= 1


def test_openid_ssf_stream_control_happy_path(ssf: Ssf) -> None:  # noqa: F811
    """Create, read, update, replace, replace without some, read and update the status, delete."""
    stream = ssf.open(events_requested=[SESSION_REVOKED, "urn:unknown"])
    assert set(stream) >= REQUIRED
    assert (stream["iss"], stream["aud"]) == (ssf.metadata["issuer"], ssf.registered.client_id)
    assert stream["events_delivered"] == [SESSION_REVOKED]
    name = stream["stream_id"]
    assert ssf.call("configuration_endpoint", "GET", stream_id=name).get_json() == stream
    assert ssf.call("configuration_endpoint", "GET").get_json() == [stream]

    updated = ssf.call("configuration_endpoint", "PATCH", {"stream_id": name, "description": "Khác"})
    assert updated.status_code == 200
    assert updated.get_json() == stream | {"description": "Khác"}

    wish = {"stream_id": name, "delivery": {"method": PUSH, "endpoint_url": HOOK}, "events_requested": ["urn:unknown"]}
    replaced = ssf.call("configuration_endpoint", "PUT", wish).get_json()
    assert replaced["delivery"] == {"method": PUSH, "endpoint_url": HOOK}
    assert (replaced["events_requested"], replaced["events_delivered"]) == (["urn:unknown"], [])
    assert "description" not in replaced

    reduced = ssf.call("configuration_endpoint", "PUT", {"stream_id": name}).get_json()
    assert (reduced["delivery"]["method"], reduced["events_requested"]) == (POLL, [])
    assert ssf.call("configuration_endpoint", "GET", stream_id=name).get_json() == reduced

    assert ssf.call("status_endpoint", "GET", stream_id=name).get_json()["status"] == "enabled"
    for status in ("paused", "disabled", "enabled"):
        changed = ssf.call("status_endpoint", body={"stream_id": name, "status": status})
        assert (changed.status_code, changed.get_json()["status"]) == (200, status)

    assert ssf.call("configuration_endpoint", "DELETE", stream_id=name).status_code == 204
    assert ssf.call("configuration_endpoint", "GET").get_json() == []


BROKEN: list[Any] = ["{", "[]", '"text"', {"delivery": "push"}, {"delivery": {"method": "urn:none"}}]


@pytest.mark.parametrize("body", [*BROKEN, {"delivery": {"method": PUSH}}, {"events_requested": "all"}], ids=str)
def test_openid_ssf_stream_control_error_create_stream_with_broken_input(ssf: Ssf, body: Any) -> None:  # noqa: F811
    assert ssf.call("configuration_endpoint", body=body).status_code == 400
    assert ssf.call("configuration_endpoint", "GET").get_json() == []


def test_openid_ssf_stream_control_error_create_stream_with_invalid_token(ssf: Ssf) -> None:  # noqa: F811
    check_refused_token(ssf, "configuration_endpoint", "POST", {})


def test_openid_ssf_stream_control_error_create_stream_with_duplicate_config(ssf: Ssf) -> None:  # noqa: F811
    """409, where a receiver may have one stream only."""
    ssf.open()
    assert ssf.call("configuration_endpoint", body={}).status_code == 409


def test_openid_ssf_stream_control_create_stream_without_delivery(ssf: Ssf) -> None:  # noqa: F811
    """Shared Signals Framework 1.0, section 8.1.1.1: then it is polled, and the answer says where."""
    stream = ssf.open(delivery=None)
    assert stream["delivery"]["method"] == POLL
    assert stream["stream_id"] in stream["delivery"]["endpoint_url"]


def test_openid_ssf_stream_control_error_read_stream_with_invalid_token(ssf: Ssf) -> None:  # noqa: F811
    check_refused_token(ssf, "configuration_endpoint", "GET", stream_id=ssf.open()["stream_id"])


def test_openid_ssf_stream_control_error_read_stream_without_token(ssf: Ssf) -> None:  # noqa: F811
    answer = ssf.call("configuration_endpoint", "GET", token="", stream_id=ssf.open()["stream_id"])
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_openid_ssf_stream_control_error_token_in_uri_query(ssf: Ssf) -> None:  # noqa: F811
    stream_id = ssf.open()["stream_id"]
    answer = ssf.call("configuration_endpoint", "GET", token="", stream_id=stream_id, access_token=ssf.token)
    assert answer.status_code == 401


def test_openid_ssf_stream_control_error_read_unknown_stream(ssf: Ssf) -> None:  # noqa: F811
    assert ssf.call("configuration_endpoint", "GET", stream_id=closed_stream(ssf)).status_code == 404


def test_openid_ssf_stream_control_error_read_status_of_unknown_stream(ssf: Ssf) -> None:  # noqa: F811
    assert ssf.call("status_endpoint", "GET", stream_id=closed_stream(ssf)).status_code == 404


def test_openid_ssf_stream_control_error_read_stream_status_with_invalid_token(ssf: Ssf) -> None:  # noqa: F811
    check_refused_token(ssf, "status_endpoint", "GET", stream_id=ssf.open()["stream_id"])


def test_openid_ssf_stream_control_error_update_stream_with_invalid_token(ssf: Ssf) -> None:  # noqa: F811
    check_refused_token(ssf, "configuration_endpoint", "PATCH", {"stream_id": ssf.open()["stream_id"]})


@pytest.mark.parametrize("method", ["PATCH"])
@pytest.mark.parametrize(
    "body", ["{", "[]", {"iss": "https://evil.example"}, {"aud": "other"}, {"events_supported": []}], ids=str
)
def test_openid_ssf_stream_control_error_update_stream_with_invalid_body(ssf: Ssf, method: str, body: Any) -> None:  # noqa: F811
    stream = ssf.open()
    sent = body | {"stream_id": stream["stream_id"]} if isinstance(body, dict) else body
    assert ssf.call("configuration_endpoint", method, sent).status_code == 400
    assert ssf.call("configuration_endpoint", "GET").get_json() == [stream]


def test_openid_ssf_stream_control_error_update_unknown_stream(ssf: Ssf) -> None:  # noqa: F811
    assert ssf.call("configuration_endpoint", "PATCH", {"stream_id": closed_stream(ssf)}).status_code == 404


def test_openid_ssf_stream_control_error_replace_stream_with_invalid_body(ssf: Ssf) -> None:  # noqa: F811
    ssf.open()
    assert ssf.call("configuration_endpoint", "PUT", "{").status_code == 400


def test_openid_ssf_stream_control_error_replace_stream_with_invalid_token(ssf: Ssf) -> None:  # noqa: F811
    check_refused_token(ssf, "configuration_endpoint", "PUT", {"stream_id": ssf.open()["stream_id"]})


def test_openid_ssf_stream_control_error_replace_unknown_stream(ssf: Ssf) -> None:  # noqa: F811
    assert ssf.call("configuration_endpoint", "PUT", {"stream_id": closed_stream(ssf)}).status_code == 404


def test_openid_ssf_stream_control_error_delete_stream_with_invalid_token(ssf: Ssf) -> None:  # noqa: F811
    check_refused_token(ssf, "configuration_endpoint", "DELETE", stream_id=ssf.open()["stream_id"])


def test_openid_ssf_stream_control_error_delete_unknown_stream(ssf: Ssf) -> None:  # noqa: F811
    assert ssf.call("configuration_endpoint", "DELETE", stream_id=closed_stream(ssf)).status_code == 404


def test_openid_ssf_stream_subject_control(ssf: Ssf) -> None:  # noqa: F811
    """Add answers 200 and remove 204, whatever the form of the subject, and neither says whether there is such a person."""
    stream_id = ssf.open()["stream_id"]
    for subject in (
        {"format": "email", "email": "nobody@example.com"},
        {"format": "iss_sub", "iss": ssf.metadata["issuer"], "sub": "s" * 43},
        {"format": "opaque", "id": "x"},
    ):
        body = {"stream_id": stream_id, "subject": subject}
        added = ssf.call("add_subject_endpoint", body=body | {"verified": True})
        assert (added.status_code, added.data) == (200, b"")
        removed = ssf.call("remove_subject_endpoint", body=body)
        assert (removed.status_code, removed.data) == (204, b"")


def test_openid_ssf_transmitter_stream_verification_push(ssf: Ssf) -> None:  # noqa: F811
    """The event comes with the state, the type, and the Authorization header that the receiver wants."""
    delivery = {"method": PUSH, "endpoint_url": HOOK, "authorization_header": "Bearer receivers-own"}
    stream = ssf.open(delivery=delivery)
    assert "authorization_header" not in stream["delivery"]
    assert ssf.verify(stream, "the-state").status_code == 204
    receiver = Receiver(statuses=[202])
    assert deliver_due(receiver) == 1
    (received,) = receiver.received
    assert (received.url, received.content_type) == (HOOK, "application/secevent+jwt")
    assert received.authorization == "Bearer receivers-own"
    check_verification(ssf, stream, received.body.decode(), "the-state")


def test_openid_ssf_transmitter_stream_verification_error_push_no_auth(ssf: Ssf) -> None:  # noqa: F811
    """Without authorization_header none is sent."""
    stream = ssf.open(delivery={"method": PUSH, "endpoint_url": HOOK})
    ssf.verify(stream)
    receiver = Receiver(statuses=[202])
    deliver_due(receiver)
    assert receiver.received[0].authorization == ""
    check_verification(ssf, stream, receiver.received[0].body.decode(), None)


def test_openid_ssf_transmitter_stream_verification_poll_only(ssf: Ssf) -> None:  # noqa: F811
    """What is not acknowledged is there again (RFC 8936, section 2.4.1)."""
    stream = ssf.open()
    ssf.verify(stream, "the-state")
    first = ssf.poll(stream)
    ((jti, token),) = first["sets"].items()
    check_verification(ssf, stream, token, "the-state")
    assert ssf.check(token).claims["jti"] == jti
    assert set(ssf.poll(stream)["sets"]) == {jti}


def test_openid_ssf_transmitter_stream_verification_ack_only(ssf: Ssf) -> None:  # noqa: F811
    """maxEvents 0 acknowledges and fetches nothing (RFC 8936, section 2.4.2)."""
    stream = ssf.open()
    ssf.verify(stream)
    (jti,) = ssf.poll(stream)["sets"]
    assert ssf.poll(stream, ack=[jti], maxEvents=0)["sets"] == {}
    assert ssf.poll(stream)["sets"] == {}


def test_openid_ssf_transmitter_stream_verification_poll_and_ack(ssf: Ssf) -> None:  # noqa: F811
    """One request acknowledges the last events and fetches the next (RFC 8936, section 2.4.3)."""
    stream = ssf.open()
    with time_machine.travel(wall_now(), tick=False) as traveller:
        ssf.verify(stream, "first")
        (jti,) = ssf.poll(stream)["sets"]
        traveller.shift(timedelta(seconds=5))
        ssf.verify(stream, "second")
        (token,) = ssf.poll(stream, ack=[jti])["sets"].values()
        check_verification(ssf, stream, token, "second")


def test_openid_ssf_transmitter_stream_verification_set_errs(ssf: Ssf) -> None:  # noqa: F811
    """A report is taken, answered 200 with no sets, and the event is not offered again (RFC 8936, section 2.4.4)."""
    stream = ssf.open()
    ssf.verify(stream)
    (jti,) = ssf.poll(stream)["sets"]
    errors = {jti: {"err": "invalid_key", "description": "no such key"}}
    assert ssf.poll(stream, setErrs=errors, maxEvents=0)["sets"] == {}
    assert ssf.poll(stream)["sets"] == {}


def test_openid_ssf_transmitter_stream_verification_long_poll(ssf: Ssf) -> None:  # noqa: F811
    """returnImmediately false is served, and answers as soon as there is an event (RFC 8936, section 2.5)."""
    stream = ssf.open()
    ssf.verify(stream, "the-state")
    (token,) = ssf.poll(stream, returnImmediately=False)["sets"].values()
    check_verification(ssf, stream, token, "the-state")


@pytest.mark.parametrize("body", ["{", "[]", {"state": "s"}, {"stream_id": 7}], ids=str)
def test_openid_ssf_transmitter_stream_verification_error_invalid_body(ssf: Ssf, body: Any) -> None:  # noqa: F811
    ssf.open()
    assert ssf.call("verification_endpoint", body=body).status_code == 400


def test_openid_ssf_transmitter_stream_verification_error_unknown_stream(ssf: Ssf) -> None:  # noqa: F811
    assert ssf.call("verification_endpoint", body={"stream_id": closed_stream(ssf)}).status_code == 404


def test_a_stream_is_nobody_elses(ssf: Ssf) -> None:  # noqa: F811
    """Section 8.1.1.2: 404 where there is no such stream for this receiver; the address of its events is another's neither."""
    stream = ssf.open()
    other = register_receiver(ssf.http, "Ngân hàng Mẫu")
    name = stream["stream_id"]
    assert other.call("configuration_endpoint", "GET", stream_id=name).status_code == 404
    assert other.call("configuration_endpoint", "PATCH", {"stream_id": name}).status_code == 404
    assert other.call("configuration_endpoint", "DELETE", stream_id=name).status_code == 404
    assert other.call("status_endpoint", "GET", stream_id=name).status_code == 404
    assert other.call(stream["delivery"]["endpoint_url"], body={"returnImmediately": True}).status_code == 404


def test_openid_ssf_stream_control_error_create_stream_with_read_only_token(ssf: Ssf) -> None:  # noqa: F811
    """CAEP Interoperability Profile 1.0: ssf.read reads and ssf.manage changes; 403 insufficient_scope otherwise."""
    reader = register_receiver(ssf.http, "Chỉ đọc", scope="ssf.read")
    answer = reader.call("configuration_endpoint", body={})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert reader.call("configuration_endpoint", "GET").get_json() == []
    stranger = register_receiver(ssf.http, "Giấy tờ", scope="health_insurance")
    assert stranger.call("configuration_endpoint", "GET").status_code == 403


def test_openid_ssf_transmitter_poll_endpoint_authorization(ssf: Ssf) -> None:  # noqa: F811
    """The address of a stream's events is protected as the stream is (section 7.1.1)."""
    check_refused_token(ssf, ssf.open()["delivery"]["endpoint_url"], "POST", {"returnImmediately": True})


def become(ssf: Ssf, stream: dict[str, Any], status: str) -> None:  # noqa: F811
    assert ssf.call("status_endpoint", body={"stream_id": stream["stream_id"], "status": status}).status_code == 200


def test_openid_ssf_transmitter_paused_stream_holds_events(ssf: Ssf) -> None:  # noqa: F811
    """Section 8.1.2.1: nothing is transmitted while it is paused; what was held is, once it is enabled."""
    stream = ssf.open()
    become(ssf, stream, "paused")
    assert ssf.verify(stream, "held").status_code == 204
    assert ssf.poll(stream)["sets"] == {}
    become(ssf, stream, "enabled")
    (token,) = ssf.poll(stream)["sets"].values()
    check_verification(ssf, stream, token, "held")


def test_openid_ssf_transmitter_disabled_stream_drops_events(ssf: Ssf) -> None:  # noqa: F811
    """Section 8.1.2.1: nothing is transmitted, nor held; once it is enabled it transmits again."""
    stream = ssf.open()
    with time_machine.travel(wall_now(), tick=False) as traveller:
        become(ssf, stream, "disabled")
        assert ssf.verify(stream, "dropped").status_code == 204
        become(ssf, stream, "enabled")
        assert ssf.poll(stream)["sets"] == {}
        traveller.shift(timedelta(seconds=5))
        ssf.verify(stream, "again")
        (token,) = ssf.poll(stream)["sets"].values()
        check_verification(ssf, stream, token, "again")
