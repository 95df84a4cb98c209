"""Mdocs that are wrong in one way each (ISO/IEC 18013-5, 9.3.1). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from eid.cards.forgery import name_of
from eid.credentials.mutant_workshop import (
    DOC_TYPE,
    LIST_URI,
    NAME_SPACE,
    REVOKED,
    SUSPENDED,
    Mutant,
    Workshop,
    embed,
)
from eid.crypto.cbor import Cbor, Tag, build_cbor
from eid.crypto.cose import ALG, CRIT, ES256, ES384, HMAC_256, KID, X5CHAIN
from eid.crypto.mdoc import build_time
from eid.crypto.status_list import StatusReference, build_status

FORM = "mso_mdoc"


def mdoc_mutants(shop: Workshop) -> Iterator[Mutant]:
    yield Mutant("mdoc_good", FORM, "Nothing.", None, None, make(shop))
    yield from _structures(shop)
    yield from _certificates(shop)
    yield from _signatures(shop)
    yield from _security_objects(shop)
    yield from _elements(shop)
    yield from _terms(shop)
    yield from _devices(shop)


def make(shop: Workshop, **changes: Any) -> bytes:
    return shop.mdoc(lambda item: hashlib.sha256(item).digest(), **changes)


def _structures(shop: Workshop) -> Iterator[Mutant]:
    good = make(shop)

    def wrong(name: str, what: str, data: bytes, code: str = "cbor_malformed") -> Mutant:
        return Mutant(f"mdoc_{name}", FORM, what, "structure", code, data)

    yield wrong("cut_off", "Its last octet is missing.", good[:-1])
    yield wrong("trailing", "An octet follows it.", good + b"\x00")
    yield wrong("indefinite", "Its outermost map has no length.", b"\xbf" + good[1:] + b"\xff")
    yield wrong("long_head", "Its outermost map has a longer head than it need have.", b"\xb8\x03" + good[1:])
    yield wrong(
        "key_twice", "It says its version twice.", b"\xa4" + good[1:] + build_cbor("version") + build_cbor("1.0")
    )
    yield wrong("deep", "A value is nested more deeply than is read.", _deep(shop))
    for name, what, changes, code in (
        ("no_document", "It holds no document.", {"response": _set("documents", [])}, "mdoc_response"),
        ("two_documents", "It holds a document twice.", {"response": _double}, "mdoc_response"),
        ("response_version", "The answer is of version 2.0.", {"response": _set("version", "2.0")}, "mdoc_response"),
        ("response_status", "The answer says that it failed.", {"response": _set("status", 10)}, "mdoc_response"),
        ("bare_item", "An element is not embedded.", {"shown": _replace_first({"digestID": 0})}, "mdoc_malformed"),
        ("short_salt", "A salt has 15 octets.", {"items": _set_in(0, "random", bytes(15))}, "mdoc_malformed"),
        ("item_more", "An element has one member more.", {"items": _set_in(0, "more", 1)}, "mdoc_malformed"),
        ("auth_parts", "issuerAuth has three parts.", {"auth": lambda auth: auth[:3]}, "cose_malformed"),
        ("auth_tag", "issuerAuth is tagged as a MAC.", {"auth": lambda auth: Tag(17, auth)}, "cose_malformed"),
        ("header_twice", "A header is protected and not.", {"auth": _unprotect(ALG, ES256)}, "cose_malformed"),
        ("critical", "A critical header is not understood.", {"auth": _unprotect(CRIT, [99])}, "cose_malformed"),
        ("two_proofs", "The device proves itself twice.", {"device": _two_proofs}, "mdoc_malformed"),
        ("no_proof", "The device does not prove itself.", {"device": _set("deviceAuth", {})}, "mdoc_malformed"),
    ):
        yield wrong(name, what, make(shop, **changes), code)


def _deep(shop: Workshop) -> bytes:
    value: Cbor = 1
    for _ in range(20):
        value = [value]
    return make(shop, response=_set("documents", value))


def _certificates(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, code: str, **changes: Any) -> Mutant:
        return Mutant(f"mdoc_{name}", FORM, what, "certificate", code, make(shop, **changes))

    def signed_by(**changes: Any) -> dict[str, Any]:
        return {"signer": shop.make_signer(**changes)}

    stranger = shop.make_root("Deck stranger")
    impostor = shop.make_root("Deck IACA")
    yield wrong("no_certificate", "It brings no certificate.", "x5chain_missing", auth=_drop_unprotected)
    root = [shop.signer.certificate, shop.root]
    yield wrong("root_in_chain", "It brings the root.", "x5chain_root", auth=_unprotect(X5CHAIN, root))
    yield wrong(
        "certificate_garbage", "Its certificate is none.", "certificate_malformed", auth=_unprotect(X5CHAIN, b"0")
    )
    yield wrong("stranger", "Its signer's root is not trusted.", "issuer_unknown", **signed_by(root=stranger))
    yield wrong(
        "impostor",
        "Its signer's root has the name of one that is trusted.",
        "issuer_unknown",
        **signed_by(root=impostor),
    )
    forged = shop.make_signer()
    cut = forged.certificate[:-1] + bytes([forged.certificate[-1] ^ 1])
    yield wrong(
        "certificate_forged",
        "Its certificate was changed.",
        "certificate_signature",
        auth=_unprotect(X5CHAIN, cut),
        signer=forged,
    )
    for name, what, code, changes in (
        (
            "certificate_expired",
            "Its certificate has expired.",
            "certificate_time",
            {"ends": shop.at - timedelta(days=2)},
        ),
        (
            "certificate_early",
            "Its certificate is not valid yet.",
            "certificate_time",
            {"starts": shop.at + timedelta(days=2)},
        ),
        (
            "certificate_long",
            "Its certificate is valid for too long.",
            "signer_profile",
            {"ends": shop.at + timedelta(days=500)},
        ),
        (
            "certificate_usage",
            "Its certificate is for readers.",
            "signer_profile",
            {"extended_usage": "1.0.18013.5.1.6"},
        ),
        ("certificate_no_usage", "Its certificate says not what for.", "signer_profile", {"extended_usage": None}),
        ("certificate_authority", "Its certificate is an authority's.", "signer_profile", {"ca": True}),
        (
            "certificate_key_usage",
            "Its key may agree on keys.",
            "signer_profile",
            {"usage": frozenset({"key_agreement"})},
        ),
        (
            "certificate_country",
            "Its signer is of another country.",
            "signer_profile",
            {"subject": name_of("Deck signer", "LA")},
        ),
        ("certificate_no_lists", "Its certificate names no revocation list.", "signer_profile", {"more": ()}),
        (
            "certificate_critical",
            "Its certificate has an unknown critical extension.",
            "signer_profile",
            {"critical_extension": "1.2.3.4"},
        ),
    ):
        yield wrong(name, what, code, **signed_by(**changes))


def _signatures(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, code: str, **changes: Any) -> Mutant:
        return Mutant(f"mdoc_{name}", FORM, what, "signature", code, make(shop, **changes))

    certificate = shop.signer.certificate
    other = shop.make_signer()
    yield wrong(
        "other_key", "Another key signed it.", "issuer_signature", signer=other, auth=_unprotect(X5CHAIN, certificate)
    )
    yield wrong("signature_altered", "A bit of its signature was changed.", "issuer_signature", auth=_flip(3))
    yield wrong("mso_altered", "A bit of its MSO was changed.", "issuer_signature", auth=_flip(2))
    yield wrong("detached", "Its MSO is missing.", "issuer_signature", auth=_set(2, None))
    yield wrong(
        "header_added",
        "A protected header was added.",
        "issuer_signature",
        auth=_set(0, build_cbor({ALG: ES256, KID: b""})),
    )
    yield wrong("algorithm_open", "Its algorithm is not protected.", "cose_algorithm", auth=_open_algorithm)
    yield wrong(
        "algorithm_other",
        "Its algorithm is not one for the key.",
        "cose_algorithm",
        auth=_set(0, build_cbor({ALG: ES384})),
    )


def _security_objects(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, alter: Any, code: str = "mdoc_malformed") -> Mutant:
        return Mutant(f"mdoc_{name}", FORM, what, "mso", code, make(shop, mso=alter))

    yield wrong("mso_version", "Its MSO is of version 2.0.", _set("version", "2.0"), "mso_version")
    yield wrong("mso_sha1", "Its digests are SHA-1.", _set("digestAlgorithm", "SHA-1"), "mso_digest_algorithm")
    yield wrong("mso_no_key", "Its MSO names no key.", _set("deviceKeyInfo", {}))
    yield wrong("mso_no_digests", "Its MSO holds no digests.", _set("valueDigests", {}))
    yield wrong("mso_no_type", "Its MSO says no type.", _set("docType", ""))
    yield wrong("time_fraction", "A time has a fraction.", _time("signed", Tag(0, "2026-01-01T00:00:00.5Z")))
    yield wrong("time_untagged", "A time is a mere text.", _time("signed", "2026-01-01T00:00:00Z"))
    bare = make(shop, payload=lambda mso: mso.value)
    yield Mutant("mdoc_mso_bare", FORM, "Its MSO is not tagged as embedded.", "mso", "mdoc_malformed", bare)


def _elements(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, alter: Any, code: str = "digest_mismatch") -> Mutant:
        return Mutant(f"mdoc_{name}", FORM, what, "digests", code, make(shop, shown=alter))

    def reencoded(spaces: dict[str, list[Tag]]) -> None:
        content = {"digestID": 0, "random": bytes(32), "elementIdentifier": "family_name", "elementValue": "Lê"}
        spaces[NAME_SPACE][0] = embed(content)

    def moved(spaces: dict[str, list[Tag]]) -> dict[str, list[Tag]]:
        return {"org.example": spaces[NAME_SPACE]}

    def doubled(spaces: dict[str, list[Tag]]) -> None:
        spaces[NAME_SPACE].append(spaces[NAME_SPACE][0])

    yield wrong("element_altered", "An element says something else.", reencoded)
    yield wrong("element_moved", "Its elements are of another name space.", moved)
    yield wrong("element_twice", "An element stands twice.", doubled, "element_twice")
    swapped = make(shop, mso=_swap_digests)
    yield Mutant("mdoc_digests_swapped", FORM, "Two digests are each other's.", "digests", "digest_mismatch", swapped)
    short = make(shop, mso=lambda mso: mso["valueDigests"][NAME_SPACE].pop(0) and None)
    yield Mutant("mdoc_digest_missing", FORM, "An element has no digest.", "digests", "digest_mismatch", short)
    named = make(shop, items=_set_in(1, "elementIdentifier", "family_name"))
    yield Mutant("mdoc_name_twice", FORM, "Two elements have one name.", "digests", "element_twice", named)


def _terms(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, step: str, code: str, **changes: Any) -> Mutant:
        return Mutant(f"mdoc_{name}", FORM, what, step, code, make(shop, **changes))

    def at(days: int) -> Cbor:
        return build_time(shop.at + timedelta(days=days))

    def stands(index: int) -> Any:
        return _set("status", build_status(StatusReference(LIST_URI, index)))

    yield wrong(
        "type_of_mso", "Its MSO is of another type.", "doc_type", "doc_type", mso=_set("docType", "org.example")
    )
    yield wrong(
        "type_of_document", "Its document is of another type.", "doc_type", "doc_type", document=_set("docType", "x")
    )
    yield wrong(
        "signed_early",
        "It was signed before its signer had a certificate.",
        "validity",
        "mdoc_signed_at",
        mso=_time("signed", at(-90)),
    )
    yield wrong("times_crossed", "It ends before it begins.", "validity", "mdoc_times", mso=_time("validUntil", at(-1)))
    yield wrong(
        "times_unsigned", "It begins before it was signed.", "validity", "mdoc_times", mso=_time("validFrom", at(-9))
    )
    yield wrong(
        "not_yet_valid", "It is not valid yet.", "validity", "mdoc_not_yet_valid", mso=_time("validFrom", at(2))
    )
    yield wrong("expired", "It has expired.", "validity", "mdoc_expired", mso=_expired(at))
    yield wrong(
        "status_malformed",
        "Its status has no place.",
        "status",
        "token_status",
        mso=_set("status", {"status_list": {}}),
    )
    yield wrong(
        "no_status",
        "It says not where its status stands.",
        "status",
        "token_status",
        mso=lambda mso: mso.pop("status") and None,
    )
    yield wrong("revoked", "It was revoked.", "status", "paper_invalid", mso=stands(REVOKED))
    yield wrong("suspended", "It is suspended.", "status", "paper_suspended", mso=stands(SUSPENDED))
    yield wrong("status_outside", "Its place is outside the list.", "status_index", "status_index", mso=stands(99))
    yield wrong("key_private", "It holds the device's private key.", "device_key", "cose_key", mso=_key(-4, bytes(32)))
    yield wrong("key_curve", "Its key is on an unknown curve.", "device_key", "cose_key", mso=_key(-1, 99))
    yield wrong("key_no_point", "Its key is no point of the curve.", "device_key", "cose_key", mso=_key(-2, bytes(32)))
    yield wrong("key_short", "Its key's point is cut off.", "device_key", "cose_key", mso=_key(-3, bytes(31)))


def _devices(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, code: str, step: str = "device_auth", **changes: Any) -> Mutant:
        return Mutant(f"mdoc_{name}", FORM, what, step, code, make(shop, **changes))

    claims = {NAME_SPACE: {"age_over_18": True}}
    yield wrong(
        "device_claims",
        "The device says what it may not.",
        "device_not_authorised",
        "device_elements",
        device=lambda _signed: shop.device_signed(claims),
    )
    yield wrong(
        "other_session",
        "The device answered another reader.",
        "device_signature",
        transcript=build_cbor([None, None, 1]),
    )
    yield wrong("other_device", "Another device holds it.", "device_signature", device_key=shop.make_key())
    yield wrong(
        "other_type_proved",
        "The device proved itself for another type.",
        "device_signature",
        device=lambda _signed: shop.device_signed({}, doc_type=f"{DOC_TYPE}.2"),
    )
    yield wrong(
        "device_names_added",
        "The device's elements were added later.",
        "device_signature",
        device=_set("nameSpaces", embed({"x": {}})),
    )
    yield wrong(
        "proof_altered", "A bit of the device's proof was changed.", "device_signature", device=_proof(_flip(3))
    )
    yield wrong(
        "proof_content", "The device's proof brings its content.", "device_payload", device=_proof(_set(2, b""))
    )
    yield wrong(
        "proof_algorithm", "The device's proof names no algorithm.", "cose_algorithm", device=_proof(_set(0, b""))
    )
    mac: dict[str, Cbor] = {"deviceMac": [build_cbor({ALG: HMAC_256}), {}, None, bytes(32)]}
    yield wrong(
        "mac_unasked",
        "The device answers with a MAC that nobody asked for.",
        "device_mac",
        device=_set("deviceAuth", mac),
    )


def _set(name: Any, value: Any) -> Any:
    def alter(part: Any) -> None:
        part[name] = value

    return alter


def _set_in(at: int, name: Any, value: Any) -> Any:
    def alter(part: Any) -> None:
        part[at][name] = value

    return alter


def _replace_first(value: Any) -> Any:
    def alter(spaces: dict[str, list[Any]]) -> None:
        spaces[NAME_SPACE][0] = value

    return alter


def _double(response: dict[str, Any]) -> None:
    response["documents"] *= 2


def _unprotect(label: int, value: Any) -> Any:
    def alter(auth: list[Any]) -> None:
        auth[1][label] = value

    return alter


def _drop_unprotected(auth: list[Any]) -> None:
    auth[1] = {}


def _open_algorithm(auth: list[Any]) -> None:
    auth[0], auth[1][ALG] = b"", ES256


def _flip(part: int) -> Any:
    def alter(auth: list[Any]) -> None:
        auth[part] = auth[part][:-1] + bytes([auth[part][-1] ^ 1])

    return alter


def _two_proofs(signed: dict[str, Any]) -> None:
    signed["deviceAuth"]["deviceMac"] = signed["deviceAuth"]["deviceSignature"]


def _proof(change: Any) -> Any:
    def alter(signed: dict[str, Any]) -> None:
        change(signed["deviceAuth"]["deviceSignature"])

    return alter


def _time(name: str, value: Cbor) -> Any:
    def alter(mso: dict[str, Any]) -> None:
        mso["validityInfo"][name] = value

    return alter


def _expired(at: Any) -> Any:
    def alter(mso: dict[str, Any]) -> None:
        mso["validityInfo"] = {"signed": at(-30), "validFrom": at(-30), "validUntil": at(-1)}

    return alter


def _key(label: int, value: Cbor) -> Any:
    def alter(mso: dict[str, Any]) -> None:
        mso["deviceKeyInfo"]["deviceKey"][label] = value

    return alter


def _swap_digests(mso: dict[str, Any]) -> None:
    digests = mso["valueDigests"][NAME_SPACE]
    digests[0], digests[1] = digests[1], digests[0]
