"""A deck of mutants: chips that are wrong in one way each, with the step and the code that must refuse them. Pure.

A deck is made from one good card, whose data groups it keeps, under an authority of its own: so it needs nobody's
keys, and a verifier that trusts the deck's anchors must accept the card `good` and refuse every other one. Who
verifies cards tests itself with it.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Mapping
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.cards.chain_mutants import chain_mutants
from eid.cards.sod_mutants import security_object_mutants, signature_mutants, structure_mutants
from eid.cards.workshop import MakeKey, Mutant, Workshop, flip
from eid.crypto import dg13
from eid.crypto.active_auth import build_chip_answer
from eid.crypto.algorithms import PrivateKey, Scheme, sign
from eid.crypto.lds import (
    CARD_ACCESS,
    COM,
    build_com,
    build_dg1,
    build_dg15,
    data_group_file,
)
from eid.crypto.mrz import check_digit
from eid.crypto.passive_auth import ChipAnswer
from eid.crypto.security_infos import PACE_PREFIX, parse_card_access
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_set, build_tlv, parse_tlv
from eid.errors import Malformed
from eid.late_dataclasses import frozen

_CHALLENGE = bytes(range(8))


@frozen
class Deck:
    trust: Mapping[str, bytes]
    """Trust anchors, link certificates and revocation lists by file name; DER."""
    mutants: tuple[Mutant, ...]


def make_key(kind: str) -> PrivateKey:
    """A new key of this kind."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))
    return ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[kind])


def build_deck(files: Mapping[str, bytes], *, at: datetime, make_key: MakeKey, rng: random.Random) -> Deck:
    """The deck of one good card's files. Raises Malformed: `deck_needs_card` where data groups 1, 2, 13, 14, 15 are
    not there."""
    if not {data_group_file(number) for number in (1, 2, 13, 14, 15)} | {COM, CARD_ACCESS} <= set(files):
        raise Malformed(
            "deck_needs_card", "The card lacks files that a deck is made of: EF.COM, EF.CardAccess, DG1 to DG15."
        )
    workshop = Workshop(files, at.replace(microsecond=0), make_key, rng)
    mutants = (
        workshop.good(),
        *structure_mutants(workshop),
        *security_object_mutants(workshop),
        *signature_mutants(workshop),
        *chain_mutants(workshop),
        *_data_groups(workshop),
        *_holders(workshop),
        *_chips(workshop),
    )
    return Deck(workshop.trust(), mutants)


def _data_groups(w: Workshop) -> Iterator[Mutant]:
    """Step 20."""
    step = "data_groups"
    for number in (1, 2, 13, 14, 15):
        name = data_group_file(number)
        files = {name: flip(w.files[name])}
        yield w.mutant(f"dg{number}-flipped", f"One bit of DG{number}.", step, "dg_hash_mismatch", files=files)
    yield w.mutant("dg11-added", "A DG11 that nobody signed.", step, "dg_not_in_sod", files={"EF.DG11": b"\x6b\x00"})
    yield w.mutant("dg1-missing", "DG1 was not read.", step, "dg_missing", without=("EF.DG1",))
    files = {COM: build_com([1, 2, 3, 13, 14, 15])}
    yield w.mutant("com-lists-more", "EF.COM lists a DG3.", step, "com_mismatch", files=files)
    files = {COM: w.files[COM].replace(b"0108", b"0107")}
    yield w.mutant("com-older", "EF.COM says LDS 1.7.", step, "com_mismatch", files=files)
    yield w.mutant("com-broken", "EF.COM is damaged.", step, "dg_malformed", files={COM: flip(w.files[COM], 1)})


def _holders(w: Workshop) -> Iterator[Mutant]:
    """Step 21 and the last of 16."""
    step = "consistency"
    text = parse_tlv(w.files["EF.DG1"], 0x61).children()[0].value.decode()
    zone = build_dg1(text[:59] + str((int(text[59]) + 1) % 10) + text[60:])
    yield w.mutant("mrz-check-digit", "A check digit is wrong.", step, "mrz_check_digit", **w.with_group(1, zone))
    zone = build_dg1(text[:-1])
    yield w.mutant("mrz-short", "The zone lacks a character.", step, "mrz_malformed", **w.with_group(1, zone))
    sod = w.sod(signer=w.document_signer(country="FR"))
    yield w.mutant("signer-foreign", "A French signer.", step, "country_mismatch", sod)
    sod = w.sod(signer=w.document_signer(w.foreign_csca))
    yield w.mutant("csca-foreign", "A French CSCA.", step, "country_mismatch", sod)
    sod = w.sod(signer=w.document_signer(document_types=("P",)))
    yield w.mutant("signer-of-passports", "It may sign passports only.", step, "profile_dsc_document_type", sod)
    details = dg13.parse_dg13(w.files["EF.DG13"])
    for name, changes in (
        ("dg13-other-pin", {"pin": "901190000999"}),
        ("dg13-other-name", {"full_name": "Trần Văn Khác"}),
        ("dg13-other-birth-date", {"birth_date": "01/01/1901"}),
    ):
        group = dg13.build_dg13(dataclasses.replace(details, **changes))
        yield w.mutant(name, "DG13 is another person's.", step, "dg13_mismatch", **w.with_group(13, group))
    group = build_tlv(0x6D, build_sequence(build_integer(2)))
    yield w.mutant("dg13-broken", "DG13 cannot be read.", step, "dg13_malformed", **w.with_group(13, group))
    zone = build_dg1(_with_check_digits(text[:38] + "200101" + text[44:]))
    group = dg13.build_dg13(dataclasses.replace(details, expires_on="01/01/2020"))
    sod, files = w.sod(groups={**w.groups(), 1: zone, 13: group}), {"EF.DG1": zone, "EF.DG13": group}
    yield w.mutant("card-expired", "Its last day is past.", "document_expiry", "document_expired", sod, files=files)


