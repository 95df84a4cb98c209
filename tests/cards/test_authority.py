"""What the authority publishes is what verifiers need, and stays so as the world's clock moves."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from flask import Flask

from eid.app import create_app
from eid.cards import authority
from eid.cards.folder import read_trust
from eid.cards.service import IssuedCard, issue_card
from eid.clock import advance_world, world_now
from eid.config import Mode
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import STRICT
from eid.crypto.report import Result
from eid.crypto.x509 import parse_certificate
from eid.errors import Unavailable
from eid.population.models import Person
from tests.conftest import make_settings


def test_a_card_verifies_against_the_published_folder_alone(card: IssuedCard) -> None:
    store = read_trust(authority.publish_trust(), policy=STRICT)
    document = verify_document(card.files, trust_store=store, policy=STRICT, at=world_now())
    assert [step.result for step in document.steps if step.step == "revocation"] == [Result.PASSED]
    assert len(store.anchors) == 1


def test_the_folder_holds_certificates_lists_of_revocation_and_a_master_list(card: IssuedCard) -> None:
    folder = authority.publish_trust()
    assert sorted(path.name for path in folder.iterdir()) == ["csca-0001.cer", "csca-0001.crl", "master-list.ml"]


def test_old_and_new_cards_verify_after_a_change_of_csca(card: IssuedCard, other_person: Person) -> None:
    advance_world(timedelta(days=366 * 3 + 366 * 3))
    later = issue_card(other_person.pin)
    store = read_trust(authority.publish_trust(), policy=STRICT)
    assert len(store.anchors) == 2
    [first, second] = store.anchors
    assert verify_document(later.files, trust_store=store, policy=STRICT).anchor.raw == second.raw
    assert verify_document(card.files, trust_store=store, policy=STRICT).anchor.raw == first.raw


def test_in_production_no_key_is_made(tmp_path: Path, database_url: str) -> None:
    demo = make_settings(tmp_path, database_url)
    create_app(demo)  # makes the keys of cookies, as an operator would
    app = create_app(make_settings(tmp_path, database_url, mode=Mode.PRODUCTION, public_url="https://eid.example"))
    with app.app_context(), pytest.raises(Unavailable) as refused:
        authority.find_csca()
    assert refused.value.code == "key_missing"


def test_every_process_signs_with_the_same_keys(app: Flask) -> None:
    assert authority.find_document_signer().certificate == authority.find_document_signer().certificate
    assert authority.find_csca() is authority.find_csca()


def test_a_csca_made_for_a_signer_does_not_begin_after_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly they are made: here, a second passes between any two looks at the clock."""
    first, seconds = world_now(), count()
    monkeypatch.setattr(authority, "world_now", lambda: first + timedelta(seconds=next(seconds)))
    signer = parse_certificate(authority.find_document_signer().certificate)
    [csca] = [parse_certificate(anchor) for anchor in authority.list_anchors()]
    assert csca.not_before <= signer.not_before
