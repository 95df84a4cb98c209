"""Token Status List, draft-ietf-oauth-status-list-20: the vectors of the draft, and every way in which a list is refused."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.jwt import build_jwt
from eid.crypto.keys import generate_signing_key
from eid.crypto.status_list import (
    MAX_BYTES,
    StatusReference,
    build_status,
    build_status_list,
    build_status_list_claims,
    check_status,
    pack_statuses,
    parse_status,
    parse_status_list,
    verify_status_list,
)
from eid.errors import VerificationFailed

VECTORS = json.loads((Path(__file__).parent.parent / "vectors/status_list/vectors.json").read_text())["vectors"]
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
KEY = generate_signing_key()
URI = "https://eid.example/api/v1/status-lists/1"


def vector_name(vector: dict[str, Any]) -> str:
    return f"{vector['bits']} bits, {vector['size']} places"


@pytest.mark.parametrize("vector", VECTORS, ids=vector_name)
def test_the_vectors_of_the_draft_are_built_byte_for_byte(vector: dict[str, Any]) -> None:
    """Draft 20, section 4.2 and appendix C."""
    statuses = {int(index): status for index, status in vector["statuses"].items()}
    built = build_status_list(pack_statuses(statuses, size=vector["size"], bits=vector["bits"]))
    assert built == {"bits": vector["bits"], "lst": vector["lst"]}


@pytest.mark.parametrize("vector", VECTORS, ids=vector_name)
def test_the_vectors_of_the_draft_are_read(vector: dict[str, Any]) -> None:
    """Draft 20, section 4.2 and appendix C; every place that is not named holds 0."""
    statuses = {int(index): status for index, status in vector["statuses"].items()}
    parsed = parse_status_list({"bits": vector["bits"], "lst": vector["lst"]})
    assert len(parsed) == vector["size"]
    assert {index: parsed.find_status(index) for index in statuses} == statuses
    assert pack_statuses(statuses, size=len(parsed), bits=parsed.bits) == parsed


@given(st.data(), st.sampled_from([1, 2, 4, 8]), st.integers(1, 40))
def test_what_is_packed_is_what_is_read(data: st.DataObject, bits: int, whole_bytes: int) -> None:
    size = whole_bytes * 8 // bits
    statuses = data.draw(st.dictionaries(st.integers(0, size - 1), st.integers(0, 2**bits - 1)))
    parsed = parse_status_list(build_status_list(pack_statuses(statuses, size=size, bits=bits)))
    assert [parsed.find_status(index) for index in range(size)] == [statuses.get(index, 0) for index in range(size)]


@pytest.mark.parametrize(
    ("statuses", "size", "bits"), [({}, 8, 3), ({}, 0, 1), ({}, 3, 2), ({8: 1}, 8, 1), ({-1: 1}, 8, 1), ({0: 4}, 8, 2)]
)
def test_an_issuer_cannot_pack_what_does_not_fit(statuses: dict[int, int], size: int, bits: int) -> None:
    with pytest.raises(ValueError, match="status"):
        pack_statuses(statuses, size=size, bits=bits)


def test_a_place_outside_the_list_is_refused() -> None:
    """Draft 20, section 8.3, step 6: an index out of bounds is no status."""
    listed = pack_statuses({}, size=16, bits=2)
    for index in (16, 1 << 40, -1):
        with pytest.raises(VerificationFailed) as refusal:
            listed.find_status(index)
        assert refusal.value.step == "status_index"


def _lst(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "claim",
    [
        None,
        [],
        {},
        {"bits": 2},
        {"bits": 3, "lst": "eNo76fITAAPfAgc"},
        {"bits": True, "lst": "eNrbuRgAAhcBXQ"},
        {"bits": "1", "lst": "eNrbuRgAAhcBXQ"},
        {"bits": 1, "lst": ""},
        {"bits": 1, "lst": 7},
        {"bits": 1, "lst": "eNrbuRgAAhcBXQ=="},
        {"bits": 1, "lst": "not base64url!"},
        {"bits": 1, "lst": "eNrbuRgAAhcBX"},
        {"bits": 1, "lst": _lst(b"not zlib at all")},
        {"bits": 1, "lst": _lst(zlib.compress(b"\x01\x02")[:-2])},
        {"bits": 1, "lst": _lst(zlib.compress(b"\x01\x02") + b"more")},
        {"bits": 1, "lst": _lst(zlib.compress(b""))},
    ],
)
def test_what_is_no_status_list_is_refused(claim: object) -> None:
    with pytest.raises(VerificationFailed) as refusal:
        parse_status_list(claim)
    assert (refusal.value.step, refusal.value.code) == ("status_list", "status_list_malformed")


def test_a_small_list_that_unpacks_to_a_huge_one_is_refused() -> None:
    bomb = _lst(zlib.compress(bytes(MAX_BYTES + 1), level=9))
    assert len(bomb) < 30_000
    with pytest.raises(VerificationFailed) as refusal:
        parse_status_list({"bits": 8, "lst": bomb})
    assert refusal.value.code == "status_list_malformed"


def test_a_status_claim_is_read_back() -> None:
    """Draft 20, section 6.1."""
    reference = StatusReference(URI, 7)
    assert build_status(reference) == {"status_list": {"idx": 7, "uri": URI}}
    assert parse_status(build_status(reference)) == reference


@pytest.mark.parametrize(
    "claim",
    [None, {}, {"status_list": 3}, {"status_list": {"idx": "7", "uri": URI}}, {"status_list": {"idx": -1, "uri": URI}},
     {"status_list": {"idx": True, "uri": URI}}, {"status_list": {"idx": 7, "uri": ""}}, {"status_list": {"idx": 7}}],
)  # fmt: skip
def test_a_token_that_does_not_say_where_its_status_stands_is_refused(claim: object) -> None:
    with pytest.raises(VerificationFailed) as refusal:
        parse_status(claim)
    assert (refusal.value.step, refusal.value.code) == ("status", "token_status")


def make_token(typ: str = "statuslist+jwt", **changes: object) -> str:
    claims = build_status_list_claims(
        pack_statuses({1: 1, 2: 2, 3: 3}, size=1 << 17, bits=2),
        uri=URI,
        now=NOW,
        lifetime=timedelta(hours=1),
        time_to_live=timedelta(minutes=1),
    )
    changed = {name: value for name, value in (claims | changes).items() if value is not None}
    return build_jwt(changed, key=KEY, typ=typ)


def test_a_status_list_token_is_verified_with_its_times() -> None:
    verified = verify_status_list(make_token(), keys=[KEY.public_jwk()], expected_uri=URI, now=NOW)
    assert verified.time_to_live == timedelta(minutes=1)
    assert verified.expires_at == int(NOW.timestamp()) + 3600
    assert len(verified.statuses) == 1 << 17


@pytest.mark.parametrize(
    ("token", "step", "code"),
    [
        (make_token(typ="JWT"), "typ", "token_typ"),
        (make_token()[:-8] + "AAAAAAAA", "signature", "token_signature"),
        ("no token", "signature", "token_signature"),
        (make_token(sub="https://eid.example/api/v1/status-lists/2"), "status_uri", "status_list_uri"),
        (make_token(sub=None), "status_uri", "status_list_uri"),
        (make_token(iat=None), "status_time", "status_list_time"),
        (make_token(iat=int(NOW.timestamp()) + 60), "status_time", "status_list_time"),
        (make_token(exp=int(NOW.timestamp()) - 60), "status_time", "status_list_expired"),
        (make_token(exp="soon"), "status_time", "status_list_time"),
        (make_token(ttl=0), "status_time", "status_list_time"),
        (make_token(status_list=None), "status_list", "status_list_malformed"),
    ],
)
def test_a_status_list_token_is_refused_at_the_step_that_fails(token: str, step: str, code: str) -> None:
    """Draft 20, sections 5.1 and 8.3."""
    with pytest.raises(VerificationFailed) as refusal:
        verify_status_list(token, keys=[KEY.public_jwk()], expected_uri=URI, now=NOW)
    assert (refusal.value.step, refusal.value.code) == (step, code)


def test_a_status_list_signed_by_somebody_else_is_refused() -> None:
    with pytest.raises(VerificationFailed) as refusal:
        verify_status_list(make_token(), keys=[generate_signing_key().public_jwk()], expected_uri=URI, now=NOW)
    assert refusal.value.step == "signature"


@pytest.mark.parametrize(("index", "code"), [(1, "paper_invalid"), (2, "paper_suspended"), (3, "paper_invalid")])
def test_a_status_other_than_valid_is_refused(index: int, code: str) -> None:
    """Draft 20, section 7.1; a value that only another application knows is not valid here."""
    verified = verify_status_list(make_token(), keys=[KEY.public_jwk()], expected_uri=URI, now=NOW)
    check_status(StatusReference(URI, 0), verified)
    with pytest.raises(VerificationFailed) as refusal:
        check_status(StatusReference(URI, index), verified)
    assert (refusal.value.step, refusal.value.code) == ("status", code)


def test_the_status_of_another_list_says_nothing() -> None:
    verified = verify_status_list(make_token(), keys=[KEY.public_jwk()], expected_uri=URI, now=NOW)
    with pytest.raises(VerificationFailed) as refusal:
        check_status(StatusReference(URI + "0", 0), verified)
    assert refusal.value.step == "status_uri"
