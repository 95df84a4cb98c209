"""What is put together of pieces is, to the octet, what `json.dumps` makes of the whole; nothing of one document is kept."""

from __future__ import annotations

import hashlib
import json
import random
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from eid.cards import verdict_json
from eid.cards.document import describe_document, describe_verification
from eid.cards.evidence import EvidentTrust, VerificationEvidence, build_trust
from eid.cards.personalisation import Holder, Signer, personalise
from eid.cards.portrait import draw_portrait
from eid.cards.verdict_json import write_document, write_json, write_receipt_claims, write_steps, write_verdict
from eid.crypto.active_auth import build_chip_answer
from eid.crypto.passive_auth import ChipAnswer, VerifiedDocument, verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT, Policy
from eid.crypto.report import Result, Step
from eid.crypto.x509 import Certificate, write_name
from eid.errors import VerificationFailed
from tests.cards.test_evidence import crl_of
from tests.cards.test_mutants import deck
from tests.crypto.forge import HOLDER, NOW, chip_keys, make_csca, make_signer

SERIAL = 4711
GOOD = Step("card_state", Result.PASSED, None, "The card was issued here and is active.")
OTHER = replace(
    HOLDER,
    pin="901085000102",
    surname="Trần",
    given_names="Văn Minh",
    full_name='Trần Văn "Minh"',
    birth_date=date(1985, 6, 1),
    sex="M",
)


