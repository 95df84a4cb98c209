"""Mdocs, ISO/IEC 18013-5: the example of its annex D, the handover of OpenID4VP 1.0, and the laws of issuing and verifying.

Each way of being refused is in the deck of mutants (tests/credentials/test_mutants.py).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.credentials.mutant_workshop import DOC_TYPE, ELEMENTS, NAME_SPACE, Workshop
from eid.credentials.mutants import make_key
from eid.crypto.cbor import Tag, build_cbor, parse_cbor
from eid.crypto.cose import build_cose_key
from eid.crypto.holders import Holder
from eid.crypto.mdoc import Validity, parse_issuer_signed, parse_mso
from eid.crypto.mdoc_device import build_device_response, build_openid4vp_transcript, derive_mac_key
from eid.crypto.mdoc_issuing import MdocSigner, build_issuer_signed, issue_mdocs
from eid.crypto.mdoc_verification import Session, VerifiedMdoc, verify_device_response, verify_issuer_signed
from eid.crypto.status_list import StatusReference
from eid.crypto.x509 import parse_certificate
from eid.errors import VerificationFailed

VECTORS = Path(__file__).parent.parent / "vectors/mdoc"
ANNEX_D = json.loads((VECTORS / "annex_d.json").read_text())
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
DEVICE, READER = make_key(), make_key()
TRANSCRIPT = build_openid4vp_transcript(client_id="c", nonce="n", response_uri="https://r.example", jwk_thumbprint=None)


def octets(name: str) -> bytes:
    return bytes.fromhex("".join(ANNEX_D[name]))


@cache
def shop() -> Workshop:
    return Workshop(NOW, make_key, Random(1))


def issue(elements: dict[str, Any] | None = None, **changes: Any) -> bytes:
    terms: dict[str, Any] = {
        "doc_type": DOC_TYPE,
        "device_key": build_cose_key(DEVICE.public_key()),
        "validity": Validity(NOW, NOW, NOW + timedelta(days=14)),
        "signer": MdocSigner(shop().signer.key, shop().signer.certificate),
        "rng": Random(7),
    }
    return build_issuer_signed({NAME_SPACE: ELEMENTS if elements is None else elements}, **(terms | changes))


def check(data: bytes, **changes: Any) -> VerifiedMdoc:
    terms: dict[str, Any] = {"roots": [parse_certificate(shop().root)], "expected_doc_type": DOC_TYPE, "now": NOW}
    return verify_issuer_signed(data, **(terms | changes))


def show(data: bytes, reveal: set[str], **changes: Any) -> bytes:
    terms: dict[str, Any] = {"doc_type": DOC_TYPE, "key": DEVICE, "transcript": TRANSCRIPT}
    return build_device_response(data, reveal={NAME_SPACE: reveal}, **(terms | changes))


def check_shown(data: bytes, session: Session | None = None) -> VerifiedMdoc:
    return verify_device_response(
        data,
        roots=[parse_certificate(shop().root)],
        expected_doc_type=DOC_TYPE,
        session=session or Session(TRANSCRIPT),
        now=NOW,
    )


def read_annex_d(data: bytes | None = None, **changes: Any) -> VerifiedMdoc:
    reader = ec.derive_private_key(int(ANNEX_D["reader_key"], 16), ec.SECP256R1())
    transcript = parse_cbor(octets("session_transcript_bytes")).value
    terms: dict[str, Any] = {
        "roots": [parse_certificate(octets("iaca"))],
        "expected_doc_type": DOC_TYPE,
        "session": Session(transcript, reader),
        "now": datetime(2021, 1, 1, tzinfo=UTC),
    }
    return verify_device_response(data or octets("device_response"), **(terms | changes))


def test_the_example_of_annex_d_is_verified_whole() -> None:
    """ISO/IEC 18013-5, D.4.1.2, D.5.3, D.7: certificates, signature, digests, and the device's MAC."""
    mdoc = read_annex_d()
    said = mdoc.elements[NAME_SPACE]
    assert (said["family_name"], said["document_number"]) == ("Doe", "123456789")
    assert said["issue_date"] == Tag(1004, "2019-10-20")
    assert [each["vehicle_category_code"] for each in said["driving_privileges"]] == ["A", "B"]
    assert len(said["portrait"]) == 1042
    device = ec.derive_private_key(int(ANNEX_D["device_key"], 16), ec.SECP256R1())
    assert mdoc.device_key.public_numbers() == device.public_key().public_numbers()


