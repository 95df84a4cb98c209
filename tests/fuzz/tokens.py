"""The parsers of tokens: CBOR and what is made of it, offline codes, requests for time stamps, signed lists and packs.

What lies behind a signature is reached by signing anew whatever the fuzzer made up, with a key that is the same in every run.
"""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from eid.crypto.base45 import MAX_CHARACTERS, build_base45, parse_base45
from eid.crypto.cbor import EMBEDDED, Tag, build_cbor, parse_cbor
from eid.crypto.cose import ALG, ES256, KID, SIGN1, TYP, parse_cose_key, parse_sign1
from eid.crypto.keys import SigningKey
from eid.crypto.mdoc import parse_issuer_signed, parse_mso
from eid.crypto.offline_code import (
    EXP,
    IAT,
    ISS,
    PREFIX,
    STATUS,
    build_code_text,
    parse_offline_code,
    verify_offline_code,
)
from eid.crypto.status_list import StatusList, build_status_list, parse_status_list
from eid.crypto.status_list_cwt import MEDIA_TYPE, STATUS_LIST, SUB, TTL, build_status_list_cbor, verify_status_list_cwt
from eid.crypto.timestamps import parse_timestamp_request
from eid.crypto.trust_entries import TrustedAuthority, TrustEntry, TrustKind, TrustList, write_trust_list
from eid.crypto.trust_list import TYP as LIST_TYP
from eid.crypto.trust_list import verify_trust_list
from eid.crypto.verifier_pack import TYP as PACK_TYP
from eid.crypto.verifier_pack import verify_verifier_pack
from tests.crypto.test_mdoc import octets, read_annex_d
from tests.fuzz import seeds
from tests.fuzz.target import Target
from tests.fuzz.trees import mutate_cbor, mutate_json
from tests.signing.test_timestamps import build_query

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ISSUER, LIST_URI, CODE_TYP = "https://eid.example", "https://eid.example/lists/1", "eid-paper+cwt"
IN_A_WEEK = int((NOW + timedelta(days=7)).timestamp())
STATUSES = StatusList(2, bytes([0b00011000, 0]))


@cache
def key() -> SigningKey:
    return SigningKey(private())


@cache
def private() -> ec.EllipticCurvePrivateKey:
    found = seeds.key("tokens")
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    return found


