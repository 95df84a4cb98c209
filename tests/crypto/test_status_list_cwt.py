"""Token Status List, draft-ietf-oauth-status-list-20, as CBOR and CWT: the vectors of the draft, and the laws.

Each way of being refused is in the deck of mutants (tests/credentials/test_mutants.py).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.crypto.cbor import build_cbor, parse_cbor
from eid.crypto.cose import parse_sign1
from eid.crypto.keys import generate_signing_key
from eid.crypto.status_list import pack_statuses
from eid.crypto.status_list_cwt import (
    EXP,
    IAT,
    MEDIA_TYPE,
    STATUS_LIST,
    SUB,
    TTL,
    TYP,
    build_status_list_cbor,
    build_status_list_cwt,
    parse_status_list_cbor,
    verify_status_list_cwt,
)
from eid.errors import VerificationFailed

FOLDER = Path(__file__).parent.parent / "vectors/status_list"
VECTORS = json.loads((FOLDER / "vectors.json").read_text())["vectors"]
CBOR = json.loads((FOLDER / "cbor.json").read_text())
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
KEY = generate_signing_key()
URI = "https://issuer.example/status/1"


def public_keys() -> dict[str, ec.EllipticCurvePublicKey]:
    public = KEY.private_key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    return {KEY.kid: public}


def issue(statuses: dict[int, int], bits: int = 2) -> bytes:
    packed = pack_statuses(statuses, size=64, bits=bits)
    hour = timedelta(hours=1)
    return build_status_list_cwt(packed, uri=URI, now=NOW, lifetime=hour, time_to_live=hour, key=KEY)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['bits']} bits, {vector['size']} places")
def test_the_vectors_of_the_draft_are_built_and_read_in_cbor(vector: dict[str, Any]) -> None:
    """Draft 20, 4.3 and appendix C: the octets of `lst` are those of the JSON form. The draft writes `bits` first; we write the
    keys in the order of RFC 8949, 4.2.1, and read either."""
    statuses = {int(index): status for index, status in vector["statuses"].items()}
    packed = pack_statuses(statuses, size=vector["size"], bits=vector["bits"])
    lst = urlsafe_b64decode(vector["lst"] + "==")
    assert build_status_list_cbor(packed) == {"bits": vector["bits"], "lst": lst}
    drafted = b"\xa2" + build_cbor("bits") + build_cbor(vector["bits"]) + build_cbor("lst") + build_cbor(lst)
    assert drafted.hex().startswith(CBOR["heads"][f"{vector['bits']}/{vector['size']}"])
    assert parse_status_list_cbor(parse_cbor(drafted)) == packed
    assert parse_status_list_cbor(parse_cbor(build_cbor(build_status_list_cbor(packed)))) == packed


def test_the_token_of_the_draft_is_read() -> None:
    """Draft 20, 5.2: its claims and its type; whose key signed it the draft does not say."""
    token = parse_sign1(parse_cbor(bytes.fromhex("".join(CBOR["token"]))))
    claims = parse_cbor(token.payload or b"")
    assert token.protected[TYP] == MEDIA_TYPE
    assert (claims[SUB], claims[IAT], claims[EXP], claims[TTL]) == (
        "https://example.com/statuslists/1",
        1686920170,
        2291720170,
        43200,
    )
    statuses = parse_status_list_cbor(claims[STATUS_LIST])
    assert [statuses.find_status(at) for at in range(16)] == [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from([1, 2, 4, 8]))
def test_what_is_issued_is_verified(data: st.DataObject, bits: int) -> None:
    statuses = data.draw(st.dictionaries(st.integers(0, 63), st.integers(0, (1 << bits) - 1)))
    verified = verify_status_list_cwt(issue(statuses, bits), keys=public_keys(), expected_uri=URI, now=NOW)
    assert [verified.statuses.find_status(at) for at in range(64)] == [statuses.get(at, 0) for at in range(64)]
    assert verified.time_to_live == timedelta(hours=1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_octet_that_is_altered_is_refused(data: st.DataObject) -> None:
    sent = issue({3: 1})
    at = data.draw(st.integers(0, len(sent) - 1))
    changed = sent[:at] + bytes([sent[at] ^ data.draw(st.integers(1, 255))]) + sent[at + 1 :]
    with pytest.raises(VerificationFailed):
        verify_status_list_cwt(changed, keys=public_keys(), expected_uri=URI, now=NOW)
