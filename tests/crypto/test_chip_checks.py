"""Steps 22 to 25: what a reader found out at the chip counts only for keys that EF.SOD binds."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.cards.forgery import Forge
from eid.crypto.active_auth import build_chip_answer
from eid.crypto.chip_access import AccessProtocol
from eid.crypto.chip_auth import ChipAuthenticationEvidence, ChipAuthenticationKey, list_chip_authentication_keys
from eid.crypto.lds import CARD_ACCESS, COM, SOD, build_com, data_group_file
from eid.crypto.passive_auth import ChipAnswer, VerifiedDocument, verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT, Policy
from eid.crypto.report import Result
from eid.crypto.security_infos import parse_dg14
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_set, build_tlv
from eid.errors import VerificationFailed
from tests.crypto.forge import LATER, NOW, chip_keys, groups_of, key_of, make_card, make_csca, make_signer, make_trust

CHALLENGE = bytes(range(8))


@cache
def good() -> Mapping[str, bytes]:
    return make_card(make_signer(make_csca()))


def without(*numbers: int) -> dict[str, bytes]:
    """The good card signed without these data groups."""
    groups = {number: data for number, data in groups_of(dict(good())).items() if number not in numbers}
    files = {data_group_file(number): data for number, data in groups.items()}
    files[COM] = build_com(sorted(groups))
    files[CARD_ACCESS] = good()[CARD_ACCESS]
    files[SOD] = Forge(groups, make_signer(make_csca()), NOW).build()
    return files


def with_dg14(content: bytes) -> dict[str, bytes]:
    groups = {**groups_of(dict(good())), 14: content}
    return {**good(), "EF.DG14": content, SOD: Forge(groups, make_signer(make_csca()), NOW).build()}


def evidence(*, answered: bool = True, **changes: Any) -> ChipAuthenticationEvidence:
    """What a reader brings from the good card's chip."""
    [key] = list_chip_authentication_keys(parse_dg14(good()["EF.DG14"]))
    return ChipAuthenticationEvidence(replace(key, **changes), answered)


def answer() -> ChipAnswer:
    key = chip_keys().active_authentication
    return ChipAnswer(CHALLENGE, build_chip_answer(key, CHALLENGE, rng=random.Random(1)))


def verify(files: Mapping[str, bytes], policy: Policy = STRICT, **rest: Any) -> VerifiedDocument:
    return verify_document(files, trust_store=make_trust(make_csca()), policy=policy, at=LATER, **rest)


def refusal_of(files: Mapping[str, bytes], policy: Policy = STRICT, **rest: Any) -> tuple[str, str]:
    with pytest.raises(VerificationFailed) as refused:
        verify(files, policy, **rest)
    return refused.value.step, refused.value.code


def outcome(document: VerifiedDocument, name: str) -> tuple[Result, str | None]:
    [step] = [step for step in document.steps if step.step == name]
    return step.result, step.code


# (23) chip authentication


def test_chip_authentication_alone_proves_that_the_chip_is_no_copy() -> None:
    """ICAO 9303-11, 6.2."""
    document = verify(good(), chip_authentication=evidence())
    assert document.chip_proved
    assert outcome(document, "chip_authentication") == (Result.PASSED, None)
    assert outcome(document, "active_authentication") == (Result.NOT_CHECKED, "aa_not_done")
    assert outcome(document, "clone_detection") == (Result.PASSED, None)


def test_active_authentication_alone_does_too() -> None:
    document = verify(good(), chip_answer=answer())
    assert document.chip_proved
    assert outcome(document, "chip_authentication") == (Result.NOT_CHECKED, "ca_not_done")
    assert outcome(document, "clone_detection") == (Result.PASSED, None)


def test_without_either_nothing_is_proved() -> None:
    document = verify(good())
    assert not document.chip_proved
    assert outcome(document, "clone_detection") == (Result.NOT_CHECKED, "clone_detection_not_done")


def test_both_must_hold_where_both_were_done() -> None:
    assert refusal_of(good(), chip_answer=answer(), chip_authentication=evidence(answered=False)) == (
        "chip_authentication",
        "ca_failed",
    )
    wrong = ChipAnswer(CHALLENGE, bytes(64))
    assert refusal_of(good(), chip_answer=wrong, chip_authentication=evidence()) == (
        "active_authentication",
        "aa_signature_invalid",
    )


