"""Step 17: revocation lists of a CSCA and of its successors; stale, partial, foreign and missing ones."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest

from eid.cards.forgery import Authority, name_of
from eid.crypto.algorithms import build_signature_algorithm, parse_algorithm, scheme_for, sign
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT, Demand, Policy
from eid.crypto.report import Step
from eid.crypto.revocation_lists import RevocationList, Scope, read_revocation_list
from eid.crypto.tlv import (
    SEQUENCE,
    build_integer,
    build_oid,
    build_sequence,
    build_time,
    build_tlv,
    parse_tlv,
)
from eid.crypto.trust import TrustStore
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import LATER, NOW, key_of, make_card, make_csca, make_signer
from tests.crypto.test_links import make_link, read

DELTA, DISTRIBUTION_POINT, CERTIFICATE_ISSUER, REASON = "2.5.29.27", "2.5.29.28", "2.5.29.29", "2.5.29.21"
ISSUER_NAMES = "2.5.29.18"
OLD = make_csca()
RENAMED = make_link(OLD, "renamed", name="New CSCA")
SERIAL = 4711


def extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return build_sequence(build_oid(oid), *([b"\x01\x01\xff"] if critical else []), build_tlv(0x04, value))


def make_list(
    issuer: Authority,
    *revoked: int,
    at: datetime = NOW,
    lasts: timedelta | None = timedelta(days=90),
    extensions: tuple[bytes, ...] = (),
    entry: tuple[bytes, ...] = (),
    key: Any = None,
    version: int = 1,
    hash_name: str = "sha384",
) -> RevocationList:
    """A list of this CSCA in which every entry has these extensions."""
    key = key or issuer.key
    scheme = scheme_for(key, hash_name=hash_name)
    of_entry = [build_sequence(*entry)] if entry else []
    entries = [build_sequence(build_integer(serial), build_time(at), *of_entry) for serial in revoked]
    tbs = build_sequence(
        build_integer(version),
        build_signature_algorithm(scheme),
        issuer.subject.public_bytes(),
        build_time(at),
        *([build_time(at + lasts)] if lasts is not None else []),
        *([build_sequence(*entries)] if entries else []),
        *([build_tlv(0xA0, build_sequence(*extensions))] if extensions else []),
    )
    signature = build_tlv(0x03, b"\x00", sign(key, scheme, tbs))
    whole = build_sequence(tbs, build_signature_algorithm(scheme), signature)
    return read_revocation_list(parse_tlv(whole, SEQUENCE))


def store_of(*lists: RevocationList, links: tuple[Authority, ...] = ()) -> TrustStore:
    return TrustStore(read(OLD), lists, links=read(*links))


def step_of(
    store: TrustStore,
    policy: Policy = STRICT,
    *,
    issuer: Authority = OLD,
    serial: int = SERIAL,
    at: datetime | None = LATER,
) -> Step | tuple[str, str]:
    """What step 17 says of a card of this signer: the step, or where it refuses, step and code."""
    files = make_card(make_signer(issuer, serial=serial))
    try:
        document = verify_document(files, trust_store=store, policy=policy, at=at)
    except VerificationFailed as refusal:
        return refusal.step, refusal.code
    return next(step for step in document.steps if step.step == "revocation")


def result_of(store: TrustStore, policy: Policy = STRICT, **kwargs: Any) -> tuple[str, str | None]:
    found = step_of(store, policy, **kwargs)
    return (str(found.result), found.code) if isinstance(found, Step) else found


PASSED = ("passed", None)


def test_the_newest_list_that_holds_is_asked() -> None:
    """RFC 5280, 6.3.3."""
    assert result_of(store_of(make_list(OLD, SERIAL, at=NOW - timedelta(days=9)), make_list(OLD, 1))) == PASSED
    revoking = (make_list(OLD, 1, at=NOW - timedelta(days=9)), make_list(OLD, SERIAL))
    assert result_of(store_of(*revoking)) == ("revocation", "dsc_revoked")


def test_a_list_that_does_not_hold_is_passed_over_while_one_does() -> None:
    false = make_list(OLD, SERIAL, at=NOW + timedelta(days=1), key=key_of("P-384", "stranger"))
    assert result_of(store_of(false, make_list(OLD, 1))) == PASSED
    assert result_of(store_of(false)) == ("revocation", "crl_invalid")


def test_a_successor_revokes_what_was_issued_before_it() -> None:
    """ICAO 9303-12, appendix D.3: after a change of name lists are signed by the new key, under the new name."""
    assert result_of(store_of(make_list(RENAMED, SERIAL), links=(RENAMED,))) == ("revocation", "dsc_revoked")
    assert result_of(store_of(make_list(RENAMED, 1), links=(RENAMED,))) == PASSED
    same_name = make_link(OLD, "same name")
    assert result_of(store_of(make_list(same_name, SERIAL), links=(same_name,))) == ("revocation", "dsc_revoked")
    second = make_link(RENAMED, "second", name="Newest CSCA")
    store = store_of(make_list(second, SERIAL), links=(RENAMED, second))
    assert result_of(store) == ("revocation", "dsc_revoked")


def test_a_successor_that_no_link_leads_to_revokes_nothing() -> None:
    unlinked = make_link(OLD, "unlinked", name="New CSCA", issuer_key=key_of("P-384", "stranger"))
    assert result_of(store_of(make_list(unlinked, SERIAL), links=(unlinked,))) == ("not_checked", "crl_absent")
    unsaid = make_link(OLD, "unsaid", name="New CSCA", name_change=False)
    assert result_of(store_of(make_list(unsaid, SERIAL), links=(unsaid,))) == ("not_checked", "crl_absent")
    foreign = make_link(OLD, "foreign", name="New CSCA", subject=make_csca(country="FR").subject)
    assert result_of(store_of(make_list(foreign, SERIAL), links=(foreign,))) == ("not_checked", "crl_absent")


def test_a_predecessor_does_not_revoke_what_its_successor_issued() -> None:
    store = store_of(make_list(OLD, SERIAL), make_list(RENAMED, 1), links=(RENAMED,))
    assert result_of(store, issuer=RENAMED) == PASSED


def test_a_list_may_name_the_former_name() -> None:
    """ICAO 9303-12, 7.1.4, note 1: the issuer's alternative name."""
    former = build_sequence(build_tlv(0xA4, OLD.subject.public_bytes()))
    listed = make_list(RENAMED, SERIAL, extensions=(extension(ISSUER_NAMES, former),))
    assert listed.former_names == {read(OLD)[0].subject}
    assert result_of(store_of(listed, links=(RENAMED,))) == ("revocation", "dsc_revoked")
    unsaid = make_link(OLD, "unsaid", name="New CSCA", name_change=False)
    listed = make_list(unsaid, SERIAL, extensions=(extension(ISSUER_NAMES, former),))
    assert result_of(store_of(listed, links=(unsaid,))) == ("revocation", "dsc_revoked")


