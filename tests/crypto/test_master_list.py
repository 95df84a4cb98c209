"""Master lists: believed by their signature, their signer's role and an anchor; refused with the step otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from eid.cards.forgery import Authority, Forge
from eid.crypto.master_list import MASTER_LIST, VerifiedMasterList, verify_master_list
from eid.crypto.policy import LENIENT, STRICT
from eid.crypto.sod import CONTENT_TYPE
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_set, build_tlv, parse_tlv
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import NOW, make_csca, make_signer, make_trust

ROLE = "2.23.136.1.1.3"


def make_list(
    *listed: Authority,
    version: int = 0,
    content_type: str = MASTER_LIST,
    signer: Authority | None = None,
    **changes: Any,
) -> bytes:
    content = build_sequence(build_integer(version), build_set([authority.build() for authority in listed]))
    kind = build_sequence(build_oid(CONTENT_TYPE), build_tlv(0x31, build_oid(content_type)))
    sod = Forge(
        groups={},
        at=NOW,
        signer=signer or make_signer(make_csca(), extended_usage=ROLE, document_types=None),
        content=content,
        content_type=content_type,
        change_attributes=lambda found: [kind, *found[1:]],
        **changes,
    ).build()
    [signed] = parse_tlv(sod, 0x77).children()
    return signed.raw


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