@pytest.mark.parametrize("policy", [STRICT, ICAO, LENIENT], ids=lambda policy: policy.name)
def test_a_chip_that_could_not_follow_is_a_copy(policy: Policy) -> None:
    refused = refusal_of(good(), policy, chip_authentication=evidence(answered=False))
    assert refused == ("chip_authentication", "ca_failed")


def test_evidence_for_another_key_does_not_count() -> None:
    """A copy would bring a DG14 of its own to the reader; only the one that EF.SOD binds matters."""
    other = key_of("bp256", "stranger").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for changes in ({"public_key_info": other}, {"protocol": "0.4.0.127.0.7.2.2.3.2.1"}, {"key_id": 1}):
        refused = refusal_of(good(), chip_authentication=evidence(**changes))
        assert refused == ("chip_authentication", "ca_not_bound")


def test_evidence_does_not_count_where_dg14_is_not_signed_or_not_read() -> None:
    for files in (without(14), {name: data for name, data in good().items() if name != "EF.DG14"}):
        refused = refusal_of(files, chip_authentication=evidence())
        assert refused == ("chip_authentication", "ca_not_bound")


def test_a_dg14_that_cannot_be_read_binds_nothing() -> None:
    """A key with a negative number: DG14 is signed, and still nonsense."""
    key = chip_keys().chip_authentication.public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    entry = build_sequence(build_oid("0.4.0.127.0.7.2.2.1.2"), info, build_integer(-1))
    files = with_dg14(build_tlv(0x6E, build_set([entry])))
    used = ChipAuthenticationKey("0.4.0.127.0.7.2.2.3.2.1", -1, info)
    refused = refusal_of(files, chip_authentication=ChipAuthenticationEvidence(used, answered=True))
    assert refused == ("chip_authentication", "ca_malformed")


# (24) access


def test_a_chip_opened_by_pace_passes() -> None:
    document = verify(good(), access=AccessProtocol.PACE)
    assert outcome(document, "access_control") == (Result.PASSED, None)


@pytest.mark.parametrize("access", [AccessProtocol.BAC, AccessProtocol.NONE])
@pytest.mark.parametrize("hidden", [False, True], ids=["offered", "hidden"])
def test_a_weaker_access_than_offered_is_a_deviation(access: AccessProtocol, hidden: bool) -> None:
    """ICAO 9303-11, 4.2: PACE is to be used where the chip has it; DG14 tells, also where EF.CardAccess was kept back."""
    files = {name: data for name, data in good().items() if not hidden or name != CARD_ACCESS}
    assert refusal_of(files, access=access) == ("access_control", "access_downgraded")
    for policy in (ICAO, LENIENT):
        document = verify(files, policy, access=access)
        assert outcome(document, "access_control") == (Result.KNOWN_DEVIATION, "access_downgraded")


@pytest.mark.parametrize("policy", [STRICT, ICAO, LENIENT], ids=lambda policy: policy.name)
def test_a_card_access_that_was_altered_is_never_let_pass(policy: Policy) -> None:
    files = {**good(), CARD_ACCESS: good()[CARD_ACCESS].replace(b"\x02\x01\x0d", b"\x02\x01\x0c")}
    for access in (None, *AccessProtocol):
        assert refusal_of(files, policy, access=access) == ("access_control", "access_downgraded")


@pytest.mark.parametrize("access", [None, *AccessProtocol])
def test_a_chip_that_offers_no_pace_is_opened_as_it_can_be(access: AccessProtocol | None) -> None:
    files = without(14)
    document = verify(files, access=access)
    assert outcome(document, "access_control") == (Result.NOT_CHECKED, "access_not_bound")
    del files[CARD_ACCESS]
    document = verify(files, access=access)
    assert outcome(document, "access_control") == (Result.NOT_CHECKED, "access_not_read")


# (25) copies


@pytest.mark.parametrize("number", [14, 15])
def test_one_key_is_enough_to_tell_copies(number: int) -> None:
    document = verify(without(number))
    assert outcome(document, "clone_detection") == (Result.NOT_CHECKED, "clone_detection_not_done")


def test_a_chip_without_keys_is_called_copyable() -> None:
    document = verify(without(14, 15))
    assert outcome(document, "clone_detection") == (Result.NOT_CHECKED, "clone_detection_absent")