def sign(data: bytes) -> bytes:
    """r and s of ES256, always the same ones (RFC 6979)."""
    r, s = decode_dss_signature(private().sign(data, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32) + s.to_bytes(32)


# CBOR


def read_cbor(data: bytes) -> None:
    """What was read and written says the same, and writing it a second time changes nothing."""
    once = build_cbor(parse_cbor(data))
    assert build_cbor(parse_cbor(once)) == once, "a second time changes it again"
    assert len(once) == len(data), "it was not in its shortest form"


def read_sign1(data: bytes) -> None:
    parse_sign1(parse_cbor(data))


def read_cose_key(data: bytes) -> None:
    parse_cose_key(parse_cbor(data))


def read_issuer_signed(data: bytes) -> None:
    parse_mso(parse_issuer_signed(parse_cbor(data)).issuer_auth.payload)


def read_base45(data: bytes) -> None:
    text = data.decode("latin-1")
    assert build_base45(parse_base45(text)) == text, "written again it is another text"


def signed_cwt(data: bytes) -> bytes:
    """Protected header and payload, both octet strings in one array, as a COSE_Sign1 whose signature holds."""
    parts = parse_cbor(data)
    if not (isinstance(parts, list) and len(parts) == 2 and all(type(part) is bytes for part in parts)):
        return data
    head, payload = parts
    signature = sign(build_cbor(["Signature1", head, b"", payload]))
    return build_cbor(Tag(SIGN1, [head, {}, payload, signature]))


def read_code(data: bytes) -> None:
    _verify_code(data.decode("utf-8", "replace"))


def read_layers(data: bytes) -> None:
    """The octets below Base45."""
    parse_offline_code(PREFIX + build_base45(data[:MAX_CHARACTERS]))


def read_signed_code(data: bytes) -> None:
    _verify_code(build_code_text(signed_cwt(data)[1:]))


def _verify_code(text: str) -> None:
    keys = [key().public_jwk()]
    verify_offline_code(text, keys=keys, expected_issuer=ISSUER, now=NOW, expected_typs={CODE_TYP})


def read_status_list(data: bytes) -> None:
    parse_status_list(json.loads(data) if _is_json(data) else data)


def read_signed_status_list(data: bytes) -> None:
    keys = {key().kid: private().public_key()}
    verify_status_list_cwt(signed_cwt(data), keys=keys, expected_uri=LIST_URI, now=NOW)


def code_parts() -> list[bytes]:
    head = build_cbor({ALG: ES256, KID: key().kid.encode(), TYP: CODE_TYP})
    claims: dict[int | str, Any] = {
        ISS: ISSUER,
        IAT: int(NOW.timestamp()),
        EXP: IN_A_WEEK,
        STATUS: {"status_list": {"idx": 17, "uri": LIST_URI}},
    }
    contents = ({"paper": {"name": "Trần"}}, {"paper": {"valid": [1, None, 2.5]}, "photo": b"\xff\xd8\xff\xd9"})
    return [build_cbor([head, build_cbor(claims | content)]) for content in contents]


def status_list_parts() -> list[bytes]:
    head = build_cbor({ALG: ES256, KID: key().kid.encode(), TYP: MEDIA_TYPE})
    claims = {
        SUB: LIST_URI,
        IAT: int(NOW.timestamp()),
        EXP: IN_A_WEEK,
        TTL: 60,
        STATUS_LIST: build_status_list_cbor(STATUSES),
    }
    return [build_cbor([head, build_cbor(claims)])]


def _issuer_signed() -> list[bytes]:
    [document] = parse_cbor(octets("device_response"))["documents"]
    return [
        build_cbor(document["issuerSigned"]),
        build_cbor(document["issuerSigned"] | {"issuerAuth": _richer_auth(document)}),
    ]


def _richer_auth(document: dict[str, Any]) -> list[Any]:
    """With the members of an MSO that the specification's example lacks."""
    head, unprotected, payload, signature = document["issuerSigned"]["issuerAuth"]
    mso = parse_cbor(parse_cbor(payload).value)
    mso["status"] = {"status_list": {"idx": 17, "uri": LIST_URI}}
    mso["deviceKeyInfo"]["keyAuthorizations"] = {"nameSpaces": ["a", "b"], "dataElements": {"c": ["d", "e"]}}
    return [head, unprotected, build_cbor(Tag(EMBEDDED, build_cbor(mso))), signature]


def msos() -> list[bytes]:
    return [parse_cbor(data)["issuerAuth"][2] for data in _issuer_signed()]


def _sign1s() -> list[bytes]:
    return [signed_cwt(parts) for parts in (*code_parts(), *status_list_parts())]


def _cose_keys() -> list[bytes]:
    numbers = private().public_key().public_numbers()
    return [build_cbor({1: 2, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})]


def _codes() -> list[bytes]:
    return [build_code_text(signed_cwt(parts)[1:]).encode() for parts in code_parts()]


# Signed lists and packs


def signed_document(data: bytes) -> str:
    """Header and claims, in one JSON array, as a compact JWS whose signature holds; anything else as it is."""
    parts = json.loads(data) if _is_json(data) else None
    if not (isinstance(parts, list) and len(parts) == 2):
        return data.decode("utf-8", "replace")
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_base64url(sign(signed.encode()))}"


def read_trust_list(data: bytes) -> None:
    """Pinned, and as somebody reads it who pins nothing."""
    for pinned in ({key().kid}, None):
        verify_trust_list(signed_document(data), pinned=pinned, now=NOW, expected_issuer=ISSUER)


def read_verifier_pack(data: bytes) -> None:
    verify_verifier_pack(signed_document(data), pinned={key().kid}, now=NOW, expected_audience="clinic")


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _head(typ: str) -> dict[str, Any]:
    public = {name: each for name, each in key().public_jwk().items() if name in ("kty", "crv", "x", "y")}
    return {"alg": "ES256", "typ": typ, "jwk": public}


def _trust_lists() -> list[bytes]:
    active = TrustEntry(TrustKind.PAPER_KEY, since=NOW, until=NOW, jwk=key().public_jwk(), certificate=b"DER")
    entries = (active, replace(active, kind=TrustKind.CSCA, jwk=None, until=None, withdrawn_at=NOW))
    authority = TrustedAuthority("Issuer", ({"paper": "tax", "typ": "eid-tax+jwt"},), LIST_URI, entries)
    content = TrustList(ISSUER, 7, NOW, NOW + timedelta(days=7), (key().kid,), (authority,))
    return [json.dumps([_head(LIST_TYP), write_trust_list(content)]).encode()]