def _with_check_digits(text: str) -> str:
    text = text[:44] + check_digit(text[38:44]) + text[45:]
    return text[:59] + check_digit(text[5:30] + text[30:37] + text[38:45] + text[48:59]) + text[60:]


def _chips(w: Workshop) -> Iterator[Mutant]:
    """Steps 22 to 24."""
    step, invalid = "active_authentication", "aa_signature_invalid"

    def dg15_of(key: PrivateKey) -> bytes:
        return build_dg15(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def answer(key: PrivateKey, challenge: bytes = _CHALLENGE) -> ChipAnswer:
        return ChipAnswer(_CHALLENGE, build_chip_answer(key, challenge, rng=w.rng))

    clone = answer(w.make_key("P-256"))
    yield w.mutant("chip-cloned", "A copy without the chip's key.", step, invalid, answer=clone)
    replayed = answer(w.chip_key, bytes(8))
    yield w.mutant("chip-replayed", "An answer to another challenge.", step, invalid, answer=replayed)
    empty = ChipAnswer(_CHALLENGE, b"")
    yield w.mutant("chip-silent", "No answer.", step, invalid, answer=empty)
    right = answer(w.chip_key)
    short = ChipAnswer(_CHALLENGE, right.response[:-1])
    yield w.mutant("chip-answer-short", "An answer that lacks an octet.", step, invalid, answer=short)
    zero = ChipAnswer(_CHALLENGE, bytes(32) + right.response[32:])
    yield w.mutant("chip-answer-zero", "An answer whose r is zero.", step, invalid, answer=zero)
    der = ChipAnswer(_CHALLENGE, sign(w.chip_key, Scheme("ecdsa", "sha256"), _CHALLENGE))
    yield w.mutant("chip-answer-der", "An answer in DER.", step, "aa_signature_der", answer=der)
    other = ChipAnswer(_CHALLENGE, build_chip_answer(w.chip_key, _CHALLENGE, rng=w.rng, hash_name="sha512"))
    yield w.mutant("chip-answer-other-digest", "Not by the digest that DG14 names.", step, invalid, answer=other)
    short_key = w.make_key("rsa1024")
    changes = w.with_group(15, dg15_of(short_key))
    yield w.mutant(
        "chip-key-short", "An RSA key of 1024 bits.", step, "key_too_small", **changes, answer=answer(short_key)
    )
    changes = w.with_group(15, build_tlv(0x6F, build_sequence()))
    yield w.mutant("dg15-broken", "DG15 holds no key.", step, "aa_malformed", **changes, answer=right)
    swapped = w.make_key("P-256")
    yield w.mutant(
        "dg15-swapped",
        "A copy with a key and a DG15 of its own.",
        "data_groups",
        "dg_hash_mismatch",
        files={"EF.DG15": dg15_of(swapped)},
        answer=answer(swapped),
    )
    groups = {n: data for n, data in w.groups().items() if n != 15}
    com = {COM: build_com(sorted(groups))}
    yield w.mutant(
        "dg15-unsigned",
        "The chip's key is not bound by EF.SOD.",
        step,
        "aa_not_bound",
        w.sod(groups=groups),
        files=com,
        without=("EF.DG15",),
        answer=answer(w.chip_key),
    )
    step, code = "access_control", "access_downgraded"
    files = {CARD_ACCESS: w.files[CARD_ACCESS].replace(b"\x02\x01\x0d", b"\x02\x01\x0c")}
    yield w.mutant("access-weakened", "EF.CardAccess names another curve.", step, code, files=files)
    yield w.mutant("access-emptied", "EF.CardAccess hides PACE.", step, code, files={CARD_ACCESS: build_set([])})
    entries = [info.raw for info in parse_card_access(w.files[CARD_ACCESS])]
    weaker = build_sequence(build_oid(PACE_PREFIX + "2.1"), build_integer(2), build_integer(12))
    files = {CARD_ACCESS: build_set([*entries, weaker])}
    yield w.mutant("access-adds-weaker", "EF.CardAccess offers 3DES too.", step, code, files=files)
    files = {CARD_ACCESS: w.files[CARD_ACCESS][:-1]}
    yield w.mutant("access-broken", "EF.CardAccess is cut off.", step, "access_malformed", files=files)
