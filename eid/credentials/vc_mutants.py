"""SD-JWT VCs that are wrong in one way each (RFC 9901, 7.1 and 7.3; draft-ietf-oauth-sd-jwt-vc). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from eid.credentials.mutant_workshop import LIST_URI, REVOKED, SUSPENDED, WITHHELD, Mutant, Workshop
from eid.crypto.disclosures import build_disclosure, digest_of_disclosure, parse_disclosure
from eid.crypto.keys import SigningKey
from eid.crypto.sd_jwt import MAX_DISCLOSURES, SdJwt
from eid.crypto.status_list import StatusReference, build_status

FORM = "dc+sd-jwt"


def vc_mutants(shop: Workshop) -> Iterator[Mutant]:
    yield Mutant("vc_good", FORM, "Nothing.", None, None, _text(shop.show(shop.vc())))
    less = shop.show(shop.vc(parts=lambda parts: replace(parts, disclosures=())))
    yield Mutant("vc_good_nothing_shown", FORM, "Nothing.", None, None, _text(less))
    yield from _forms(shop)
    yield from _signers(shop)
    yield from _disclosures(shop)
    yield from _terms(shop)
    yield from _bindings(shop)


def _text(sd_jwt: SdJwt) -> bytes:
    return str(sd_jwt).encode()


def _forms(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, data: bytes) -> Mutant:
        return Mutant(f"vc_{name}", FORM, what, "format", "sd_jwt_malformed", data)

    shown = shop.show(shop.vc())
    yield wrong("no_tilde", "It is a mere JWT.", shown.issuer_jwt.encode())
    yield wrong("empty_part", "A disclosure is empty.", _text(shown).replace(b"~", b"~~", 1))
    many = "~".join([shown.issuer_jwt, *["WyJhIl0"] * (MAX_DISCLOSURES + 1), ""])
    yield wrong("too_many", "It has more disclosures than are read.", many.encode())
    yield wrong("no_jwt", "Its first part is no JWT.", b"a.b~")


def _signers(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, step: str, code: str, **changes: Any) -> Mutant:
        return Mutant(f"vc_{name}", FORM, what, step, code, _text(shop.show(shop.vc(**changes))))

    stranger = shop.make_signer(root=shop.make_root("Deck stranger"))
    expired = shop.make_signer(ends=shop.at - timedelta(days=2))
    yield wrong("stranger", "Its signer's root is not trusted.", "certificate", "issuer_unknown", signer=stranger)
    yield wrong(
        "certificate_expired", "Its certificate has expired.", "certificate", "certificate_time", signer=expired
    )
    garbage = {"x5c": ["MAA="]}
    yield wrong(
        "certificate_garbage",
        "Its certificate is none.",
        "certificate",
        "certificate_malformed",
        header=_update(garbage),
    )
    yield wrong("other_key", "Another key signed it.", "signature", "token_signature", signing_key=shop.make_key())
    yield wrong("typ", "It is of another kind.", "typ", "token_typ", header=_update({"typ": "JWT"}))
    token = shop.vc()
    flipped = replace(token, issuer_jwt=_flip_signature(token.issuer_jwt))
    yield Mutant(
        "vc_signature_altered",
        FORM,
        "Its signature was changed.",
        "signature",
        "token_signature",
        _text(shop.show(flipped)),
    )
    _head, body, _signature = token.issuer_jwt.split(".")
    none = replace(token, issuer_jwt=f"eyJhbGciOiJub25lIiwidHlwIjoiZGMrc2Qtand0In0.{body}.")
    yield Mutant("vc_unsigned", FORM, "It is not signed.", "key", "token_kid", _text(shop.show(none)))


def _flip_signature(token: str) -> str:
    at = token.rindex(".") + 10
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


def _disclosures(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, code: str = "disclosure_malformed", **changes: Any) -> Mutant:
        return Mutant(f"vc_{name}", FORM, what, "disclosures", code, _text(shop.show(shop.vc(**changes))))

    def added(*disclosures: str) -> Any:
        return lambda parts: replace(parts, disclosures=parts.disclosures + disclosures)

    def hidden(*content: Any) -> str:
        return build_disclosure(content, salt=shop.rng.randbytes(16))

    def judged(name: str, value: Any) -> dict[str, Any]:
        """The claim withheld, and revealed."""
        disclosure = hidden(name, value)

        def alter(claims: dict[str, Any]) -> None:
            claims.pop(name, None)
            claims["_sd"] = sorted([*claims.get("_sd", []), digest_of_disclosure(disclosure)])

        return {"payload": alter, "parts": added(disclosure)}

    stray, twice = hidden("name", "Lê"), shop.vc().disclosures[0]
    yield wrong("disclosure_stray", "A disclosure belongs to no digest.", parts=added(stray))
    yield wrong(
        "disclosure_twice",
        "A disclosure stands twice.",
        parts=lambda parts: replace(parts, disclosures=parts.disclosures * 2),
    )
    yield wrong("disclosure_of_another", "A disclosure is another credential's.", parts=added(twice))
    yield wrong(
        "disclosure_altered", "A disclosure says something else.", parts=_altered_first(hidden("family_name", "Lê"))
    )
    yield wrong("outer_missing", "What a disclosure belongs in is not shown.", parts=_without_outer)
    yield wrong("digest_twice", "A digest stands twice.", payload=_double_digest)
    yield wrong("algorithm", "Its digests are MD5.", "sd_alg_unknown", payload=_update({"_sd_alg": "md5"}))
    yield wrong("claim_twice", "A claim is said openly and disclosed.", payload=_update({"family_name": "Lê"}))
    for name, value in (
        ("exp", int(shop.at.timestamp()) + 86400),
        ("vct", "https://issuer.example/vct/licence"),
        ("iss", "https://issuer.example"),
        ("nbf", int(shop.at.timestamp()) - 86400),
        ("cnf", {"jwk": shop.device.public_jwk()}),
        ("status", build_status(StatusReference(LIST_URI, 3))),
    ):
        yield wrong(f"withheld_{name}", f"`{name}` could be withheld.", "claim_withheld", **judged(name, value))


def _terms(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, step: str, code: str, **claims: Any) -> Mutant:
        return Mutant(f"vc_{name}", FORM, what, step, code, _text(shop.show(shop.vc(payload=_update(claims)))))

    now = int(shop.at.timestamp())
    yield wrong("issuer", "Somebody else issued it.", "iss", "token_issuer", iss="https://stranger.example")
    yield wrong("expired", "It has expired.", "time", "token_exp", exp=now - 60)
    yield wrong("not_yet", "It is not valid yet.", "time", "token_nbf", nbf=now + 3600)
    yield wrong("future", "It was issued in the future.", "time", "token_iat", iat=now + 3600)
    yield wrong("exp_text", "Its end is a text.", "time", "token_exp", exp="2099-01-01")
    yield wrong("vct", "It is of another type.", "vct", "vct_mismatch", vct="https://issuer.example/vct/other")
    yield wrong("vct_number", "Its type is a number.", "vct", "vct_mismatch", vct=7)
    yield wrong(
        "revoked", "It was revoked.", "status", "paper_invalid", status=build_status(StatusReference(LIST_URI, REVOKED))
    )
    yield wrong(
        "suspended",
        "It is suspended.",
        "status",
        "paper_suspended",
        status=build_status(StatusReference(LIST_URI, SUSPENDED)),
    )
    yield wrong("status_malformed", "Its status has no place.", "status", "token_status", status={"status_list": {}})
    elsewhere = build_status(StatusReference("https://stranger.example/1", 3))
    yield wrong(
        "status_elsewhere", "Its status stands in another list.", "status_uri", "status_list_uri", status=elsewhere
    )
    yield wrong(
        "holder_private",
        "It holds its holder's private key.",
        "key_binding",
        "holder_key",
        cnf={"jwk": shop.device.public_jwk() | {"d": "AAAA"}},
    )
    yield wrong("holder_named", "Its holder's key is only named.", "key_binding", "holder_key", cnf={"kid": "1"})
    yield wrong("unbound", "It is bound to no key.", "key_binding", "key_binding_missing", cnf=None)


def _bindings(shop: Workshop) -> Iterator[Mutant]:
    def wrong(name: str, what: str, step: str, code: str, sd_jwt: SdJwt) -> Mutant:
        return Mutant(f"vc_{name}", FORM, what, step, code, _text(sd_jwt))

    token, shown = shop.vc(), shop.show(shop.vc())
    thief = SigningKey(shop.make_key())
    binding = "key_binding"
    yield wrong("not_shown", "Nobody shows it.", binding, "key_binding_missing", token)
    yield wrong("thief", "Another key shows it.", binding, "key_binding_signature", shop.show(token, key=thief))
    yield wrong(
        "binding_typ",
        "It is shown with another kind of token.",
        binding,
        "key_binding_signature",
        replace(token, key_binding=token.issuer_jwt),
    )
    yield wrong(
        "audience",
        "It was shown to somebody else.",
        "aud",
        "token_audience",
        shop.show(token, audience="https://x.example"),
    )
    yield wrong(
        "nonce", "It was shown on another occasion.", "nonce", "nonce_mismatch", shop.show(token, nonce="another")
    )
    late, early = shop.at - timedelta(hours=1), shop.at + timedelta(hours=1)
    yield wrong("stale", "It was shown an hour ago.", "time", "key_binding_stale", shop.show(token, now=late))
    yield wrong("early", "It was shown in the future.", "time", "key_binding_stale", shop.show(token, now=early))
    less = replace(shown, disclosures=())
    yield wrong("shown_less", "A disclosure was taken away.", "sd_hash", "sd_hash_mismatch", less)
    other = replace(shop.show(token), issuer_jwt=shop.vc(withheld=WITHHELD).issuer_jwt, disclosures=())
    yield wrong("shown_other", "Another credential was shown.", "sd_hash", "sd_hash_mismatch", other)


def _update(changes: dict[str, Any]) -> Any:
    def alter(part: dict[str, Any]) -> None:
        part.update(changes)

    return alter


def _altered_first(disclosure: str) -> Any:
    return lambda parts: replace(parts, disclosures=(disclosure, *parts.disclosures[1:]))


def _without_outer(parts: SdJwt) -> SdJwt:
    """The address within the address, without the address."""
    inner = [each for each in parts.disclosures if _name_of(each) != "address"]
    return replace(parts, disclosures=tuple(inner))


def _name_of(disclosure: str) -> str | None:
    from_disclosure, _value = parse_disclosure(disclosure)
    return from_disclosure


def _double_digest(claims: dict[str, Any]) -> None:
    claims["_sd"].append(claims["_sd"][0])