def test_a_list_that_names_a_strangers_name_as_its_former_one_is_none_of_its() -> None:
    former = build_sequence(build_tlv(0xA4, OLD.subject.public_bytes()))
    stranger = make_csca(use="stranger", subject=name_of("Stranger", "FR"), issuer=name_of("Stranger", "FR"))
    claimed = make_list(stranger, SERIAL, extensions=(extension(ISSUER_NAMES, former),))
    assert result_of(TrustStore(read(OLD, stranger), [claimed])) == ("not_checked", "crl_absent")


def test_the_last_list_of_an_old_key_counts_beside_the_newer_one_of_its_successor() -> None:
    """Some CSCAs list with each key what that key issued."""
    same_name = make_link(OLD, "same name")
    lists = (make_list(OLD, SERIAL), make_list(same_name, 1, at=NOW + timedelta(days=1)))
    assert result_of(store_of(*lists, links=(same_name,))) == ("revocation", "dsc_revoked")
    lists = (make_list(OLD, 1), make_list(same_name, 1, at=NOW + timedelta(days=1)))
    assert result_of(store_of(*lists, links=(same_name,))) == PASSED


def test_a_list_by_an_unknown_algorithm_is_passed_over_while_another_holds() -> None:
    good = make_list(OLD, 1)
    algorithm = parse_algorithm(parse_tlv(build_sequence(build_oid("1.2.840.113549.1.1.4")), SEQUENCE))
    unknown = dataclasses.replace(good, algorithm=algorithm, tbs_algorithm=algorithm, signature=b"?")
    assert result_of(store_of(unknown)) == ("revocation", "unknown_algorithm")
    assert result_of(store_of(unknown, good)) == PASSED


