"""Every sentence of a verification is said in Vietnamese, whatever is wrong with a card."""

from __future__ import annotations

import random
import re
from functools import cache

import pytest
from flask import Flask
from flask_babel import force_locale

from eid.cards.mutants import build_deck, make_key
from eid.cards.verification import UNUSABLE
from eid.crypto.passive_auth import STEPS as ALL_STEPS
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import LENIENT, STRICT, Policy
from eid.crypto.report import Result, Step
from eid.crypto.trust_files import parse_trust_store
from eid.errors import VerificationFailed
from eid.web.card_words import STEPS, say_detail, say_steps
from tests.crypto.forge import NOW, make_card, make_csca, make_signer, make_trust
from tests.engines import one_engine

pytestmark = one_engine


@cache
def find_details() -> frozenset[str]:
    """Sentences of a deck of mutants under the strictest and the most lenient policy, and of cards of other keys."""
    found: set[str] = set()
    deck = build_deck(make_card(make_signer(make_csca())), at=NOW, make_key=make_key, rng=random.Random(1))
    trust = parse_trust_store(deck.trust.values(), policy=LENIENT)
    for mutant in deck.mutants:
        for policy in (STRICT, LENIENT):
            for at in (mutant.at, None):
                found |= _details_of(dict(mutant.files), trust, policy, at, mutant.answer)
    for signer, csca in (("rsa2048", "rsa4096"), ("bp256", "bp384")):
        authority = make_csca(csca, use="words")
        found |= _details_of(make_card(make_signer(authority, signer)), make_trust(authority), STRICT, NOW, None)
    return frozenset(found)


def _details_of(files, trust, policy: Policy, at, answer) -> set[str]:  # type: ignore[no-untyped-def]
    try:
        steps = verify_document(files, trust_store=trust, policy=policy, at=at, chip_answer=answer).steps
    except VerificationFailed as refusal:
        told: list[dict[str, str]] = refusal.evidence["steps"]  # type: ignore[assignment]
        return {step["detail"] for step in told}
    return {step.detail for step in steps}


def test_no_sentence_of_a_step_is_left_in_english(app: Flask) -> None:
    with app.test_request_context(), force_locale("vi"):
        sentences = {detail.split(" The setting ")[0] for detail in find_details()}
        english = sorted(sentence for sentence in sentences if say_detail(sentence) == sentence)
    assert len(find_details()) > 90
    assert english == []


def test_in_english_a_sentence_says_what_it_said(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        changed = {detail: say_detail(detail) for detail in find_details() if say_detail(detail) != detail}
    expected = {re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3/\2/\1", text) for text in changed}
    expected = {re.sub(r"(?<=\(policy icao) or (?=lenient\))", " / ", text) for text in expected}
    expected -= {text for text in expected if text.endswith("until 31/12/9999.")}
    assert expected <= set(changed.values())


def test_every_step_has_a_name(app: Flask) -> None:
    assert set(STEPS) == {*ALL_STEPS, "card_state", "card_holder"}
    with app.test_request_context(), force_locale("vi"):
        said = say_steps([Step(name, Result.PASSED, None, "The signature holds.") for name in STEPS])
    assert all(step.name != str(english) for step, english in zip(said, _english(app), strict=True))
    assert {(step.result, step.kind, step.code) for step in said} == {("đạt", "success", "")}


def _english(app: Flask) -> list[str]:
    with app.test_request_context(), force_locale("en"):
        return [str(name) for name in STEPS.values()]


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("The digests hold of DG1, DG2.", "Giá trị băm khớp với DG1, DG2."),
        (
            "The signer's certificate was not valid when it signed. (2026-03-02)",
            "Chứng thư của người ký không có hiệu lực lúc ký. (02/03/2026)",
        ),
        (
            "Digests are by SHA-1. The setting sha1 (policy lenient) would let it pass.",
            "Giá trị băm dùng SHA-1. Thiết lập sha1 (chính sách lenient) sẽ cho qua.",
        ),
    ],
)
def test_a_sentence_keeps_its_figures_its_subject_and_its_hint(app: Flask, detail: str, said: str) -> None:
    with app.test_request_context(), force_locale("vi"):
        found = say_detail(detail)
    assert found == said


@pytest.mark.parametrize("detail", list(UNUSABLE.values()))
def test_the_states_of_a_card_are_said(app: Flask, detail: str) -> None:
    with app.test_request_context(), force_locale("vi"):
        assert say_detail(detail) != detail
