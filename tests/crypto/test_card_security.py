"""EF.CardSecurity: ICAO 9303-11, 9.2.11; and the proof by PACE's mapping that rests on it."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.cards.forgery import Authority, Forge
from eid.crypto.card_security import build_card_security, verify_card_security
from eid.crypto.chip_access import CanPassword
from eid.crypto.chip_auth import ChipMappingEvidence
from eid.crypto.lds import COM, SOD, build_com, data_group_file
from eid.crypto.pace import PaceSide, find_protocol
from eid.crypto.passive_auth import VerifiedDocument, verify_document
from eid.crypto.policy import STRICT
from eid.crypto.report import Result
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_set, build_tlv
from eid.errors import VerificationFailed
from tests.crypto.forge import LATER, NOW, chip_keys, groups_of, key_of, make_card, make_csca, make_signer, make_trust

KEY, PACE = "0.4.0.127.0.7.2.2.1.2", "0.4.0.127.0.7.2.2.4.6.2"
OFFER = build_sequence(build_oid(PACE), build_integer(2), build_integer(13))


def published(key: ec.EllipticCurvePrivateKey) -> bytes:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return build_sequence(build_oid(KEY), public)


def other_key(kind: str = "bp256") -> ec.EllipticCurvePrivateKey:
    key = key_of(kind, "stranger")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def security_of(*infos: bytes, signer: Authority | None = None) -> bytes:
    signer = signer or make_signer(make_csca())
    return build_card_security(
        infos or (OFFER, published(chip_keys().chip_authentication)),
        signer_certificate=signer.build(),
        signer_key=signer.key,
        signed_at=NOW,
    )


def code_of(data: bytes) -> tuple[str, str]:
    with pytest.raises(VerificationFailed) as refused:
        verify_card_security(data, trust_store=make_trust(make_csca()), policy=STRICT, at=LATER)
    assert refused.value.evidence["steps"]
    return refused.value.step, refused.value.code


def test_a_good_file_gives_its_entries() -> None:
    verified = verify_card_security(security_of(), trust_store=make_trust(make_csca()), policy=STRICT, at=LATER)
    assert [info.protocol for info in verified.infos] == [PACE, KEY]
    assert verified.signed_at == NOW and verified.anchor.country == "VN"
    results = {step.step: step.result for step in verified.steps}
    assert results["sod_signature"] == results["signer_chain"] == results["security_infos"] == Result.PASSED


def test_what_does_not_hold_is_refused_at_its_step() -> None:
    good = security_of()
    at = good.index(OFFER) + 5
    assert code_of(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])[1] == "message_digest_mismatch"
    assert code_of(good[:-1] + bytes([good[-1] ^ 1])) == ("sod_signature", "sod_signature_invalid")
    assert code_of(security_of(signer=make_signer(make_csca(use="stranger")))) == (
        "signer_chain",
        "dsc_signature_invalid",
    )
    assert code_of(b"\x30\x00") == ("structure", "card_security_malformed")
    assert code_of(make_card(make_signer(make_csca()))[SOD]) == ("structure", "card_security_malformed")


def test_entries_that_are_none_are_refused() -> None:
    assert code_of(security_of(b"\x30\x00")) == ("security_infos", "card_security_malformed")


# The proof by PACE's mapping


@cache
def mapping() -> tuple[bytes, int]:
    """The mapping key and data of a run of PACE with a chip that holds the forge's key."""
    return run_with(chip_keys().chip_authentication)


def run_with(key: ec.EllipticCurvePrivateKey) -> tuple[bytes, int]:
    protocol, can = find_protocol(PACE, 13), CanPassword("123456")
    reader, chip = (PaceSide(protocol, can, random.Random(seed)) for seed in (1, 2))
    reader.take_nonce(chip.draw_nonce())
    one, other = reader.offer_mapping_key(), chip.offer_mapping_key()
    reader.take_mapping_key(other)
    chip.take_mapping_key(one)
    one, other = reader.offer_key(), chip.offer_key()
    reader.take_key(other)
    chip.take_key(one)
    return reader.other_mapping_key, reader.open_chip_data(chip.seal_chip_data(key.private_numbers().private_value))


def evidence(**changes: Any) -> ChipMappingEvidence:
    key, data = mapping()
    return replace(ChipMappingEvidence(13, key, data, security_of()), **changes)


def card(*infos: bytes, without_dg14: bool = False) -> dict[str, bytes]:
    """A card whose DG14 holds these entries."""
    good = make_card(make_signer(make_csca()))
    groups = {**groups_of(good), 14: build_tlv(0x6E, build_set(infos))}
    if without_dg14:
        del groups[14]
    files = {data_group_file(number): content for number, content in groups.items()}
    files[COM] = build_com(sorted(groups))
    files[SOD] = Forge(groups, make_signer(make_csca()), NOW).build()
    return files


def verify(files: dict[str, bytes], found: ChipMappingEvidence) -> VerifiedDocument:
    trust = make_trust(make_csca(), make_csca(use="french", country="FR"))
    return verify_document(files, trust_store=trust, policy=STRICT, at=LATER, chip_authentication=found)


def refusal_of(files: dict[str, bytes], found: ChipMappingEvidence) -> str:
    with pytest.raises(VerificationFailed) as refused:
        verify(files, found)
    assert refused.value.step == "chip_authentication"
    return refused.value.code


@pytest.mark.parametrize(
    "files",
    [
        card(OFFER, published(chip_keys().chip_authentication)),
        card(OFFER, published(other_key("P-256"))),
        card(OFFER),
        card(without_dg14=True),
    ],
    ids=["the same key in DG14", "a key on another curve", "no key in DG14", "no DG14"],
)
def test_the_mapping_proves_the_chip(files: dict[str, bytes]) -> None:
    """ICAO 9303-11, 4.4.3.5.2."""
    document = verify(files, evidence())
    assert document.chip_proved
    assert {step.step for step in document.steps if step.result is Result.PASSED} >= {
        "chip_authentication",
        "clone_detection",
    }


def test_a_chip_with_another_key_is_a_copy() -> None:
    key, data = run_with(other_key())
    assert refusal_of(card(OFFER), evidence(mapping_key=key, chip_data=data)) == "cam_failed"


def test_a_card_security_that_does_not_hold_proves_nothing() -> None:
    stranger = security_of(signer=make_signer(make_csca(use="stranger")))
    for data in (b"", stranger, security_of()[:-1]):
        assert refusal_of(card(OFFER), evidence(card_security=data)) == "cam_failed"


def test_a_card_security_of_another_document_proves_nothing() -> None:
    """Who holds the key of another card, of another country, of DG14 on the same curve, or none on this curve."""
    french = make_signer(make_csca(use="french", country="FR"), country="FR")
    good = card(OFFER)
    assert refusal_of(good, evidence(card_security=security_of(signer=french))) == "ca_not_bound"
    assert refusal_of(good, evidence(card_security=security_of(OFFER))) == "ca_not_bound"
    assert refusal_of(good, evidence(card_security=security_of(published(other_key("P-256"))))) == "ca_not_bound"
    assert refusal_of(good, evidence(parameter=12)) == "ca_not_bound"
    assert refusal_of(good, evidence(parameter=0)) == "ca_not_bound"
    assert refusal_of(card(OFFER, published(other_key())), evidence()) == "ca_not_bound"
