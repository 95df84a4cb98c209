"""The deck: the good card is accepted, and every mutant is refused at its step with its code."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest

from eid.cards.mutants import Deck, build_deck, make_key
from eid.cards.workshop import Mutant
from eid.crypto.passive_auth import STEPS, verify_document
from eid.crypto.policy import STRICT
from eid.crypto.trust_files import parse_trust_store
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import NOW, make_card, make_csca, make_signer


@cache
def deck() -> Deck:
    return build_deck(make_card(make_signer(make_csca())), at=NOW, make_key=make_key, rng=random.Random(1))


def mutants() -> list[Mutant]:
    return list(deck().mutants)


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_each_mutant_is_refused_at_its_step_with_its_code(mutant: Mutant) -> None:
    trust = parse_trust_store(deck().trust.values(), policy=STRICT)
    arguments = {"trust_store": trust, "policy": STRICT, "at": mutant.at, "chip_answer": mutant.answer}
    if mutant.step is None:
        assert verify_document(mutant.files, **arguments).deviations == ()  # type: ignore[arg-type]
        return
    with pytest.raises(VerificationFailed) as refused:
        verify_document(mutant.files, **arguments)  # type: ignore[arg-type]
    assert (refused.value.step, refused.value.code) == (mutant.step, mutant.code)


def test_the_deck_has_mutants_of_almost_every_step() -> None:
    steps = {mutant.step for mutant in mutants()} - {None}
    never_fail = {"deviation_list", "chip_authentication", "clone_detection"}
    assert steps == set(STEPS) - never_fail
    names = [mutant.name for mutant in mutants()]
    assert len(names) == len(set(names)) > 100


def test_the_documents_count_the_deck_right() -> None:
    told = f"{len(mutants()) - 1} mutants and one good card"
    assert told in (Path(__file__).parents[2] / "docs" / "cards.md").read_text(encoding="utf-8")


def test_a_deck_needs_a_whole_card() -> None:
    files = make_card(make_signer(make_csca()))
    del files["EF.DG13"]
    with pytest.raises(Malformed) as refused:
        build_deck(files, at=NOW, make_key=make_key, rng=random.Random(1))
    assert refused.value.code == "deck_needs_card"