def test_the_mac_key_of_annex_d_is_derived() -> None:
    """D.5.3."""
    keys = [ec.derive_private_key(int(ANNEX_D[name], 16), ec.SECP256R1()) for name in ("device_key", "reader_key")]
    transcript = parse_cbor(octets("session_transcript_bytes")).value
    assert derive_mac_key(keys[0], keys[1].public_key(), transcript).hex() == ANNEX_D["mac_key"]
    assert derive_mac_key(keys[1], keys[0].public_key(), transcript).hex() == ANNEX_D["mac_key"]


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"session": Session(TRANSCRIPT, READER)}, "device_auth"),
        ({"now": datetime(2021, 11, 1, tzinfo=UTC)}, "certificate"),
        ({"roots": []}, "certificate"),
        ({"expected_doc_type": "org.example"}, "doc_type"),
    ],
)
def test_the_example_of_annex_d_is_refused_on_other_terms(changes: dict[str, Any], step: str) -> None:
    with pytest.raises(VerificationFailed) as refusal:
        read_annex_d(**changes)
    assert refusal.value.step == step


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_octet_of_the_example_that_is_altered_is_refused(data: st.DataObject) -> None:
    """But for the map that says whether an answer went well there is no octet that nothing is over."""
    sent = octets("device_response")
    at = data.draw(st.integers(0, len(sent) - 1))
    changed = sent[:at] + bytes([sent[at] ^ data.draw(st.integers(1, 255))]) + sent[at + 1 :]
    with pytest.raises(VerificationFailed):
        read_annex_d(changed)


def test_the_transcript_of_openid4vp_is_that_of_its_example() -> None:
    """OpenID4VP 1.0, B.2.6.1."""
    example = json.loads((VECTORS / "openid4vp.json").read_text())
    built = build_openid4vp_transcript(
        client_id=example["client_id"],
        nonce=example["nonce"],
        response_uri=example["response_uri"],
        jwk_thumbprint=bytes.fromhex(example["jwk_thumbprint"]),
    )
    assert built.hex() == example["session_transcript"]


def test_what_is_issued_says_all_and_holds() -> None:
    status = StatusReference("https://issuer.example/status/1", 9)
    mdoc = check(issue(status=status))
    assert mdoc.elements == {NAME_SPACE: dict(ELEMENTS)}
    assert (mdoc.status, mdoc.doc_type) == (status, DOC_TYPE)
    assert mdoc.validity == Validity(NOW, NOW, NOW + timedelta(days=14))


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9), st.integers(), max_size=9
    )
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_issued_is_verified(elements: dict[str, int]) -> None:
    small = {name: value % (1 << 64) for name, value in elements.items()}
    if small:
        assert check(issue(small)).elements == {NAME_SPACE: small}


@given(st.sets(st.sampled_from(sorted(ELEMENTS))), st.booleans())
@settings(max_examples=30, deadline=None)
def test_a_reader_learns_what_is_shown_and_nothing_else(reveal: set[str], by_mac: bool) -> None:
    """9.1.3.5, 9.1.3.6: by a signature, or by a MAC that only this reader can check."""
    shown = show(issue(), reveal, reader_key=READER.public_key() if by_mac else None)
    mdoc = check_shown(shown, Session(TRANSCRIPT, READER if by_mac else None))
    assert mdoc.elements.get(NAME_SPACE, {}) == {name: ELEMENTS[name] for name in reveal}
    hidden = {str(value) for name, value in ELEMENTS.items() if name not in reveal and isinstance(value, str)}
    assert not [value for value in hidden if value.encode() in shown]


