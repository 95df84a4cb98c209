"""A card of ours proves its holder only when its files, its chip, its state and its challenge all hold."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from flask import Flask

from eid.cards import authority
from eid.cards.folder import write_card_folder
from eid.cards.models import CardState
from eid.cards.reader import DemoCard, read_demo_card
from eid.cards.receipts import issue_receipt_without_chip
from eid.cards.service import (
    CardVerification,
    IssuedCard,
    issue_card,
    issue_card_receipt,
    open_challenge,
    report_card_lost,
    return_card,
    revoke_card,
    verify_card,
    withhold_card,
)
from eid.cards.verification import FOUND_AT_ONCE, _find_cards, current_trust, verify_card_without_chip
from eid.clock import advance_world, wall_now
from eid.crypto.jwt import verify_jwt
from eid.db import db
from eid.errors import Malformed, VerificationFailed
from eid.keystore import KeyUse, current_keystore
from eid.population.models import Person
from tests.engines import one_engine
from tests.turns import both_engines


@pytest.fixture
def chip(card: IssuedCard, tmp_path: Path) -> DemoCard:
    write_card_folder(card, tmp_path / "card")
    return read_demo_card(tmp_path / "card")


def present(chip: DemoCard, files: Mapping[str, bytes] | None = None, **expected: int) -> CardVerification:
    challenge = open_challenge()
    response = chip.answer_challenge(challenge.challenge)
    return verify_card(files or chip.files, challenge_id=challenge.id, response=response, **expected)


def refusal_of(chip: DemoCard, files: Mapping[str, bytes] | None = None, **expected: int) -> tuple[str, str]:
    with pytest.raises(VerificationFailed) as refused:
        present(chip, files, **expected)
    assert refused.value.evidence["steps"]
    return refused.value.step, refused.value.code


def test_an_issued_card_is_verified_under_the_strict_policy_without_deviation(chip: DemoCard, person: Person) -> None:
    found = present(chip, expected_person_id=person.id)
    assert found.person_id == person.id
    assert found.document.chip_proved
    assert found.document.deviations == ()
    assert found.document.details is not None and found.document.details.full_name == "Nguyễn Thị Hoa"
    unchecked = {step.step for step in found.steps if step.result == "not_checked"}
    assert unchecked == {"deviation_list", "chip_authentication"}


@both_engines
@pytest.mark.parametrize("others", [0, 1, FOUND_AT_ONCE - 1, FOUND_AT_ONCE, 2 * FOUND_AT_ONCE])
def test_a_card_is_found_among_however_many_are_asked_for(chip: DemoCard, person: Person, others: int) -> None:
    digest = hashlib.sha256(chip.files["EF.SOD"]).digest()
    unknown = [hashlib.sha256(bytes([number])).digest() for number in range(others)]
    for asked in ([digest, *unknown], [*unknown, digest]):
        found = _find_cards(asked)
        assert list(found) == [digest]
        assert (found[digest].person_id, found[digest].state) == (person.id, CardState.ACTIVE)
    assert _find_cards(unknown) == {}


def test_the_card_of_somebody_else_is_refused(chip: DemoCard, other_person: Person) -> None:
    assert refusal_of(chip, expected_person_id=other_person.id) == ("card_holder", "card_of_another")


def test_a_replaced_card_is_refused_although_its_signatures_hold(chip: DemoCard, person: Person) -> None:
    issue_card(person.pin)
    assert refusal_of(chip) == ("card_state", "card_replaced")


@pytest.mark.parametrize(
    ("end", "code"),
    [(revoke_card, "card_revoked"), (withhold_card, "card_withheld"), (report_card_lost, "card_lost")],
)
def test_an_ended_card_is_refused_although_its_signatures_hold(
    chip: DemoCard, person: Person, end: object, code: str
) -> None:
    end(person.id, reason="test")  # type: ignore[operator]
    assert refusal_of(chip) == ("card_state", code)


def test_a_returned_card_is_good_again(chip: DemoCard, person: Person) -> None:
    withhold_card(person.id, reason="custody")
    return_card(person.id)
    assert present(chip).person_id == person.id


def test_an_expired_card_is_refused(chip: DemoCard) -> None:
    advance_world(timedelta(days=366 * 20))
    assert refusal_of(chip) == ("document_expiry", "document_expired")


def test_a_card_of_our_signer_that_the_register_does_not_know_is_refused(chip: DemoCard, card: IssuedCard) -> None:
    db.session.delete(card.card)
    db.session.commit()
    assert refusal_of(chip) == ("card_state", "card_unknown")


def test_a_world_moved_by_decades_still_issues_and_old_anchors_stay(
    chip: DemoCard, card: IssuedCard, person: Person, other_person: Person, tmp_path: Path
) -> None:
    advance_world(timedelta(days=366 * 3))
    assert present(chip).person_id == person.id
    advance_world(timedelta(days=366 * 30))
    write_card_folder(issue_card(other_person.pin), tmp_path / "later")
    assert present(read_demo_card(tmp_path / "later")).person_id == other_person.id
    assert len(authority.list_anchors()) == 7  # one every five years less ninety days, each linked to the one before


def test_a_challenge_is_answered_once(chip: DemoCard) -> None:
    """ICAO 9303-11, 6.1: the challenge is fresh."""
    challenge = open_challenge()
    response = chip.answer_challenge(challenge.challenge)
    verify_card(chip.files, challenge_id=challenge.id, response=response)
    db.session.commit()
    with pytest.raises(VerificationFailed) as refused:
        verify_card(chip.files, challenge_id=challenge.id, response=response)
    assert (refused.value.step, refused.value.code) == ("active_authentication", "aa_nonce_reused")


def test_a_challenge_is_used_up_by_a_wrong_answer_too(chip: DemoCard) -> None:
    challenge = open_challenge()
    with pytest.raises(VerificationFailed) as wrong:
        verify_card(chip.files, challenge_id=challenge.id, response=bytes(64))
    assert wrong.value.code == "aa_signature_invalid"
    with pytest.raises(VerificationFailed) as again:
        verify_card(chip.files, challenge_id=challenge.id, response=chip.answer_challenge(challenge.challenge))
    assert again.value.code == "aa_nonce_reused"


def test_a_challenge_lives_five_minutes_of_wall_time(chip: DemoCard) -> None:
    with time_machine.travel(wall_now(), tick=False) as traveller:
        challenge = open_challenge()
        response = chip.answer_challenge(challenge.challenge)
        traveller.shift(timedelta(minutes=5))
        with pytest.raises(VerificationFailed) as refused:
            verify_card(chip.files, challenge_id=challenge.id, response=response)
    assert refused.value.code == "aa_nonce_expired"


def test_a_challenge_of_nobody_is_refused(chip: DemoCard) -> None:
    with pytest.raises(VerificationFailed) as refused:
        verify_card(chip.files, challenge_id="nobody", response=bytes(64))
    assert refused.value.code == "aa_nonce_unknown"


@both_engines
def test_of_two_answers_to_one_challenge_at_once_one_is_accepted(app: Flask, chip: DemoCard) -> None:
    challenge = open_challenge()
    challenge_id, response = challenge.id, chip.answer_challenge(challenge.challenge)
    db.session.rollback()  # outside a request, SQLite's write lock is held from the first look until the end
    barrier, outcomes = threading.Barrier(4), []

    def answer() -> None:
        with app.app_context():
            barrier.wait()
            try:
                issue_card_receipt(chip.files, challenge_id=challenge_id, response=response)
                outcomes.append("verified")
            except VerificationFailed as refused:
                outcomes.append(refused.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=answer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["aa_nonce_reused"] * 3 + ["verified"]


def test_a_copy_of_the_files_without_the_chip_is_refused(chip: DemoCard, other_person: Person, tmp_path: Path) -> None:
    """The cloned chip: right files, another key."""
    write_card_folder(issue_card(other_person.pin), tmp_path / "clone")
    clone = read_demo_card(tmp_path / "clone")
    assert refusal_of(clone, chip.files) == ("active_authentication", "aa_signature_invalid")


def test_a_receipt_is_signed_and_names_its_evidence(app: Flask, chip: DemoCard, card: IssuedCard) -> None:
    challenge = open_challenge()
    receipt = issue_card_receipt(
        chip.files, challenge_id=challenge.id, response=chip.answer_challenge(challenge.challenge)
    )
    key = current_keystore().find_signing_key(KeyUse.RECEIPTS).public_jwk()
    claims = _claims(receipt.token, key)
    assert claims["sod_sha256"] == card.card.sod_sha256.hex()
    assert claims["steps"]["active_authentication"] == "passed"
    assert claims["steps"]["revocation"] == claims["steps"]["card_state"] == "passed"
    assert claims["codes"] == {"deviation_list": "dvl_absent", "chip_authentication": "ca_not_done"}
    assert (claims["verdict"], claims["policy"], claims["chip_proved"]) == ("verified", "strict", True)
    assert claims["challenge_sha256"] == hashlib.sha256(challenge.id.encode()).hexdigest()


def test_a_receipt_names_certificates_and_list_as_others_read_them(app: Flask, chip: DemoCard) -> None:
    """`cryptography` reads the same anchor and list: serial numbers, digests and the CRL number (RFC 5280, 5.2.3)."""
    claims = _claims(
        issue_receipt_without_chip(chip.files).token, current_keystore().find_signing_key(KeyUse.RECEIPTS).public_jwk()
    )
    [anchor], [crl] = authority.list_anchors(), authority.list_revocation_lists()
    csca, revocations = x509.load_der_x509_certificate(anchor), x509.load_der_x509_crl(crl)
    assert claims["csca"]["sha256"] == csca.fingerprint(hashes.SHA256()).hex()
    assert int(claims["csca"]["serial"], 16) == csca.serial_number
    number = revocations.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    assert claims["crl"] == {
        "number": number,
        "this_update": revocations.last_update_utc.isoformat(),
        "next_update": revocations.next_update_utc.isoformat(),  # type: ignore[union-attr]
    }
    digests = sorted(hashlib.sha256(part).digest() for part in (anchor, crl))
    assert claims["trust_store_sha256"] == hashlib.sha256(b"".join(digests)).hexdigest()
    signer = authority.find_document_signer().certificate
    assert claims["signer"]["sha256"] == hashlib.sha256(signer).hexdigest()
    assert (claims["chip_proved"], claims["challenge_sha256"]) == (False, None)


def test_what_is_remembered_of_signers_goes_with_the_list(chip: DemoCard) -> None:
    present(chip)
    before = current_trust()
    assert before is current_trust()
    advance_world(timedelta(days=1))
    assert current_trust() is not before
    assert present(chip).evidence.trust_sha256 != before.sha256


def test_a_card_that_was_not_handed_over_is_refused(chip: DemoCard, card: IssuedCard) -> None:
    card.card.state = CardState.MADE
    db.session.commit()
    assert refusal_of(chip) == ("card_state", "card_made")


@pytest.mark.parametrize("state", [state for state in CardState if state is not CardState.ACTIVE])
def test_without_its_chip_a_card_in_no_state_but_active_is_verified(
    chip: DemoCard, card: IssuedCard, state: CardState
) -> None:
    if state is CardState.EXPIRED:
        advance_world(timedelta(days=366 * 20))
    else:
        card.card.state = state
        db.session.commit()
    with pytest.raises(VerificationFailed) as refused:
        verify_card_without_chip(chip.files)
    expected = "document_expired" if state is CardState.EXPIRED else f"card_{state}"
    assert refused.value.code == expected


def _claims(token: str, key: dict[str, object]) -> dict[str, Any]:
    from_nobody_in_particular = {"expected_issuer": "http://localhost:8000", "expected_audience": None}
    verified = verify_jwt(
        token,
        keys=[key],
        expected_typ="eid-card-receipt+jwt",
        now=wall_now(),
        **from_nobody_in_particular,  # type: ignore[arg-type]
    )
    return dict(verified.claims)


def test_private_keys_are_never_accepted(chip: DemoCard) -> None:
    with pytest.raises(Malformed) as refused:
        present(chip, {**chip.files, "chip_keys.json": b"{}"})
    assert refused.value.code == "chip_keys_uploaded"


@one_engine
@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ({"passwd": b""}, "file_unknown"),
        ({"dg1.bin": b""}, "file_twice"),
        ({"EF.DG3": bytes(300_000)}, "file_too_large"),
        ({f"x{n}": b"" for n in range(20)}, "too_many_files"),
    ],
)
def test_uploads_that_are_no_chip_are_refused(chip: DemoCard, extra: dict[str, bytes], code: str) -> None:
    with pytest.raises(Malformed) as refused:
        present(chip, {**chip.files, **extra})
    assert refused.value.code == code
