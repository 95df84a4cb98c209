"""Judging by precedent says what the long way says, of good documents and of all others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.cards.forgery import Authority, name_of
from eid.cards.mutants import build_deck, make_key
from eid.cards.workshop import Mutant
from eid.crypto.checks import precedents
from eid.crypto.lds import SOD
from eid.crypto.passive_auth import verify_document, verify_security_object
from eid.crypto.policy import ICAO, LENIENT, STRICT, Policy
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import HOLDER, NOW, make_card, make_csca, make_signer, make_trust, new_key

AT = NOW + timedelta(days=1)
CSCA = make_csca()


def told(files: dict[str, bytes], trust: TrustStore, policy: Policy = STRICT, at: datetime = AT) -> object:
    """All that comes out of a verification, in JSON's types."""
    try:
        return [step.as_dict() for step in verify_document(files, trust_store=trust, policy=policy, at=at).steps]
    except (VerificationFailed, Malformed) as refusal:
        return refusal.code, getattr(refusal, "evidence", None)


def the_long_way(files: dict[str, bytes], trust: TrustStore, policy: Policy = STRICT, at: datetime = AT) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precedents, "follow_precedent", lambda *given: None)
        return told(files, TrustStore(trust.anchors, trust.revocation_lists), policy, at)


def signers(**changes: object) -> Iterator[Authority]:
    """Three signers of one CSCA that differ in name, key, number and times."""
    for number in range(3):
        starts = NOW - timedelta(days=9, hours=number)
        signer = make_signer(
            CSCA,
            key=new_key("P-256"),
            serial=10**40 + number,
            subject=name_of(f"Signer {number}"),
            starts=starts,
            key_period=(starts, starts + timedelta(days=90)),
        )
        yield replace(signer, **changes)  # type: ignore[arg-type]


@cache
def precedent() -> tuple[TrustStore, tuple[dict[str, bytes], ...]]:
    """A trust store that has seen the cards of two of three signers, and the cards of all."""
    trust = make_trust(CSCA)
    cards = [make_card(signer, holder=replace(HOLDER, pin=f"90119000{n:04d}")) for n, signer in enumerate(signers())]
    for files in cards[:2]:
        assert not isinstance(told(files, trust), tuple)
    return trust, tuple(cards)


