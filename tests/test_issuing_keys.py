"""Keys that issue have certificates: made with the key, believed by verifiers, kept until the last credential is dead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography import x509
from flask import Flask

from eid.clock import wall_now
from eid.crypto.iaca import MDOC_SIGNER, verify_issuer
from eid.crypto.x509 import Certificate, parse_certificate
from eid.errors import Unavailable, VerificationFailed
from eid.issuing_keys import CERTIFIED
from eid.key_rotation import rotate_authority, rotate_signing_keys
from eid.keystore import AuthorityUse, Keystore, KeyUse, current_keystore
from tests.engines import one_engine

HERE, ELSEWHERE = "https://eid.example", "https://moved.example"
USAGES = {KeyUse.MDOC: MDOC_SIGNER, KeyUse.PAPERS: None, KeyUse.VERIFIER: None, KeyUse.WALLET_PROVIDER: None}


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(wall_now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def keystore(tmp_path: Path) -> Keystore:
    return Keystore(tmp_path, may_create=True, public_url=HERE)


def production(keystore: Keystore, public_url: str = HERE) -> Keystore:
    return Keystore(keystore.directory, may_create=False, public_url=public_url)


def roots(keystore: Keystore, use: AuthorityUse) -> list[Certificate]:
    return [parse_certificate(each.der) for each in keystore.issuing_keys.find_authorities(use)]


def believe(keystore: Keystore, use: KeyUse, certificate: bytes) -> None:
    verify_issuer([certificate], anchors=roots(keystore, CERTIFIED[use][0]), at=wall_now(), usage=USAGES.get(use))


@pytest.mark.parametrize("use", CERTIFIED)
def test_a_signers_certificate_comes_from_its_authority_in_the_profile_of_annex_b(
    keystore: Keystore, use: KeyUse
) -> None:
    """ISO/IEC 18013-5, tables B.1 and B.3"""
    signer = keystore.issuing_keys.find_signer(use)
    believe(keystore, use, signer.certificate)
    certificate = x509.load_der_x509_certificate(signer.certificate)
    certificate.verify_directly_issued_by(keystore.issuing_keys.find_authorities(CERTIFIED[use][0])[0].certificate)
    assert certificate.public_key() == signer.key.private_key.public_key()


def test_who_signs_an_sd_jwt_vc_may_not_sign_an_mdoc(keystore: Keystore) -> None:
    credential_signer = keystore.find_credential_signer()
    assert credential_signer.certificate is not None
    with pytest.raises(VerificationFailed) as refusal:
        believe(keystore, KeyUse.MDOC, credential_signer.certificate)
    assert refusal.value.code == "signer_profile"


def test_who_asks_is_certified_by_another_authority_than_who_issues(keystore: Keystore) -> None:
    with pytest.raises(VerificationFailed) as refusal:
        believe(keystore, KeyUse.PAPERS, keystore.find_verifier_signer().certificate)
    assert refusal.value.code == "issuer_unknown"


def test_a_verifiers_certificate_names_its_host(keystore: Keystore) -> None:
    """OpenID4VP 1.0, section 5.9.3: x509_san_dns"""
    certificate = x509.load_der_x509_certificate(keystore.find_verifier_signer().certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["eid.example"]


def test_production_makes_no_certificate_by_itself(keystore: Keystore) -> None:
    keystore.find_signing_key(KeyUse.MDOC)
    with pytest.raises(Unavailable) as refusal:
        production(keystore).find_mdoc_signer()
    assert refusal.value.code == "certificate_missing"
    keystore.find_mdoc_signer()
    assert production(keystore).find_mdoc_signer().certificate == keystore.find_mdoc_signer().certificate


def test_production_signs_with_no_certificate_that_names_another_place(keystore: Keystore) -> None:
    """A demo's certificate says that it is reached at localhost"""
    keystore.find_mdoc_signer()
    with pytest.raises(Unavailable) as refusal:
        production(keystore, ELSEWHERE).find_mdoc_signer()
    assert refusal.value.code == "certificate_unfit"


def test_a_demo_that_moved_certifies_its_keys_anew(keystore: Keystore) -> None:
    before = keystore.find_mdoc_signer()
    moved = Keystore(keystore.directory, may_create=True, public_url=ELSEWHERE)
    after = moved.find_mdoc_signer()
    assert after.certificate != before.certificate
    assert after.key.public_key() == before.key.public_key()
    believe(moved, KeyUse.MDOC, after.certificate)


def test_a_certificate_outlasts_whatever_is_signed_under_it(keystore: Keystore, clock: Any) -> None:
    certificate = x509.load_der_x509_certificate(keystore.find_mdoc_signer().certificate)
    clock.move_to(certificate.not_valid_after_utc - timedelta(days=15, seconds=1))
    assert production(keystore).find_mdoc_signer()
    clock.shift(timedelta(seconds=2))
    with pytest.raises(Unavailable) as refusal:
        production(keystore).find_mdoc_signer()
    assert refusal.value.code == "certificate_unfit"


def test_one_object_signs_so_that_what_it_writes_once_is_written_once(keystore: Keystore) -> None:
    assert keystore.find_credential_signer() is keystore.find_credential_signer()


@one_engine
@pytest.mark.parametrize("use", [KeyUse.PAPERS, KeyUse.MDOC])
def test_a_rotation_certifies_the_next_key_before_it_signs_and_keeps_the_old_certificate(
    app: Flask, clock: Any, use: KeyUse
) -> None:
    keys = current_keystore().issuing_keys
    before = keys.find_signer(use)
    (following,) = rotate_signing_keys(use).following
    named = {one.key.kid: signer.certificate for one, signer in keys.find_signers(use)}
    assert keys.find_signer(use).certificate == before.certificate
    clock.move_to(following.signs_from)
    assert keys.find_signer(use).certificate == named[following.key.kid]
    assert before.certificate in [signer.certificate for _, signer in keys.find_signers(use)]
    clock.shift(timedelta(days=16))
    rotate_signing_keys(use)
    assert before.certificate not in [signer.certificate for _, signer in keys.find_signers(use)]


@one_engine
def test_a_new_authority_certifies_who_comes_next_and_the_old_one_is_still_published(app: Flask, clock: Any) -> None:
    keystore = current_keystore()
    before = keystore.find_mdoc_signer()
    assert "CN=eid synthetic IACA 2" in rotate_authority(AuthorityUse.IACA)
    assert keystore.find_mdoc_signer().certificate == before.certificate
    (following,) = rotate_signing_keys(KeyUse.MDOC).following
    clock.move_to(following.signs_from)
    after = keystore.find_mdoc_signer()
    old, new = roots(keystore, AuthorityUse.IACA)
    for certificate, root in ((before.certificate, old), (after.certificate, new)):
        verify_issuer([certificate], anchors=[root], at=wall_now(), usage=MDOC_SIGNER)
