"""Status lists that are wrong in one way each (draft-ietf-oauth-status-list-20, 8.3), as JWT and as CWT. Pure."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from eid.credentials.mutant_workshop import LIST_URI, Mutant, Workshop
from eid.crypto.cbor import Cbor, build_cbor
from eid.crypto.cose import ALG, ES256, KID, SIGN1, TYP, build_sign1
from eid.crypto.status_list import build_status_list
from eid.crypto.status_list_cwt import EXP, IAT, MEDIA_TYPE, STATUS_LIST, SUB, TTL, build_status_list_cbor

JWT_FORM, CWT_FORM = "statuslist+jwt", "statuslist+cwt"


def status_list_mutants(shop: Workshop) -> Iterator[Mutant]:
    yield Mutant("list_jwt_good", JWT_FORM, "Nothing.", None, None, _jwt(shop))
    yield Mutant("list_cwt_good", CWT_FORM, "Nothing.", None, None, _cwt(shop))
    now = int(shop.at.timestamp())
    for name, what, step, code, claims in (
        ("address", "It is another list.", "status_uri", "status_list_uri", {"sub": f"{LIST_URI}2"}),
        ("undated", "It says not when it was made.", "status_time", "status_list_time", {"iat": None}),
        ("future", "It was made in the future.", "status_time", "status_list_time", {"iat": now + 3600}),
        ("expired", "It has expired.", "status_time", "status_list_expired", {"exp": now - 60}),
        ("ttl", "It may be used for no time.", "status_time", "status_list_time", {"ttl": 0}),
        ("missing", "It holds no list.", "status_list", "status_list_malformed", {"status_list": None}),
        ("bits", "It has three bits a status.", "status_list", "status_list_malformed", {"status_list": {"bits": 3}}),
        (
            "no_zlib",
            "Its list is not compressed.",
            "status_list",
            "status_list_malformed",
            {"status_list": {"lst": b"abc"}},
        ),
        (
            "cut_off",
            "Its list is cut off.",
            "status_list",
            "status_list_malformed",
            {"status_list": {"lst": zlib.compress(bytes(9))[:-1]}},
        ),
        (
            "empty",
            "Its list is empty.",
            "status_list",
            "status_list_malformed",
            {"status_list": {"lst": zlib.compress(b"")}},
        ),
        (
            "trailing",
            "Octets follow its list.",
            "status_list",
            "status_list_malformed",
            {"status_list": {"lst": zlib.compress(bytes(9)) + b"x"}},
        ),
        (
            "bomb",
            "Its list unpacks to more than is read.",
            "status_list",
            "status_list_malformed",
            {"status_list": {"lst": _bomb()}},
        ),
    ):
        yield Mutant(f"list_jwt_{name}", JWT_FORM, what, step, code, _jwt(shop, claims))
        yield Mutant(f"list_cwt_{name}", CWT_FORM, what, step, code, _cwt(shop, claims))
    yield from _signatures(shop)


def _signatures(shop: Workshop) -> Iterator[Mutant]:
    stranger = shop.make_key()
    forged = "Another key signed it."
    yield Mutant("list_jwt_forged", JWT_FORM, forged, "signature", "token_signature", _jwt(shop, key=stranger))
    yield Mutant("list_cwt_forged", CWT_FORM, forged, "signature", "token_signature", _cwt(shop, key=stranger))
    kind = "It is of another kind."
    yield Mutant("list_jwt_typ", JWT_FORM, kind, "typ", "token_typ", _jwt(shop, typ="JWT"))
    yield Mutant("list_cwt_typ", CWT_FORM, kind, "typ", "token_typ", _cwt(shop, typ="application/cwt"))
    nameless = "It does not name its key."
    yield Mutant("list_jwt_nameless", JWT_FORM, nameless, "key", "token_kid", _jwt(shop, is_named=False))
    yield Mutant("list_cwt_nameless", CWT_FORM, nameless, "key", "key_unknown", _cwt(shop, is_named=False))
    bare = _cwt(shop)[1:]
    yield Mutant("list_cwt_untagged", CWT_FORM, "It has no tag.", "structure", "cose_malformed", bare)
    cut = _cwt(shop)[:-1]
    yield Mutant("list_cwt_truncated", CWT_FORM, "Its last octet is missing.", "structure", "cbor_malformed", cut)


def _bomb() -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(17)) + packer.flush()


def _jwt(
    shop: Workshop,
    changes: dict[str, Any] | None = None,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    typ: str = JWT_FORM,
    is_named: bool = True,
) -> bytes:
    claims = _claims(shop, build_status_list(shop.statuses), changes or {})
    lst = (claims.get("status_list") or {}).get("lst")
    if isinstance(lst, bytes):
        claims["status_list"]["lst"] = urlsafe_b64encode(lst).rstrip(b"=").decode()
    own = shop.list_key.private_key if key is None else key
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    header = {"alg": "ES256", "typ": typ} | ({"kid": shop.list_key.kid} if is_named else {})
    return shop.sign_jwt(header, claims, own).encode()


def _cwt(
    shop: Workshop,
    changes: dict[str, Any] | None = None,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    typ: str = MEDIA_TYPE,
    is_named: bool = True,
) -> bytes:
    claims = _claims(shop, build_status_list_cbor(shop.statuses), changes or {})
    labels: dict[str, int] = {"sub": SUB, "iat": IAT, "exp": EXP, "ttl": TTL, "status_list": STATUS_LIST}
    own = shop.list_key.private_key if key is None else key
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    named: dict[int | str, Cbor] = {KID: shop.list_key.kid.encode()} if is_named else {}
    payload = build_cbor({labels[name]: value for name, value in claims.items()})
    return bytes([0xC0 | SIGN1]) + build_sign1(payload, key=own, protected={ALG: ES256, TYP: typ}, unprotected=named)


def _claims(shop: Workshop, good: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    now = int(shop.at.timestamp())
    claims: dict[str, Any] = {"sub": LIST_URI, "iat": now - 60, "exp": now + 600, "ttl": 60, "status_list": good}
    for name, value in changes.items():
        claims[name] = claims[name] | value if isinstance(value, dict) else value
    return {name: value for name, value in claims.items() if value is not None}
