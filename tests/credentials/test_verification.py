"""A token checked with files alone: the report names every step, and what was not given to check against."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.credentials.verification import STEPS, Trust, check_paper_token, parse_trust, write_report
from eid.crypto.jwt import build_jwt
from eid.crypto.keys import generate_signing_key
from eid.crypto.status_list import build_status_list_claims, pack_statuses
from eid.errors import Malformed
from tests.credentials.test_formats import CLINIC, ISSUER, KEY, NOW, URI, make_token, signed

TRUST = Trust([KEY.public_jwk()], ISSUER)


def make_list(statuses: dict[int, int] | None = None, uri: str = URI) -> str:
    packed = pack_statuses(statuses or {}, size=1 << 17, bits=2)
    claims = build_status_list_claims(
        packed, uri=uri, now=NOW, lifetime=timedelta(hours=1), time_to_live=timedelta(minutes=1)
    )
    return build_jwt(claims, key=KEY, typ="statuslist+jwt")


def results_of(token: str, **given_to_check: object) -> dict[str, str]:
    report = check_paper_token(token, **({"trust": TRUST, "now": NOW} | given_to_check))  # type: ignore[arg-type]
    return {step.step: str(step.result) for step in report.steps}


def test_with_everything_given_every_step_passes() -> None:
    report = check_paper_token(make_token(), trust=TRUST, now=NOW, expected_audience=CLINIC, status_list=make_list())
    assert [(step.step, step.result) for step in report.steps] == [(step, "passed") for step in STEPS]
    document = write_report(report)
    assert (document["verdict"], document["paper"]["paper"]) == ("verified", "driving_licence")
    assert document["paper"]["content"]["points"] == 12
    json.dumps(document)


def test_what_was_not_given_is_said_not_to_have_been_checked() -> None:
    found = results_of(make_token(), trust=Trust(TRUST.keys, None))
    assert {step for step, result in found.items() if result == "not_checked"} == {"iss", "aud", "status"}


@pytest.mark.parametrize(
    ("token", "given_to_check", "step", "code"),
    [
        ("nonsense", {}, "typ", "token_typ"),
        (signed(typ="JWT"), {}, "typ", "token_typ"),
        (make_token(key=generate_signing_key()), {}, "key", "key_unknown"),
        (make_token()[:-4] + "AAAA", {}, "signature", "token_signature"),
        (signed(iss="https://elsewhere.example"), {}, "iss", "token_issuer"),
        (make_token(), {"expected_audience": "bank"}, "aud", "token_audience"),
        (make_token(), {"now": NOW + timedelta(hours=1)}, "time", "token_expired"),
        (make_token(), {"now": NOW - timedelta(hours=1)}, "time", "token_not_yet_valid"),
        (signed(driving_licence=None), {}, "content", "token_content"),
        (make_token(), {"status_list": make_list({5: 1})}, "status", "paper_invalid"),
        (make_token(), {"status_list": make_list({5: 2})}, "status", "paper_suspended"),
        (make_token(), {"status_list": make_list(uri=URI + "7")}, "status", "status_list_uri"),
        (make_token(), {"status_list": "nonsense"}, "status", "token_signature"),
        (make_token(), {"status_list": make_token()}, "status", "token_typ"),
        (make_token(), {"trust": Trust(TRUST.keys, "https://elsewhere.example")}, "iss", "token_issuer"),
    ],
)
def test_the_first_step_that_fails_is_named_and_later_ones_were_not_taken(
    token: str, given_to_check: dict[str, object], step: str, code: str
) -> None:
    report = check_paper_token(token, **({"trust": TRUST, "now": NOW} | given_to_check))  # type: ignore[arg-type]
    assert report.failure is not None
    assert (report.failure.step, report.failure.code) == (step, code)
    later = report.steps[STEPS.index(step) + 1 :]
    assert {str(each.result) for each in later} <= {"not_checked"}
    assert write_report(report)["paper"] is None
    assert write_report(report)["verdict"] == "refused"


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}", fullmatch=True))
def test_no_text_is_a_token_by_chance_and_none_breaks_the_check(text: str) -> None:
    assert check_paper_token(text, trust=TRUST, now=NOW).failure is not None


def test_deeply_nested_json_is_refused_and_breaks_nothing() -> None:
    nested = "eyJ" + "W1tb" * 30_000
    assert check_paper_token(f"{nested}.{nested}.AAAA", trust=TRUST, now=NOW).failure is not None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": []}', '{"keys": [3]}', '{"keys": {}}', "not json"])
def test_a_file_without_keys_is_no_trust(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_trust(text)
    assert refusal.value.code == "trust_malformed"


def test_a_key_set_may_name_its_issuer() -> None:
    """RFC 7517, section 5: other members of a key set are allowed."""
    assert parse_trust(json.dumps({"issuer": ISSUER, "keys": [KEY.public_jwk()]})) == TRUST
    assert parse_trust(json.dumps({"keys": [KEY.public_jwk()]})).issuer is None
