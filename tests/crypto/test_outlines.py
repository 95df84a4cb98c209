"""What a certificate is found by is the same, whether only that is read or all of it; and only that is read to open a
store."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cryptography_vectors
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.cards.forgery import name_of
from eid.crypto.master_list import find_own_anchors
from eid.crypto.outlines import Certificates, Outline, read_outline
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import STRICT
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import parse_certificate
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import NOW, make_card, make_csca, make_signer
from tests.crypto.test_links import make_link
from tests.crypto.test_master_list import make_list
from tests.crypto.test_specimens import DATA

PKITS = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data" / "certs"
CSCA = make_csca()


def assert_same(data: bytes) -> None:
    found = parse_certificate(data)
    try:
        key_id = found.subject_key_id
    except Malformed:
        key_id = None
    assert read_outline(data) == Outline(found.issuer, found.subject, key_id, found.authority_key_id)


def test_it_is_the_same_of_what_is_forged() -> None:
    link = make_link(CSCA, "outlined", name="Outlined")
    for authority in (
        CSCA,
        link,
        make_signer(CSCA),
        make_csca(subject_key_id=False),
        make_csca(authority_key_id=False),
    ):
        assert_same(authority.build())
    assert read_outline(CSCA.build()).is_self_signed
    assert read_outline(make_csca(subject_key_id=False).build()).is_self_signed
    assert not read_outline(link.build()).is_self_signed
    assert not read_outline(make_link(CSCA, "same name").build()).is_self_signed


def test_it_is_the_same_of_nists_certificates() -> None:
    names = {path.stem for path in PKITS.glob("*.crt")} - {"BadSignedCACert", "InvalidDSASignatureTest6EE"}
    assert len(names) > 400
    for name in names:
        assert_same((PKITS / f"{name}.crt").read_bytes())


@pytest.mark.skipif(not DATA.is_dir(), reason="real certificates are data beside the repository, which are not here")
def test_it_is_the_same_of_real_certificates() -> None:
    found = {path.read_bytes() for path in (DATA / "quirks").glob("*.cer")}
    for path in (DATA / "master-lists").glob("*.ml"):
        found.update(find_own_anchors(path.read_bytes()).raws)
    assert len(found) > 700
    for data in found:
        assert_same(data)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_of_a_damaged_certificate_only_a_refusal_comes_out(at: int, octet: int) -> None:
    damaged = bytearray(_DER)
    damaged[at % len(damaged)] = octet
    try:
        read_outline(bytes(damaged))
    except Malformed as refusal:
        assert refusal.code.startswith(("tlv_", "certificate_malformed"))


_DER = CSCA.build()


def test_a_store_opens_without_reading_its_certificates() -> None:
    """The whole world's CSCAs are there for the one that a document needs."""
    listed = [make_csca(use=f"one of many {number}") for number in range(40)]
    data = make_list(CSCA, *listed)
    parse_certificate.cache_clear()
    store = parse_trust_store([data, CSCA.build()])
    assert len(store.anchors) == 42  # the CSCA in two writings: ECDSA signs anew each time
    assert parse_certificate.cache_info().misses < 10


def test_an_anchor_that_cannot_be_read_is_in_nobodys_way() -> None:
    good = CSCA.build()
    broken = good.replace(good[parse_certificate(good).places.not_before[1]], b"999999999999Z")
    with pytest.raises(Malformed):
        parse_certificate(broken)
    card = make_card(make_signer(CSCA))
    store = TrustStore(Certificates([broken, good]))
    assert verify_document(card, trust_store=store, policy=STRICT, at=NOW).anchor.raw == good
    with pytest.raises(VerificationFailed) as refused:
        verify_document(card, trust_store=TrustStore(Certificates([broken])), policy=STRICT, at=NOW)
    assert (refused.value.step, refused.value.code) == ("csca", "csca_malformed")


def test_certificates_are_a_sequence_each_of_which_is_read_when_asked_for() -> None:
    raws = [make_csca(use=name, subject=name_of(name)).build() for name in ("one", "two", "three")]
    found = Certificates(raws)
    assert [each.raw for each in found] == raws
    assert (found[1].raw, found[1:].raws, len(found)) == (raws[1], tuple(raws[1:]), 3)
    assert found == Certificates(raws)
    assert hash(found) == hash(Certificates(raws))
    assert found != Certificates(raws[1:])
    assert dataclasses.is_dataclass(found[0])
