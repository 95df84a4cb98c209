"""The time-stamping authority, as openssl asks and verifies it (RFC 3161)."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.crypto.timestamps import POLICY
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_tlv

QUERY = "application/timestamp-query"


def openssl(*arguments: str | Path) -> str:
    found = subprocess.run(["openssl", "ts", *map(str, arguments)], capture_output=True, text=True)
    return found.stdout + found.stderr


def ask(client: FlaskClient, query: bytes) -> tsp.TimeStampResp:
    answer = client.post("/tsa", data=query, content_type=QUERY)
    assert (answer.status_code, answer.content_type) == (200, "application/timestamp-reply")
    return tsp.TimeStampResp.load(answer.data)


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("options", [["-cert"], ["-no_nonce"], ["-tspolicy", POLICY, "-cert"]])
def test_openssl_asks_and_verifies(
    client: FlaskClient, tmp_path: Path, authority_pem: Path, algorithm: str, options: list[str]
) -> None:
    """Sections 2.4.1 and 2.4.2, and 2.2 for what the asker checks."""
    data, query, reply = tmp_path / "data", tmp_path / "query", tmp_path / "reply"
    data.write_bytes(b"there")
    openssl("-query", "-data", data, f"-{algorithm}", *options, "-out", query)
    reply.write_bytes(client.post("/tsa", data=query.read_bytes(), content_type=QUERY).data)
    with_chain = [] if "-cert" in options else ["-untrusted", signer_of(client, tmp_path)]
    given = ["-in", reply, "-CAfile", authority_pem, *with_chain]
    assert "Verification: OK" in openssl("-verify", "-data", data, *given)
    assert "Verification: OK" in openssl("-verify", "-queryfile", query, *given)
    (tmp_path / "other").write_bytes(b"not there")
    assert "Verification: FAILED" in openssl("-verify", "-data", tmp_path / "other", *given)
    altered = bytearray(reply.read_bytes())
    altered[-5] ^= 1
    reply.write_bytes(bytes(altered))
    assert "Verification: FAILED" in openssl("-verify", "-data", data, *given)


def signer_of(client: FlaskClient, folder: Path) -> Path:
    reply = ask(client, build_query(wants_certificate=True))
    certificate = reply["time_stamp_token"]["content"]["certificates"][0].chosen
    (folder / "signer.der").write_bytes(certificate.dump())
    subprocess.run(
        ["openssl", "x509", "-inform", "DER", "-in", folder / "signer.der", "-out", folder / "signer.pem"], check=True
    )
    return folder / "signer.pem"


def build_query(
    *, oid: str = "2.16.840.1.101.3.4.2.1", digest: bytes = hashlib.sha256(b"x").digest(), version: int = 1,
    policy: str | None = None, nonce: int | None = None, wants_certificate: bool = False, extra: bytes = b"",
) -> bytes:  # fmt: skip
    return build_sequence(
        build_integer(version),
        build_sequence(build_sequence(build_oid(oid)), build_tlv(0x04, digest)),
        b"" if policy is None else build_oid(policy),
        b"" if nonce is None else build_integer(nonce),
        b"\x01\x01\xff" if wants_certificate else b"",
        extra,
    )


def test_the_stamp_says_what_was_asked_and_when(client: FlaskClient) -> None:
    first, second = (ask(client, build_query(nonce=77)) for _ in range(2))
    infos = [each["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed for each in (first, second)]
    assert infos[0]["message_imprint"]["hashed_message"].native == hashlib.sha256(b"x").digest()
    assert (infos[0]["nonce"].native, infos[0]["policy"].native) == (77, POLICY)
    assert abs(infos[0]["gen_time"].native - wall_now()) < timedelta(seconds=5)
    assert infos[0]["serial_number"].native != infos[1]["serial_number"].native
    assert not first["time_stamp_token"]["content"]["certificates"]


@pytest.mark.parametrize(
    ("query", "failure"),
    [
        (build_query(oid="1.3.14.3.2.26", digest=bytes(20)), "bad_alg"),
        (build_query(digest=bytes(31)), "bad_data_format"),
        (build_query(version=2), "bad_request"),
        (build_query(policy="1.2.3"), "unaccepted_policy"),
        (build_query(extra=build_tlv(0xA0, build_sequence())), "unaccepted_extensions"),
        (build_query(nonce=-1), "bad_data_format"),
        (build_query(nonce=1 << 300), "bad_data_format"),
        (build_query(extra=build_integer(1) * 2), "bad_data_format"),
        (b"rubbish", "bad_data_format"),
        (b"", "bad_data_format"),
        (build_query() + b"x", "bad_data_format"),
    ],
    ids=range(11),
)
def test_what_cannot_be_stamped_is_answered_with_its_failure(client: FlaskClient, query: bytes, failure: str) -> None:
    """Section 2.4.2: PKIFailureInfo; there is no token."""
    answer = client.post("/tsa", data=query, content_type=QUERY)
    assert (answer.status_code, answer.content_type) == (200, "application/timestamp-reply")
    status = tsp.PKIStatusInfo.load(answer.data[2:], strict=True)
    assert (status["status"].native, status["fail_info"].native) == ("rejection", {failure})


def test_what_is_no_request_of_this_kind_is_refused(client: FlaskClient) -> None:
    for sent in ({"data": build_query()}, {"data": bytes(5000), "content_type": QUERY}):
        answer = client.post("/tsa", **sent)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json["code"]) == (400, "timestamp_query")  # type: ignore[index]
