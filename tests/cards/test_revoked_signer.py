"""A signer on its CSCA's list is not believed any more: every card that it signed is refused, and another signs the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from eid.cards import authority
from eid.cards.folder import write_card_folder
from eid.cards.models import RevocationReason, write_serial
from eid.cards.reader import read_demo_card
from eid.cards.revocation import revoke_signer
from eid.cards.service import IssuedCard, issue_card, open_challenge
from eid.cards.verification import current_trust, verify_card, verify_card_without_chip
from eid.errors import VerificationFailed
from eid.population.models import Person


def test_a_card_of_a_revoked_signer_is_refused_although_its_signature_holds(
    card: IssuedCard, other_person: Person, tmp_path: Path
) -> None:
    write_card_folder(card, tmp_path / "card")
    chip = read_demo_card(tmp_path / "card")
    before = current_trust()
    verify_card_without_chip(chip.files)
    certificate = x509.load_der_x509_certificate(authority.find_document_signer().certificate)
    revoke_signer(write_serial(certificate.serial_number), reason=RevocationReason.KEY_COMPROMISE)
    drawn = open_challenge()
    with pytest.raises(VerificationFailed) as refused:
        verify_card(chip.files, challenge_id=drawn.id, response=chip.answer_challenge(drawn.challenge))
    assert (refused.value.step, refused.value.code) == ("revocation", "dsc_revoked")
    assert current_trust() is not before
    write_card_folder(issue_card(other_person.pin), tmp_path / "next")
    assert verify_card_without_chip(read_demo_card(tmp_path / "next").files).person_id == other_person.id