def test_a_link_can_be_revoked_too() -> None:
    """RFC 5280, 6.1.3 (a) (3), for every certificate of the path."""
    for later in (timedelta(0), timedelta(days=1)):
        lists = (make_list(RENAMED, 1, at=NOW + later), make_list(OLD, 7))
        assert result_of(store_of(*lists, links=(RENAMED,)), issuer=RENAMED) == ("revocation", "csca_revoked")
        lists = (make_list(RENAMED, 1, at=NOW + later), make_list(OLD, 8))
        assert result_of(store_of(*lists, links=(RENAMED,)), issuer=RENAMED) == PASSED


@pytest.mark.parametrize(
    ("parts", "scope"),
    [
        ({"extensions": (extension(DELTA, build_integer(1), critical=True),)}, Scope.DELTA),
        ({"extensions": (extension(DELTA, build_integer(1)),)}, Scope.DELTA),
        ({"extensions": (extension(DISTRIBUTION_POINT, b"\x30\x03\x84\x01\xff", critical=True),)}, Scope.INDIRECT),
        ({"entry": (extension(CERTIFICATE_ISSUER, b"\x30\x00", critical=True),)}, Scope.INDIRECT),
        ({"extensions": (extension(DISTRIBUTION_POINT, b"\x30\x03\x81\x01\xff", critical=True),)}, Scope.PARTIAL),
        ({"extensions": (extension(DISTRIBUTION_POINT, b"\x30\x00"),)}, Scope.PARTIAL),
    ],
)
def test_lists_of_less_than_everything_are_refused_by_name(parts: dict[str, Any], scope: Scope) -> None:
    """ICAO 9303-12, table 10: delta lists and issuing distribution points are prohibited."""
    for policy in (STRICT, LENIENT):
        assert result_of(store_of(make_list(OLD, 1, **parts)), policy) == ("revocation", f"crl_{scope}")
    assert result_of(store_of(make_list(OLD, 1, at=NOW, **parts), make_list(OLD, 1))) == PASSED


def test_an_unknown_critical_extension_is_refused() -> None:
    """RFC 5280, 5.2 and 5.3."""
    of_list = make_list(OLD, 1, extensions=(extension("1.2.3.4", b"\x05\x00", critical=True),))
    of_entry = make_list(OLD, 1, entry=(extension("1.2.3.4", b"\x05\x00", critical=True),))
    for crl in (of_list, of_entry):
        assert result_of(store_of(crl), LENIENT) == ("revocation", "crl_unknown_critical")
    harmless = make_list(OLD, 1, extensions=(extension("1.2.3.4", b"\x05\x00"),))
    assert result_of(store_of(harmless)) == PASSED


@pytest.mark.parametrize(
    ("reason", "revokes"), [(0, True), (1, True), (6, True), (8, False)], ids=["none", "key", "hold", "removed"]
)
def test_an_entry_that_takes_a_certificate_off_revokes_nothing(reason: int, *, revokes: bool) -> None:
    """RFC 5280, 5.3.1."""
    crl = make_list(OLD, SERIAL, entry=(extension(REASON, bytes([0x0A, 1, reason])),))
    assert result_of(store_of(crl)) == (("revocation", "dsc_revoked") if revokes else PASSED)


