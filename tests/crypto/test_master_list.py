"""Master lists: believed by their signature, their signer's role and an anchor; refused with the step otherwise."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from eid.cards.certificates import build_crl
from eid.cards.forgery import Authority, Forge
from eid.crypto.master_list import (
    MASTER_LIST,
    ListChanges,
    VerifiedMasterList,
    compare_master_lists,
    verify_master_list,
)
from eid.crypto.outlines import Certificates
from eid.crypto.policy import LENIENT, STRICT
from eid.crypto.sod import CONTENT_TYPE
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_set, build_tlv, parse_tlv
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import parse_certificate
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import NOW, make_csca, make_signer, make_trust
from tests.crypto.test_links import make_link

ROLE = "2.23.136.1.1.3"


def make_list(
    *listed: Authority,
    version: int = 0,
    content_type: str = MASTER_LIST,
    signer: Authority | None = None,
    at: datetime | None = NOW,
    **changes: Any,
) -> bytes:
    content = build_sequence(build_integer(version), build_set([authority.build() for authority in listed]))
    kind = build_sequence(build_oid(CONTENT_TYPE), build_tlv(0x31, build_oid(content_type)))
    sod = Forge(
        groups={},
        at=at,
        signer=signer or make_signer(make_csca(), extended_usage=ROLE, document_types=None),
        content=content,
        content_type=content_type,
        change_attributes=lambda found: [kind, *found[1:]],
        **changes,
    ).build()
    [signed] = parse_tlv(sod, 0x77).children()
    return signed.raw


@cache
def make_csca_file() -> bytes:
    return make_csca().build()


FRENCH = make_csca(use="french", country="FR")


def verify(data: bytes, trust: TrustStore | None = None) -> VerifiedMasterList:
    return verify_master_list(data, trust_store=trust or make_trust(make_csca()), policy=STRICT)


def refusal_of(data: bytes, trust: TrustStore | None = None) -> tuple[str, str]:
    with pytest.raises(VerificationFailed) as refused:
        verify(data, trust)
    assert refused.value.evidence["steps"]
    return refused.value.step, refused.value.code


def test_a_good_list_makes_anchors() -> None:
    """ICAO 9303-12, 9."""
    listed = verify(make_list(make_csca(), FRENCH))
    assert {certificate.country for certificate in listed.certificates} == {"VN", "FR"}
    assert listed.signed_at == NOW


def test_its_signer_must_have_the_role() -> None:
    """ICAO 9303-12, table 6: extended key usage 2.23.136.1.1.3."""
    other = make_signer(make_csca(), document_types=None)
    assert refusal_of(make_list(FRENCH, signer=other)) == ("profiles", "profile_role")
    deviations = make_signer(make_csca(), extended_usage="2.23.136.1.1.8", document_types=None)
    assert refusal_of(make_list(FRENCH, signer=deviations)) == ("profiles", "profile_dsc_other_role")


def test_a_list_of_a_stranger_is_refused() -> None:
    assert refusal_of(make_list(FRENCH), TrustStore(())) == ("csca", "csca_not_found")
    assert refusal_of(make_list(FRENCH), make_trust(make_csca(use="namesake"))) == (
        "signer_chain",
        "dsc_signature_invalid",
    )


def test_a_signer_past_its_time_is_refused() -> None:
    late = make_signer(make_csca(), extended_usage=ROLE, document_types=None, ends=NOW - timedelta(days=1))
    assert refusal_of(make_list(FRENCH, signer=late)) == ("validity", "dsc_not_valid_at_signing")


def test_what_is_no_list_is_refused() -> None:
    assert refusal_of(make_list(FRENCH, version=1)) == ("list", "ml_malformed")
    assert refusal_of(make_list()) == ("list", "ml_malformed")
    assert refusal_of(make_list(FRENCH, content_type="1.2.3")) == ("content_type", "econtent_type")
    assert refusal_of(make_list(FRENCH)[:-1]) == ("structure", "ml_malformed")
    changed = bytearray(make_list(FRENCH))
    changed[300] ^= 1
    assert refusal_of(bytes(changed))[0] in ("list", "signed_attributes", "structure")


def test_a_list_is_not_rolled_back() -> None:
    """Whoever keeps a list back and gives it out again brings back what was taken off since."""
    trust, day = make_trust(make_csca()), timedelta(days=1)
    with pytest.raises(VerificationFailed) as refused:
        verify_master_list(make_list(FRENCH), trust_store=trust, not_before_signed=NOW + day)
    assert (refused.value.step, refused.value.code) == ("list", "ml_rolled_back")
    for known in (NOW - day, NOW):
        assert verify_master_list(make_list(FRENCH), trust_store=trust, not_before_signed=known).signed_at == NOW
    with pytest.raises(VerificationFailed) as refused:
        verify_master_list(make_list(FRENCH, at=None), trust_store=trust, not_before_signed=NOW)
    assert (refused.value.step, refused.value.code) == ("list", "ml_time_unknown")


def test_what_changed_between_two_lists() -> None:
    names = ("one", "two", "three")
    one, two, three = (parse_certificate(make_csca(use=name).build()) for name in names)
    before, now = verify(make_list(FRENCH)), verify(make_list(FRENCH))
    before = dataclasses.replace(before, certificates=Certificates([one.raw, two.raw]))
    now = dataclasses.replace(now, certificates=Certificates([two.raw, three.raw]))
    assert compare_master_lists(before, now) == ListChanges(
        added=Certificates([three.raw]), removed=Certificates([one.raw])
    )
    assert compare_master_lists(now, now) == ListChanges(Certificates([]), Certificates([]))


def test_a_list_whose_signer_is_revoked_is_refused() -> None:
    csca = make_csca()
    certificate = x509.load_der_x509_certificate(csca.build())
    crl = build_crl(certificate, csca.key, at=NOW, revoked=[4711]).public_bytes(Encoding.DER)
    assert refusal_of(make_list(FRENCH), make_trust(csca, crls=[crl])) == ("revocation", "dsc_revoked")


def test_a_list_of_a_csca_that_a_link_leads_to_is_believed() -> None:
    link = make_link(make_csca(), "heir of the list", name="Heir")
    signer = make_signer(link, extended_usage=ROLE, document_types=None)
    trust = TrustStore([parse_certificate(make_csca_file())], links=[parse_certificate(link.build())])
    assert verify(make_list(FRENCH, signer=signer), trust).anchor.raw == make_csca_file()


def test_every_certificate_of_a_list_is_an_anchor_even_a_link_whose_csca_is_gone() -> None:
    """ICAO 9303-12, 5.3: the state that signed the list vouches for each."""
    link = make_link(make_csca(use="gone", country="FR"), "link without its CSCA", name="Heir")
    store = parse_trust_store([make_list(link), make_csca().build()], policy=STRICT)
    assert len(store.anchors) == 2
    assert store.links == ()


def test_a_store_of_a_list_and_its_anchor_holds_both() -> None:
    store = parse_trust_store([make_list(FRENCH), make_csca().build()])
    assert {anchor.country for anchor in store.anchors} == {"VN", "FR"}


def test_a_list_alone_is_vouched_for_by_whoever_gives_it() -> None:
    store = parse_trust_store([make_list(make_csca(), FRENCH)])
    assert len(store.anchors) == 2
    with pytest.raises(VerificationFailed) as refused:
        parse_trust_store([make_list(FRENCH)])
    assert refused.value.code == "csca_not_found"


def test_a_list_beside_a_strange_anchor_is_refused() -> None:
    with pytest.raises(VerificationFailed) as refused:
        parse_trust_store([make_list(make_csca()), FRENCH.build()], policy=LENIENT)
    assert refused.value.code == "csca_not_found"


def test_files_that_are_nothing_are_refused() -> None:
    for data in (b"", b"\x30\x00", build_sequence(build_oid("1.2.3"), build_tlv(0xA0))):
        with pytest.raises((Malformed, VerificationFailed)):
            parse_trust_store([data])