def _list_texts() -> list[bytes]:
    compact = [signed_document(data) for data in _trust_lists()]
    head, payload, signature = compact[0].split(".")
    both = {"payload": payload, "signatures": [{"protected": head, "signature": signature}] * 2}
    return [*(text.encode() for text in compact), json.dumps(both).encode()]


def _packs() -> list[bytes]:
    claims = {
        "iss": ISSUER,
        "aud": "clinic",
        "iat": int(NOW.timestamp()),
        "exp": IN_A_WEEK,
        "trust_list": _list_texts()[0].decode(),
        "status_lists": {LIST_URI: "eyJ"},
        "types": {"tax": {"vct": "x"}},
    }
    return [json.dumps([_head(PACK_TYP), claims]).encode()]


def _time_stamp_queries() -> list[bytes]:
    given: list[dict[str, Any]] = [
        {},
        {"nonce": 2**64},
        {"nonce": 7, "wants_certificate": True, "policy": "2.999.26.1"},
    ]
    return [build_query(**each) for each in given]


@cache
def bombs() -> dict[str, bytes]:
    """Inputs of CBOR, JSON and zlib that are made to cost as much as can be; the size of a request's body."""
    size = 1 << 20
    many = b"\x9a" + (size - 5).to_bytes(4) + bytes(size - 5)
    return {
        "arrays in arrays": b"\x81" * size,
        "maps in maps": b"\xa1\x00" * (size // 2),
        "tags on tags": b"\xc0" * size,
        "octet strings in octet strings": b"\x58\xff" * (size // 2),
        "many numbers": many,
        "an array of more than there is": b"\x9b" + b"\x7f" * 8 + bytes(size - 9),
        "one large text": b"\x7a" + (size - 5).to_bytes(4) + b"a" * (size - 5),
        "what grows when it is unpacked": zlib.compress(bytes(64 * size)),
        "objects in objects": b'{"a":' * (size // 5),
        "a number without end": b"9" * size,
        "a text of escapes": b'["' + b"\\u0000" * (size // 6 - 1) + b'"]',
        "a code of zeros": PREFIX.encode() + b"0" * size,
    }


def _of(change: Callable[..., bytes], parse: Callable[[bytes], object], make: Callable[[], list[bytes]]) -> Target:
    return Target(parse, make, max_bytes=4096, share=4, change=change)


TOKENS = {
    "cbor": _of(mutate_cbor, read_cbor, lambda: [*_sign1s(), *code_parts(), *_issuer_signed()]),
    "cose_sign1": _of(mutate_cbor, read_sign1, _sign1s),
    "cose_key": _of(mutate_cbor, read_cose_key, _cose_keys),
    "mso": Target(parse_mso, msos, max_bytes=2048, change=mutate_cbor),
    "issuer_signed": _of(mutate_cbor, read_issuer_signed, _issuer_signed),
    "device_response": _of(mutate_cbor, read_annex_d, lambda: [octets("device_response")]),
    "base45": Target(read_base45, lambda: [build_base45(bytes(range(256))).encode()], is_text=True, share=4),
    "offline_code": Target(read_code, _codes, is_text=True, max_bytes=4096, share=4),
    "offline_layers": Target(
        read_layers, lambda: [parse_base45(code.decode()[len(PREFIX) :]) for code in _codes()], is_text=True, share=4
    ),
    "offline_signed": _of(mutate_cbor, read_signed_code, code_parts),
    "status_list": _of(mutate_json, read_status_list, lambda: [json.dumps(build_status_list(STATUSES)).encode()]),
    "status_list_cwt": _of(mutate_cbor, read_signed_status_list, status_list_parts),
    "timestamp_request": Target(parse_timestamp_request, _time_stamp_queries, max_bytes=512),
    "trust_list": Target(read_trust_list, _list_texts, is_text=True, share=4),
    "trust_list_signed": _of(mutate_json, read_trust_list, _trust_lists),
    "verifier_pack": _of(mutate_json, read_verifier_pack, _packs),
}
