"""What the authority publishes is what verifiers need, and stays so as the world's clock moves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from flask import Flask

from eid.app import create_app
from eid.cards import authority, revocation, signing_keys
from eid.cards.certificates import CSCA_SIGNS, build_csca_certificate
from eid.cards.folder import read_trust
from eid.cards.models import RevocationReason, write_serial
from eid.cards.revocation import list_signers, revoke_signer
from eid.cards.service import IssuedCard, issue_card, list_due_cards
from eid.cards.signing_keys import ROLL_OVER, encode, find_style, generate_key
from eid.clock import advance_world, world_now
from eid.config import Argon2Cost, Mode, current_settings
from eid.crypto.algorithms import parse_scheme, verify_signature
from eid.crypto.key_kinds import KeyKind
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import STRICT
from eid.crypto.report import Result
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import parse_certificate
from eid.db import db
from eid.errors import Conflict, NotFound, Unavailable, VerificationFailed
from eid.keystore import CertificateUse, CertifiedKey, current_keystore, open_keystore
from eid.population.models import Person
from tests.conftest import make_settings, running_app

PRODUCTION: dict[str, Any] = {
    "mode": Mode.PRODUCTION,
    "public_url": "https://eid.example",
    "face_matcher": "none",
    "argon2": Argon2Cost(),
}


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
    [first, second] = [parse_certificate(anchor) for anchor in authority.list_anchors()]
    new, old = (verify_document(made.files, trust_store=store, policy=STRICT) for made in (later, card))
    assert (new.anchor.subject_key_id, old.anchor.subject_key_id) == (second.subject_key_id, first.subject_key_id)


def test_a_new_csca_is_linked_by_the_old_ones_key_while_that_may_still_sign(app: Flask) -> None:
    """ICAO 9303-12, 4.2.1: the link certificate has the new subject and key, and the old key's signature."""
    first = parse_certificate(authority.list_anchors()[0])
    advance_world(CSCA_SIGNS - ROLL_OVER + timedelta(days=1))
    published = authority.list_publications()
    assert sorted(published) == ["csca-0001.cer", "csca-0001.crl", "csca-0002.cer", "link-0002.cer", "master-list.ml"]
    new, link = (parse_certificate(published[name]) for name in ("csca-0002.cer", "link-0002.cer"))
    assert (link.raw_subject, link.raw_public_key) == (new.raw_subject, new.raw_public_key)
    assert (link.raw_issuer, link.authority_key_id) == (first.raw_subject, first.subject_key_id)
    scheme = parse_scheme(link.algorithm)
    verify_signature(first.public_key, scheme, signature=link.signature, message=link.raw_tbs, step="", code="")
    ends = first.private_key_usage_period[1]
    assert ends is not None and world_now() < ends and link.not_before < ends
    assert link.not_after <= first.not_after


def test_a_clock_that_jumps_over_decades_leaves_no_gap_between_cscas(app: Flask) -> None:
    """What was due meanwhile is done as of when it was due, so a verifier with the first CSCA reaches the last."""
    authority.list_anchors()
    advance_world(timedelta(days=365 * 22))
    published = {name: parse_certificate(data) for name, data in authority.list_publications().items() if "cer" in name}
    assert sorted(published)[-1] == "link-0005.cer"
    for number in range(2, 6):
        link, before = published[f"link-{number:04d}.cer"], published[f"csca-{number - 1:04d}.cer"]
        assert link.authority_key_id == before.subject_key_id
        starts, ends = before.private_key_usage_period
        assert starts is not None and ends is not None and starts < link.not_before < ends


