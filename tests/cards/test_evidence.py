"""What a verification rested on: lists that were consulted, and a trust store that is named by what is in it."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from eid.cards.certificates import build_crl
from eid.cards.evidence import ConsultedList, EvidentTrust, build_trust
from eid.cards.forgery import Authority
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import STRICT
from eid.errors import VerificationFailed
from tests.crypto.forge import LATER, NOW, make_card, make_csca, make_signer

SERIAL = 4711


def crl_of(csca: Authority, *revoked: int) -> bytes:
    certificate = x509.load_der_x509_certificate(csca.build())
    return build_crl(certificate, csca.key, at=NOW, revoked=revoked).public_bytes(Encoding.DER)


def trust_of(csca: Authority, *revoked: int) -> EvidentTrust:
    return build_trust([csca.build()], [crl_of(csca, *revoked)])


def test_a_signer_on_the_list_is_refused_and_one_that_is_not_is_not() -> None:
    csca = make_csca()
    files = make_card(make_signer(csca, serial=SERIAL))
    verified = verify_document(files, trust_store=trust_of(csca, SERIAL + 1).store, policy=STRICT, at=NOW)
    assert verified.signer.serial == SERIAL
    with pytest.raises(VerificationFailed) as refused:
        verify_document(files, trust_store=trust_of(csca, SERIAL).store, policy=STRICT, at=NOW)
    assert (refused.value.step, refused.value.code) == ("revocation", "dsc_revoked")


def test_the_list_that_was_consulted_is_the_newest_of_the_csca() -> None:
    csca = make_csca()
    certificate = x509.load_der_x509_certificate(csca.build())
    newer = build_crl(certificate, csca.key, at=LATER).public_bytes(Encoding.DER)
    trust = build_trust([csca.build()], [crl_of(csca), newer])
    document = verify_document(make_card(make_signer(csca)), trust_store=trust.store, policy=STRICT, at=LATER)
    found = trust.find_consulted_list(document)
    assert isinstance(found, ConsultedList)
    assert found.number == int(LATER.timestamp())
    assert found.next_update is not None and found.this_update <= LATER < found.next_update


def test_without_a_list_none_was_consulted() -> None:
    csca = make_csca()
    trust = build_trust([csca.build()], [])
    document = verify_document(make_card(make_signer(csca)), trust_store=trust.store, policy=STRICT, at=NOW)
    assert trust.find_consulted_list(document) is None


def test_a_store_is_named_by_what_is_in_it_in_whatever_order() -> None:
    one, two = make_csca().build(), make_csca(use="other csca").build()
    assert build_trust([one, two], []).sha256 == build_trust([two, one], []).sha256
    assert build_trust([one], []).sha256 != build_trust([one, two], []).sha256
