"""The offline code's layers: read by other libraries than ours, and refused where one octet is altered."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from random import Random

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from eid.crypto.base45 import build_base45, parse_base45
from eid.crypto.keys import generate_signing_key
from eid.crypto.offline_code import PREFIX, build_offline_code, verify_offline_code
from eid.crypto.status_list import StatusReference
from eid.errors import VerificationFailed

KEY, NOW, ISSUER = generate_signing_key(), datetime(2026, 1, 5, 8, 0, tzinfo=UTC), "https://eid.example"
TYP = "eid-paper+cwt"


def make_code(**content: object) -> str:
    return build_offline_code(
        {"paper": {"name": "Trần"}} | content,
        typ=TYP,
        issuer=ISSUER,
        issued_at=NOW,
        expires_at=NOW + timedelta(days=7),
        status=StatusReference("https://eid.example/lists/1", 17),
        key=KEY,
    )


def verify(text: str, **changes: object) -> object:
    given = {"keys": [KEY.public_jwk()], "expected_issuer": ISSUER, "now": NOW, "expected_typs": {TYP}} | changes
    return verify_offline_code(text, **given)  # type: ignore[arg-type]


def test_what_is_built_is_verified() -> None:
    code = verify_offline_code(
        make_code(photo=b"xy"), keys=[KEY.public_jwk()], expected_issuer=ISSUER, now=NOW, expected_typs={TYP}
    )
    assert code.content == {"paper": {"name": "Trần"}, "photo": b"xy"}
    assert (code.issuer, code.status.index) == (ISSUER, 17)
    assert code.expires_at - code.issued_at == 7 * 86400


def test_another_cbor_library_reads_a_cwt_whose_signature_holds() -> None:
    """RFC 8392, section 7.1; RFC 9052, section 4.4."""
    tagged = cbor2.loads(zlib.decompress(parse_base45(make_code().removeprefix(PREFIX))))
    protected, unprotected, payload, signature = tagged.value
    assert (tagged.tag, dict(unprotected)) == (18, {})
    assert cbor2.loads(protected) == {1: -7, 4: KEY.kid.encode(), 16: TYP}
    claims = cbor2.loads(payload)
    assert (claims[1], claims[4] - claims[6]) == (ISSUER, 7 * 86400)
    assert claims[65535] == {"status_list": {"idx": 17, "uri": "https://eid.example/lists/1"}}
    public = KEY.private_key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    public.verify(encode_dss_signature(r, s), cbor2.dumps(["Signature1", protected, b"", payload]), ec.ECDSA(SHA256()))


def test_any_altered_octet_is_refused() -> None:
    signed = zlib.decompress(parse_base45(make_code().removeprefix(PREFIX)))
    rng = Random(45)
    for at in range(len(signed)):
        altered = bytearray(signed)
        altered[at] ^= rng.randrange(1, 256)
        with pytest.raises(VerificationFailed):
            verify(PREFIX + build_base45(zlib.compress(bytes(altered))))


def test_a_key_of_the_right_name_and_no_point_is_refused() -> None:
    broken = KEY.public_jwk() | {"x": "AAAA"}
    with pytest.raises(VerificationFailed) as refusal:
        verify(make_code(), keys=[broken])
    assert (refusal.value.step, refusal.value.code) == ("key", "cose_key")