def test_one_list_of_the_newest_key_covers_every_key_of_the_csca(card: IssuedCard) -> None:
    """ICAO 9303-12, 7.2: a CSCA has one list, whatever key it has by now; also of what older keys certified."""
    serial = verify_document(card.files, trust_store=find_store()).signer.serial
    advance_world(timedelta(days=366 * 6))
    revoke_signer(write_serial(serial), reason=RevocationReason.KEY_COMPROMISE)
    [crl] = find_store().revocation_lists
    newest = parse_certificate(authority.list_anchors()[-1])
    verify_signature(
        newest.public_key, parse_scheme(crl.algorithm), signature=crl.signature, message=crl.raw_tbs, step="", code=""
    )
    assert crl.revoked == {serial}
    with pytest.raises(VerificationFailed) as refused:
        verify_document(card.files, trust_store=find_store(), policy=STRICT, at=world_now())
    assert (refused.value.step, refused.value.code) == ("revocation", "dsc_revoked")


def test_every_card_of_a_revoked_signer_is_refused_and_the_next_is_signed_by_another(
    card: IssuedCard, other_person: Person
) -> None:
    [signer] = [signer for signer in list_signers() if signer.cards]
    assert signer.cards == 1 and signer.serial == card.card.signer_serial
    assert revoke_signer(signer.serial, reason=RevocationReason.KEY_COMPROMISE).revoked_at is not None
    later = issue_card(other_person.pin)
    assert later.card.signer_serial != signer.serial
    verify_document(later.files, trust_store=find_store(), policy=STRICT, at=world_now())
    with pytest.raises(VerificationFailed) as refused:
        verify_document(card.files, trust_store=find_store(), policy=STRICT, at=world_now())
    assert refused.value.code == "dsc_revoked"


def test_cards_from_before_their_signer_was_kept_are_found_by_their_day(card: IssuedCard, other_person: Person) -> None:
    serial, other = card.card.signer_serial, issue_card(other_person.pin).card
    card.card.signer_serial = other.signer_serial = None
    other.issued_on = other.issued_on - timedelta(days=40)
    db.session.commit()
    assert serial is not None
    assert revoke_signer(serial, reason=RevocationReason.KEY_COMPROMISE).cards == 1
    assert [due.person.id for due in list_due_cards(within=timedelta())] == [card.card.person_id]


def test_a_signer_is_revoked_once_and_must_be_known(card: IssuedCard) -> None:
    serial = card.card.signer_serial
    assert serial is not None
    written = ":".join(serial[at : at + 2] for at in range(0, len(serial), 2)).lower()
    revoke_signer(written, reason=RevocationReason.SUPERSEDED)  # as openssl prints it
    with pytest.raises(Conflict) as again:
        revoke_signer(serial, reason=RevocationReason.SUPERSEDED)
    assert again.value.code == "signer_revoked"
    for unknown in ("", "0", "00", "12AB", "x" * 500):
        with pytest.raises(NotFound) as missing:
            revoke_signer(unknown, reason=RevocationReason.SUPERSEDED)
        assert missing.value.code == "signer_unknown"


def test_numbers_of_lists_grow_and_their_next_update_is_ahead(card: IssuedCard) -> None:
    """ICAO 9303-12, 7.2; RFC 5280, 5.2.3. A day, a revocation, another in the same second: each makes a new list."""
    authority.publish_trust()  # a signer of the master list, too
    lists = [load_crl()]
    advance_world(timedelta(days=1))
    lists.append(load_crl())
    for signer in list_signers():
        revoke_signer(signer.serial, reason=RevocationReason.CESSATION)
        lists.append(load_crl())
    numbers = [crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for crl in lists]
    assert numbers == sorted(set(numbers)) and len(numbers) == 4
    assert all(crl.next_update_utc is not None and crl.next_update_utc > world_now() for crl in lists)
    assert [len(list(crl)) for crl in lists] == [0, 0, 1, 2]


def test_a_list_is_the_same_for_every_process_on_one_day(card: IssuedCard) -> None:
    first = authority.list_revocation_lists()
    revocation._sign_list.cache_clear()
    assert authority.list_revocation_lists() == first


def find_store() -> TrustStore:
    authority.publish_trust()
    return parse_trust_store([*authority.list_anchors(), *authority.list_revocation_lists()], policy=STRICT)