def test_a_mac_for_another_reader_is_refused() -> None:
    shown = show(issue(), set(), reader_key=READER.public_key())
    for session in (Session(TRANSCRIPT), Session(TRANSCRIPT, make_key()), Session(b"\xf6", READER)):
        with pytest.raises(VerificationFailed) as refusal:
            check_shown(shown, session)
        assert (refusal.value.step, refusal.value.code) == ("device_auth", "device_mac")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_octet_of_what_is_shown_that_is_altered_is_refused(data: st.DataObject) -> None:
    sent = show(issue(), {"family_name", "age_over_18"})
    at = data.draw(st.integers(0, len(sent) - 1))
    changed = sent[:at] + bytes([sent[at] ^ data.draw(st.integers(1, 255))]) + sent[at + 1 :]
    with pytest.raises(VerificationFailed):
        check_shown(changed)


def test_salts_are_long_and_all_different_and_identifiers_say_nothing_of_the_order() -> None:
    """9.1.2.5."""
    orders = set()
    for seed in range(20):
        items = parse_issuer_signed(parse_cbor(issue(rng=Random(seed)))).items[NAME_SPACE]
        assert len({item.random for item in items}) == len(ELEMENTS)
        assert all(len(item.random) == 32 for item in items)
        assert sorted(item.digest_id for item in items) == list(range(len(ELEMENTS)))
        orders.add(tuple(item.name for item in items))
    assert len(orders) > 10


@pytest.mark.parametrize("count", [1, 24, 25, 232, 233, 256])
def test_a_document_of_any_number_of_elements_is_verified(count: int) -> None:
    """9.1.2.5: the digest identifiers are all of one length, where there are many too."""
    elements = {f"element_{at}": at for at in range(count)}
    data = issue(elements)
    assert check(data).elements[NAME_SPACE] == elements
    ids = {item.digest_id for item in parse_issuer_signed(parse_cbor(data)).items[NAME_SPACE]}
    assert len(ids) == count
    assert len({len(build_cbor(each)) for each in ids}) == 1


def check_form(payload: bytes | None) -> None:
    """RFC 8949, 4.2.1: what is signed is put together from pieces, and is what we and cbor2 make of the whole."""
    mso = parse_cbor(payload or b"").value
    assert cbor2.dumps(cbor2.loads(mso), canonical=True) == build_cbor(parse_cbor(mso)) == mso


def test_documents_that_are_issued_together_are_each_their_holders() -> None:
    keys = [build_cose_key(make_key().public_key()) for _ in range(3)]
    holders = [Holder(key, StatusReference("https://issuer.example/status/1", at)) for at, key in enumerate(keys)]
    signer = MdocSigner(shop().signer.key, shop().signer.certificate)
    spaces = {NAME_SPACE: ELEMENTS, "vn.example": {"points": 12}}
    terms: dict[str, Any] = {"doc_type": DOC_TYPE, "validity": Validity(NOW, NOW, NOW + timedelta(days=14))}
    issued = issue_mdocs(spaces, holders, signer=signer, rng=Random(7), **terms)
    salts = []
    for data, (key, status) in zip(issued, holders, strict=True):
        verified = check(data)
        assert (verified.elements, build_cose_key(verified.device_key), verified.status) == (spaces, key, status)
        read = parse_issuer_signed(parse_cbor(data))
        check_form(read.issuer_auth.payload)
        salts += [item.random for named in read.items.values() for item in named]
    assert len(set(salts)) == len(salts) == 3 * (len(ELEMENTS) + 1)
    check_form(parse_issuer_signed(parse_cbor(issue(status=None))).issuer_auth.payload)
    with pytest.raises(ValueError, match="bound to a key"):
        issue_mdocs(spaces, [Holder()], signer=signer, rng=Random(7), **terms)


def test_two_of_the_same_have_no_digest_in_common() -> None:
    one, other = (
        parse_mso(parse_issuer_signed(parse_cbor(issue(rng=Random(seed)))).issuer_auth.payload) for seed in (1, 2)
    )
    assert not set(one.digests[NAME_SPACE].values()) & set(other.digests[NAME_SPACE].values())
    assert one.version == "1.0"