def test_negative_serial_numbers_are_listed_as_they_are() -> None:
    """Four real CSCAs have negative ones."""
    crl = make_list(OLD, -5, 5)
    assert crl.revoked == {-5, 5}
    assert result_of(store_of(make_list(OLD, -SERIAL))) == PASSED


def test_a_stale_list_is_refused_strictly_and_told_otherwise() -> None:
    for lasts in (timedelta(days=1), None):
        store = store_of(make_list(OLD, 1, at=NOW - timedelta(days=9), lasts=lasts))
        assert result_of(store) == ("revocation", "crl_stale")
        assert result_of(store, ICAO) == result_of(store, LENIENT) == ("known_deviation", "crl_stale")
    stale = store_of(make_list(OLD, SERIAL, at=NOW - timedelta(days=9), lasts=timedelta(days=1)))
    assert result_of(stale, LENIENT) == ("revocation", "dsc_revoked")


def test_a_missing_list_is_told_and_may_be_demanded() -> None:
    """What is missing is not checked; who must know demands it."""
    assert result_of(store_of()) == ("not_checked", "crl_absent")
    for policy in (STRICT, ICAO, LENIENT):
        demanding = policy.demanding(Demand.REVOCATION_LIST)
        assert result_of(store_of(), demanding) == ("revocation", "crl_absent")
        assert result_of(store_of(make_list(OLD, 1)), demanding) == PASSED
    store = store_of(make_list(RENAMED, 1), links=(RENAMED,))
    assert result_of(store, STRICT.demanding(Demand.REVOCATION_LIST), issuer=RENAMED) == PASSED


def test_a_list_by_sha1_is_a_deviation_each_time() -> None:
    weak = make_list(OLD, 1, hash_name="sha1")
    assert result_of(store_of(weak), ICAO) == ("revocation", "weak_algorithm")
    store = store_of(weak)
    for _ in range(2):
        assert result_of(store, LENIENT) == ("known_deviation", "weak_algorithm")
    assert result_of(store_of(weak, make_list(OLD, 1))) == PASSED
    with pytest.raises(VerificationFailed) as refused:
        verify_document(make_card(make_signer(OLD)), trust_store=store, policy=STRICT, at=LATER)
    failed = [step["detail"] for step in refused.value.evidence["steps"] if step["result"] == "failed"]  # type: ignore[attr-defined]
    assert failed[0].endswith("The setting sha1 (policy lenient) would let it pass.")


def test_a_list_by_a_key_that_may_sign_none_is_refused() -> None:
    """RFC 5280, 6.3.3 (f)."""
    csca = make_csca(usage=frozenset({"key_cert_sign"}))
    store = TrustStore(read(csca), [make_list(csca, 1)])
    assert result_of(store, LENIENT, issuer=csca) == ("revocation", "crl_signer_usage")


def test_a_list_of_another_csca_says_nothing() -> None:
    other = make_csca(use="other", country="FR")
    assert result_of(TrustStore(read(OLD, other), [make_list(other, SERIAL)])) == ("not_checked", "crl_absent")


def test_a_list_of_an_unknown_version_is_malformed() -> None:
    with pytest.raises(Malformed) as refused:
        make_list(OLD, 1, version=7)
    assert refused.value.code == "crl_malformed"


def test_what_was_verified_of_a_list_dies_with_the_store() -> None:
    """A store with a newer list is another store."""
    store = store_of(make_list(OLD, 1))
    assert result_of(store) == PASSED
    newer = store.extended(TrustStore((), [make_list(OLD, SERIAL, at=NOW + timedelta(days=1))]))
    assert result_of(newer) == ("revocation", "dsc_revoked")
    assert result_of(store) == PASSED
    assert newer.recall(("chain",)) is None