def load_crl() -> x509.CertificateRevocationList:
    [crl] = authority.list_revocation_lists()
    return x509.load_der_x509_crl(crl)


def test_a_csca_from_before_names_were_kept_has_its_own_list_and_a_successor_of_its_name(app: Flask) -> None:
    """Key stores of earlier versions hold CSCAs whose names bear a number each."""
    keystore, style = current_keystore(), find_style(current_keystore())
    for number in (1, 2):
        key = generate_key(KeyKind.P_384)
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
                x509.NameAttribute(NameOID.COMMON_NAME, "eid synthetic CSCA"),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{number:03d}"),
            ]
        )
        certificate = build_csca_certificate(key, at=world_now().replace(microsecond=0), style=style, name=name)
        keystore.add_certified_key(CertificateUse.CSCA, CertifiedKey(key, certificate))
    assert {"csca-0001.crl", "csca-0002.crl"} <= set(authority.list_publications())
    advance_world(timedelta(days=365 * 5))
    published = authority.list_publications()
    assert {name for name in published if name.endswith(".crl")} == {"csca-0001.crl", "csca-0002.crl"}
    assert (
        parse_certificate(published["csca-0003.cer"]).raw_subject
        == parse_certificate(published["csca-0002.cer"]).raw_subject
    )


def test_in_production_no_key_is_made(tmp_path: Path, database_url: str) -> None:
    demo = make_settings(tmp_path, database_url)
    create_app(demo)  # makes the keys of cookies, as an operator would
    app = create_app(make_settings(tmp_path, database_url, **PRODUCTION))
    with app.app_context(), pytest.raises(Unavailable) as refused:
        authority.find_csca()
    assert refused.value.code == "key_missing"


def test_every_process_signs_with_the_same_keys(app: Flask) -> None:
    assert authority.find_document_signer().certificate == authority.find_document_signer().certificate
    assert authority.find_csca() is authority.find_csca()


def test_an_operator_makes_the_keys_of_production(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_app(make_settings(tmp_path, database_url))
    with running_app(make_settings(tmp_path, database_url, **PRODUCTION)):
        authority.make_due_keys()
        assert len(authority.list_anchors()) == 1
        authority.make_due_keys()
        assert len(authority.list_anchors()) == 1
        assert [str(signer.use) for signer in list_signers()] == ["document-signer", "master-list-signer"]
        monkeypatch.setattr(signing_keys, "world_now", lambda: world_now() + timedelta(days=70))
        authority.make_due_keys()  # thirty days ahead, so that whoever does this once a month is never late
        assert [str(signer.use) for signer in list_signers()] == [*["document-signer"] * 2, "master-list-signer"]
        assert "https://eid.example/trust/csca-0001.crl" in str(
            current_keystore().find_certified_keys(CertificateUse.DOCUMENT_SIGNER)[0].certificate.extensions
        )


def test_processes_that_roll_over_together_agree_on_one_successor(app: Flask) -> None:
    authority.list_anchors()
    advance_world(CSCA_SIGNS)
    db.session.remove()
    barrier = threading.Barrier(6)

    def find() -> bytes:
        with app.app_context():
            barrier.wait()
            keystore = open_keystore(current_settings())  # as another process would
            return encode(authority.find_csca(keystore).certificate)

    with ThreadPoolExecutor(6) as pool:
        found = {done.result() for done in [pool.submit(find) for _ in range(6)]}
    assert len(found) == 1 and len(authority.list_anchors()) == 2


def test_a_csca_made_for_a_signer_does_not_begin_after_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly they are made: here, a second passes between any two looks at the clock."""
    first, seconds = world_now(), count()
    monkeypatch.setattr(signing_keys, "world_now", lambda: first + timedelta(seconds=next(seconds)))
    signer = parse_certificate(authority.find_document_signer().certificate)
    [csca] = [parse_certificate(anchor) for anchor in authority.list_anchors()]
    assert csca.not_before <= signer.not_before
