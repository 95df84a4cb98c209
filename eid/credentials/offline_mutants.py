"""Offline codes that are wrong in one way each. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from eid.credentials.catalogue import DRIVING_LICENCE
from eid.credentials.mutant_workshop import ISSUER, LIST_URI, REVOKED, SUSPENDED, VALID, Mutant, Workshop
from eid.credentials.offline_reading import OMITTED, PHOTO, typ_of
from eid.crypto.base45 import build_base45, parse_base45
from eid.crypto.cbor import Cbor, build_cbor
from eid.crypto.cose import ALG, CRIT, ES256, ES384, KID, TYP, build_sign1
from eid.crypto.offline_code import EXP, IAT, ISS, PREFIX, STATUS, build_code_text
from eid.crypto.status_list import StatusReference, build_status

FORM = "eid1"
_CONTENT: Mapping[str, Cbor] = {
    "name": "Trần Văn Minh",
    "birthdate": "1985-11-02",
    "number": "990000000001",
    "classes": [{"class": "B"}],
    "may_drive": True,
}
_MISSING: Any = object()


def offline_mutants(shop: Workshop) -> Iterator[Mutant]:
    good = _code(shop)
    yield Mutant("code_good", FORM, "Nothing.", None, None, good.encode())
    now = int(shop.at.timestamp())
    place = f"{LIST_URI}2"
    changed: tuple[tuple[str, str, str, str, dict[Any, Any]], ...] = (
        ("issuer", "Somebody else issued it.", "iss", "token_issuer", {ISS: "https://elsewhere.example"}),
        ("no_issuer", "Nobody issued it.", "iss", "token_issuer", {ISS: _MISSING}),
        ("expired", "It has expired.", "time", "token_expired", {EXP: now - 60}),
        ("future", "It was issued in the future.", "time", "token_not_yet_valid", {IAT: now + 3600}),
        ("undated", "It does not say until when it is valid.", "time", "token_time", {EXP: _MISSING}),
        ("time_text", "Its time is a text.", "time", "token_time", {IAT: str(now)}),
        ("time_truth", "Its time is a truth value.", "time", "token_time", {IAT: True}),
        ("no_status", "It does not say where its status stands.", "status", "token_status", {STATUS: _MISSING}),
        ("revoked", "It is revoked.", "status", "paper_invalid", {STATUS: _status(REVOKED)}),
        ("suspended", "It is suspended.", "status", "paper_suspended", {STATUS: _status(SUSPENDED)}),
        ("index", "Its place is beyond the list.", "status_index", "status_index", {STATUS: _status(99)}),
        ("list", "Its status stands in another list.", "status_uri", "status_list_uri", {STATUS: _status(VALID, place)}),
        ("no_paper", "It holds no paper.", "content", "token_content", {DRIVING_LICENCE.name: _MISSING}),
        ("other_paper", "It names one paper and holds another.", "content", "token_content",
         {DRIVING_LICENCE.name: _MISSING, "tax": dict(_CONTENT)}),
        ("photo_text", "Its photo is a text.", "content", "token_content", {PHOTO: "photo"}),
        ("omitted_text", "What it omits is a text.", "content", "token_content", {OMITTED: "classes"}),
    )  # fmt: skip
    for name, what, step, code, claims in changed:
        yield Mutant(f"code_{name}", FORM, what, step, code, _code(shop, claims).encode())
    yield from _headers(shop)
    yield from _layers(shop, good)


def _headers(shop: Workshop) -> Iterator[Mutant]:
    stranger, kid = shop.make_key(), shop.list_key.kid.encode()
    licence = typ_of(DRIVING_LICENCE)
    for name, what, step, code, header in (
        ("no_typ", "It does not say of which kind it is.", "typ", "token_typ", {TYP: _MISSING}),
        ("typ", "It is of another kind.", "typ", "token_typ", {TYP: "statuslist+cwt"}),
        ("typ_jwt", "It calls itself a JWT.", "typ", "token_typ", {TYP: licence.replace("cwt", "jwt")}),
        ("no_kid", "It does not name its key.", "key", "key_unknown", {KID: _MISSING}),
        ("kid", "It names a key that nobody knows.", "key", "key_unknown", {KID: b"unknown"}),
        ("kid_text", "It names its key by a text.", "key", "key_unknown", {KID: kid.decode()}),
        ("algorithm", "Its algorithm is for another curve.", "signature", "cose_algorithm", {ALG: ES384}),
        ("no_algorithm", "It names no algorithm.", "signature", "cose_algorithm", {ALG: _MISSING}),
        ("critical", "It has a critical header.", "structure", "cose_malformed", {CRIT: [99]}),
    ):
        yield Mutant(f"code_{name}", FORM, what, step, code, _code(shop, header=header).encode())
    forged = _code(shop, key=stranger).encode()
    yield Mutant("code_forged", FORM, "Another key signed it.", "signature", "token_signature", forged)
    loose = _code(shop, header={TYP: _MISSING}, loose={TYP: licence}).encode()
    yield Mutant("code_loose_typ", FORM, "Its kind is not signed.", "typ", "token_typ", loose)


def _layers(shop: Workshop, good: str) -> Iterator[Mutant]:
    packed = parse_base45(good.removeprefix(PREFIX))
    cwt = zlib.decompress(packed)
    for name, what, code, text in (
        ("prefix", "It begins with another prefix.", "code_prefix", "HC1:" + good.removeprefix(PREFIX)),
        ("long", "It is longer than any QR code.", "code_length", PREFIX + "0" * 4300),
        ("alphabet", "It has a character that Base45 has not.", "base45_malformed", good.lower().replace("eid1:", PREFIX)),
        ("group", "It has a group that no octets give.", "base45_malformed", PREFIX + ":::"),
        ("no_zlib", "It is not compressed.", "code_compression", PREFIX + build_base45(cwt)),
        ("cut_off", "It is cut off.", "code_compression", PREFIX + build_base45(packed[:-5])),
        ("trailing", "Something follows it.", "code_compression", PREFIX + build_base45(packed + b"xx")),
        ("bomb", "It unpacks to more than is read.", "code_compression", PREFIX + build_base45(zlib.compress(bytes(1 << 17), 9))),
        ("empty", "It holds nothing.", "cbor_malformed", PREFIX + build_base45(zlib.compress(b""))),
        ("untagged", "It bears no tag.", "code_claims", PREFIX + build_base45(zlib.compress(cwt[1:]))),
        ("another_tag", "It bears another tag.", "cose_malformed", PREFIX + build_base45(zlib.compress(b"\xd1" + cwt[1:]))),
        ("list_of_claims", "Its claims are a list.", "code_claims", _sign(shop, build_cbor([1, 2]))),
        ("no_cbor", "Its claims are no CBOR.", "cbor_malformed", _sign(shop, b"\xff")),
        ("key_twice", "It says one thing twice.", "cbor_malformed", _sign(shop, b"\xa2\x01\x61a\x01\x61b")),
    ):  # fmt: skip
        yield Mutant(f"code_{name}", FORM, what, "structure", code, text.encode())


def _status(index: int, uri: str = LIST_URI) -> dict[str, Any]:
    return build_status(StatusReference(uri, index))


def _code(
    shop: Workshop,
    claims: Mapping[int | str, Any] | None = None,
    header: Mapping[int, Any] | None = None,
    loose: Mapping[int | str, Cbor] | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> str:
    """A code that is right in all but what is changed."""
    now = int(shop.at.timestamp())
    whole: dict[int | str, Any] = {ISS: ISSUER, IAT: now - 60, EXP: now + 86400, STATUS: _status(VALID)}
    whole |= {DRIVING_LICENCE.name: dict(_CONTENT), PHOTO: b"RIFF"}
    whole.update(claims or {})
    return _sign(shop, build_cbor(_without_missing(whole)), header, loose, key)


def _sign(
    shop: Workshop,
    payload: bytes,
    header: Mapping[int, Any] | None = None,
    loose: Mapping[int | str, Cbor] | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> str:
    own = key or shop.list_key.private_key
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    named: dict[int | str, Any] = {ALG: ES256, KID: shop.list_key.kid.encode(), TYP: typ_of(DRIVING_LICENCE)}
    protected = _without_missing(named | dict(header or {}))
    if protected.get(ALG) == ES256:
        return build_code_text(build_sign1(payload, key=own, protected=protected, unprotected=loose))
    signed = build_sign1(payload, key=own, protected={ALG: ES256})
    return build_code_text(
        b"\x84" + build_cbor(build_cbor(protected)) + signed[1 + len(build_cbor(build_cbor({ALG: ES256}))) :]
    )


def _without_missing(named: Mapping[Any, Any]) -> dict[Any, Any]:
    return {name: value for name, value in named.items() if value is not _MISSING}