def test_cards_of_known_and_of_new_signers_follow_precedents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures of elliptic curves vary in length by an octet or two, so it takes a few documents until each form has a
    precedent; those of RSA do not."""
    csca = make_csca("rsa2048")
    trust = make_trust(csca)
    cards = [make_card(make_signer(csca, "rsa2048", key=new_key("rsa2048"), serial=10**40 + n)) for n in range(3)]
    expected = [the_long_way(files, trust) for files in cards]
    followed = []
    original = precedents.follow_precedent

    def watched(*given: object) -> object:
        followed.append(original(*given))  # type: ignore[arg-type]
        return followed[-1]

    monkeypatch.setattr(precedents, "follow_precedent", watched)
    for _ in range(2):
        assert [told(files, trust) for files in cards] == expected
    assert [found is not None for found in followed] == [False, True, True, True, True, True]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("dsc_not_valid_at_signing", {"ends": NOW - timedelta(days=1)}),
        ("profile_dsc_key_usage_period", {"key_period": (NOW - timedelta(days=8), NOW - timedelta(days=1))}),
        ("profile_dsc_key_usage", {"usage": frozenset({"key_agreement"})}),
        ("profile_dsc_document_type", {"document_types": ("PX",)}),
        ("dsc_signature_invalid", {"issuer_key": new_key("P-384")}),
        ("key_too_small", {"key": new_key("rsa1024")}),
    ],
)
def test_a_signer_that_is_worse_than_the_precedents_is_refused(code: str, changes: dict[str, object]) -> None:
    trust, _cards = precedent()
    files = make_card(next(signers(**changes)))
    found = told(files, trust)
    assert isinstance(found, tuple)
    assert found[0] == code
    assert found == the_long_way(files, trust)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("profile_dsc_key_usage", {"usage": frozenset({"crl_sign"})}),
        ("profile_dsc_document_type", {"document_types": ("PX",)}),
        ("profile_dsc_key_usage_period", {"key_period": (NOW - timedelta(days=8), NOW - timedelta(days=1))}),
        ("dsc_signature_invalid", {"issuer_key": new_key("rsa2048")}),
    ],
)
def test_a_worse_signer_of_the_same_length_is_refused(code: str, changes: dict[str, object]) -> None:
    """Signatures of RSA have one length, so all lies where it lay in the precedent."""
    csca = make_csca("rsa2048")
    trust = make_trust(csca)
    good, worse = make_signer(csca, "rsa2048"), replace(make_signer(csca, "rsa2048", serial=4712), **changes)  # type: ignore[arg-type]
    assert len(good.build()) == len(worse.build())
    for _ in range(2):
        assert not isinstance(told(make_card(good), trust), tuple)
    files = make_card(worse)
    found = told(files, trust)
    assert isinstance(found, tuple)
    assert found[0] == code
    assert found == the_long_way(files, trust)


def test_a_country_in_small_letters_is_not_like_the_precedents() -> None:
    """Of the subject's name only this is judged in step 14. Signatures of RSA have one length, so the form is the same."""
    csca = make_csca("rsa2048")
    trust = make_trust(csca)
    good, small = (
        make_card(make_signer(csca, "rsa2048", serial=10**40 + n, subject=name_of("Signer", country)))
        for n, country in enumerate(("VN", "vn"))
    )
    for _ in range(2):
        assert not isinstance(told(good, trust), tuple)
    found = told(small, trust)
    assert isinstance(found, tuple)
    assert found[0] == "profile_dsc_country_case"
    assert found == the_long_way(small, trust)


def test_a_signer_that_the_store_has_revoked_since_is_refused() -> None:
    """Another store, with other lists, knows no precedent of this one's."""
    from_before, cards = precedent()
    with pytest.raises(VerificationFailed):
        verify_security_object(cards[0][SOD], trust_store=make_trust(make_csca(use="other")), at=AT)
    assert not isinstance(told(cards[0], from_before), tuple)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_few_octets_changed_are_judged_as_the_long_way_judges_them(data: st.DataObject) -> None:
    trust, cards = precedent()
    files = data.draw(st.sampled_from(cards))
    changed = bytearray(files[SOD])
    for at, octet in data.draw(st.lists(st.tuples(st.integers(0, len(changed) - 1), st.integers(0, 255)), max_size=2)):
        changed[at] = octet
    policy = data.draw(st.sampled_from([STRICT, ICAO, LENIENT]))
    other = {**files, SOD: bytes(changed)}
    assert told(other, trust, policy) == the_long_way(other, trust, policy)


def test_every_octet_of_a_security_object_counts_as_much_by_precedent() -> None:
    trust, cards = precedent()
    sod = cards[2][SOD]
    for at in range(len(sod)):
        changed = sod[:at] + bytes([sod[at] ^ 0x01]) + sod[at + 1 :]
        with pytest.raises(VerificationFailed):
            verify_security_object(changed, trust_store=trust, policy=STRICT, at=AT)


def test_every_mutant_is_judged_after_the_good_card_as_before_it() -> None:
    deck = build_deck(precedent()[1][0], at=NOW, make_key=make_key, rng=random.Random(7))
    trust = parse_trust_store(deck.trust.values())
    good = next(mutant for mutant in deck.mutants if mutant.name == "good")
    for mutant in deck.mutants:
        assert judged(good, trust) is None
        assert judged(mutant, trust) == mutant.code, mutant.name


def judged(mutant: Mutant, trust: TrustStore) -> str | None:
    try:
        verify_document(mutant.files, trust_store=trust, policy=STRICT, at=mutant.at, chip_answer=mutant.answer)
    except VerificationFailed as refusal:
        return refusal.code
    return None