def write_whole(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def trust(*, with_list: bool = True) -> EvidentTrust:
    csca = make_csca()
    return build_trust([csca.build()], [crl_of(csca, SERIAL + 1)] if with_list else [])


def verify(files: dict[str, bytes], found: EvidentTrust, policy: Policy = STRICT, **given: Any) -> VerifiedDocument:
    return verify_document(files, trust_store=found.store, policy=policy, **({"at": NOW} | given))


@cache
def signer() -> Signer:
    """The same certificate for all cards, as a signer has it."""
    forged = make_signer(make_csca(), serial=SERIAL)
    return Signer(forged.key, forged.build())


def good_card(holder: Holder = HOLDER, at: datetime = NOW) -> dict[str, bytes]:
    photo = draw_portrait(holder.pin)
    return personalise(holder, photo=photo, keys=chip_keys(), signer=signer(), issued_on=at.date(), signed_at=at)


def answer() -> ChipAnswer:
    key, challenge = chip_keys().active_authentication, bytes(range(8))
    return ChipAnswer(challenge, build_chip_answer(key, challenge, rng=random.Random(1)))


def documents() -> list[tuple[str, VerifiedDocument, EvidentTrust]]:
    """Documents that pass, of every kind: their steps are passed, not checked and known deviations, with and without evidence."""
    found, bare, anchors = trust(), trust(with_list=False), build_trust(list(deck().trust.values()), [])
    partly = {name: content for name, content in good_card().items() if name != "EF.DG2"}
    cases = [
        ("good", verify(good_card(), found), found),
        ("by precedent", verify(good_card(), found), found),
        ("of another", verify(good_card(holder=OTHER), found), found),
        ("partly read", verify(partly, found), found),
        ("chip asked", verify(good_card(), found, chip_answer=answer()), found),
        ("no list", verify(good_card(), bare), bare),
        ("no time", verify(good_card(), found, at=None), found),
        ("stale list", verify(good_card(), found, ICAO, at=NOW + timedelta(days=200)), found),
    ]
    for mutant in deck().mutants:
        with suppress(VerificationFailed):  # most are refused by every policy
            cases.append((mutant.name, verify(mutant.files, anchors, LENIENT, at=mutant.at), anchors))
    return cases


CASES = documents()


@pytest.mark.parametrize(("document", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_verdict_is_that_of_the_whole_description(document: VerifiedDocument, known: EvidentTrust) -> None:
    steps = (*document.steps, GOOD)
    expected = {**describe_verification(document, steps), "receipt": "a.b-c.d_e"}
    for _ in ("first", "with pieces that are kept"):
        written = write_verdict(write_steps(steps), write_document(document), "a.b-c.d_e")
        assert b"{%b}" % written == write_whole(expected)


@pytest.mark.parametrize("challenge_id", [None, "a challenge"])
@pytest.mark.parametrize(("document", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_receipts_claims_are_those_of_the_whole_description(
    document: VerifiedDocument, known: EvidentTrust, challenge_id: str | None
) -> None:
    evidence = VerificationEvidence("strict", NOW, challenge_id, known.sha256, known.find_consulted_list(document))
    steps = (*document.steps, GOOD)
    expected = describe_claims(document, steps, evidence)
    for _ in ("first", "with pieces that are kept"):
        written = write_receipt_claims(document, write_document(document), write_steps(steps), evidence)
        assert b"{%b}" % written == write_whole(expected)


def describe_claims(document: VerifiedDocument, steps: tuple[Step, ...], evidence: VerificationEvidence) -> Any:
    """The table of docs/cards.md, as a whole."""
    crl, challenge_id = evidence.revocation_list, evidence.challenge_id
    return {
        "verdict": "verified",
        "verified_at": evidence.at.isoformat(),
        "policy": evidence.policy,
        "sod_sha256": document.sod_sha256.hex(),
        "document": describe_document(document),
        "chip_proved": document.chip_proved,
        "challenge_sha256": None if challenge_id is None else hashlib.sha256(challenge_id.encode()).hexdigest(),
        "signer": describe_certificate(document.signer),
        "csca": describe_certificate(document.anchor),
        "trust_store_sha256": evidence.trust_sha256.hex(),
        "crl": None
        if crl is None
        else {
            "number": crl.number,
            "this_update": crl.this_update.isoformat(),
            "next_update": crl.next_update.isoformat() if crl.next_update else None,
        },
        "steps": {step.step: str(step.result) for step in steps},
        "codes": {step.step: step.code for step in steps if step.code is not None},
    }


def describe_certificate(certificate: Certificate) -> dict[str, str]:
    digits = f"{certificate.serial:X}"
    return {
        "subject": write_name(certificate.raw_subject),
        "serial": digits.zfill(len(digits) + len(digits) % 2),
        "sha256": hashlib.sha256(certificate.raw).hexdigest(),
    }


def test_the_cases_have_every_result_and_a_step_twice() -> None:
    steps = [[step.step for step in document.steps] for _name, document, _trust in CASES]
    results = {step.result for _name, document, _trust in CASES for step in document.steps}
    assert results == {Result.PASSED, Result.NOT_CHECKED, Result.KNOWN_DEVIATION}
    assert any(len(set(names)) < len(names) for names in steps)
    assert {document.chip_proved for _name, document, _trust in CASES} == {True, False}


def test_nothing_is_kept_of_a_document_but_what_holds_for_all_of_its_signer() -> None:
    found = trust()
    members = [getattr(verdict_json, name) for name in dir(verdict_json)]
    kept = [one for one in members if hasattr(one, "cache_info") and one.__module__ == verdict_json.__name__]
    assert len(kept) == 3
    sizes = []
    for holder, signed_at in ((HOLDER, NOW), (OTHER, NOW + timedelta(minutes=3)), (OTHER, NOW)):
        document = verify(good_card(holder=holder, at=signed_at), found, at=NOW + timedelta(hours=1))
        evidence = VerificationEvidence("strict", NOW, None, found.sha256, found.find_consulted_list(document))
        write_receipt_claims(document, b"", write_steps(document.steps), evidence)
        sizes.append([function.cache_info().currsize for function in kept])
    assert sizes[0] == sizes[1] == sizes[2]
    assert all(function.cache_info().maxsize for function in kept)


def test_a_chips_answer_is_not_kept() -> None:
    document = verify(good_card(), trust(), chip_answer=answer())
    [told] = [step for step in document.steps if step.step == "active_authentication"]
    assert told.evidence and not verdict_json._may_be_kept(told)


def test_text_is_written_in_its_letters() -> None:
    assert write_json({"a": ["Nguyễn", None, True, 1, '"']}) == '{"a":["Nguyễn",null,true,1,"\\""]}'.encode()
