"""Step 15: link certificates lead from a CSCA that nobody pinned to one that somebody did, or they lead nowhere."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.cards.forgery import Authority, name_of, resign
from eid.crypto.algorithms import Scheme
from eid.crypto.checks import links
from eid.crypto.checks.links import MAX_LINKS, MAX_TRIED
from eid.crypto.passive_auth import VerifiedDocument, verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT, Policy, Tolerance
from eid.crypto.report import Result
from eid.crypto.tlv import build_sequence, build_tlv
from eid.crypto.trust import MAX_CANDIDATES, TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import AUTHORITY_KEY_ID, Certificate, parse_certificate
from eid.errors import VerificationFailed
from tests.crypto.forge import ENDS, LATER, NOW, STARTS, key_of, make_card, make_csca, make_signer

PERIOD = (STARTS, STARTS + timedelta(days=365 * 5))


def make_link(parent: Authority, use: str, *, name: str | None = None, **changes: Any) -> Authority:
    """A link from this CSCA to the key of that use, under the same name or, saying so, under another."""
    subject = name_of(name) if name else parent.subject
    changes = {"name_change": bool(name), "key_period": PERIOD, "serial": 7, "issuer": parent.subject} | changes
    parts: dict[str, Any] = {"subject": subject, "issuer_key": parent.key, "starts": STARTS, "ends": ENDS} | changes
    return Authority(key=key_of("P-384", use), **parts)


_BUILT: dict[int, tuple[Authority, bytes]] = {}


def der(authority: Authority) -> bytes:
    """Its certificate, the same one each time: ECDSA signs anew each time that it is built."""
    return _BUILT.setdefault(id(authority), (authority, authority.build()))[1]


def read(*authorities: Authority) -> list[Certificate]:
    return [parse_certificate(der(authority)) for authority in authorities]


def verify(issuer: Authority, store: TrustStore, policy: Policy = STRICT) -> VerifiedDocument:
    return verify_document(make_card(make_signer(issuer)), trust_store=store, policy=policy, at=LATER)


def refusal_of(issuer: Authority, store: TrustStore, policy: Policy = STRICT) -> tuple[str, str]:
    with pytest.raises(VerificationFailed) as refused:
        verify(issuer, store, policy)
    return refused.value.step, refused.value.code


def deviations_of(issuer: Authority, store: TrustStore, policy: Policy) -> list[str | None]:
    return [step.code for step in verify(issuer, store, policy).deviations]


OLD = make_csca()
UNRELATED = make_csca(use="unrelated", subject=name_of("Unrelated"), issuer=name_of("Unrelated"))
NEW = make_link(OLD, "new")
RENAMED = make_link(OLD, "renamed", name="New CSCA")


@pytest.mark.parametrize("link", [NEW, RENAMED], ids=["same name", "new name"])
def test_a_link_leads_to_an_anchor(link: Authority) -> None:
    """ICAO 9303-12, 4.1.4 and 7.1.1.5: the old key signs the new one; the name may change where that is said."""
    document = verify(link, TrustStore(read(OLD), links=read(link)))
    assert document.anchor.raw == der(OLD)
    assert not document.deviations
    [step] = [step for step in document.steps if step.step == "link_certificates"]
    assert step.result is Result.PASSED


def test_what_somebody_offers_is_believed_through_an_anchor_too() -> None:
    assert verify(RENAMED, TrustStore(read(OLD), offered=read(RENAMED))).anchor.subject == read(OLD)[0].subject


def test_what_departs_further_up_is_told_in_the_step_of_links() -> None:
    """Certificates of one layout are judged once, but a step tells of its own."""
    first = make_link(OLD, "first without a period", key_period=None)
    second = make_link(first, "second without a period", key_period=None)
    for _ in range(2):
        store = TrustStore(read(OLD), links=read(first, second))
        document = verify(second, store, Policy("test", frozenset({Tolerance.NO_KEY_PERIOD})))
        told = [(step.step, step.code) for step in document.deviations]
        assert told == [(name, "profile_csca_no_key_period") for name in ("profiles", "link_certificates")]
        assert [s.result for s in document.steps if s.step == "link_certificates"] == [Result.KNOWN_DEVIATION]


def test_the_path_length_of_a_csca_does_not_forbid_its_links() -> None:
    """ICAO 9303-12, 2: link certificates are no intermediates; every CSCA here has path length 0."""
    second = make_link(RENAMED, "second", name="Newer CSCA")
    assert read(OLD)[0].basic_constraints == (True, 0)
    assert not verify(second, TrustStore(read(OLD), links=read(RENAMED, second))).deviations


def _line_of(count: int, **changes: Any) -> list[Authority]:
    found = [OLD]
    for number in range(count):
        found.append(make_link(found[-1], f"line {number}", **changes))
    return found[1:]


def test_so_many_links_and_no_more() -> None:
    line = _line_of(MAX_LINKS + 1)
    store = TrustStore(read(OLD), links=read(*line))
    assert not verify(line[MAX_LINKS - 1], store).deviations
    for policy in (STRICT, LENIENT):
        assert refusal_of(line[MAX_LINKS], store, policy) == ("link_certificates", "path_too_long")


def test_a_link_signed_by_another_key_is_refused_under_every_policy() -> None:
    aki = build_sequence(build_tlv(0x80, read(OLD)[0].subject_key_id or b""))
    parts: dict[str, Any] = {"authority_key_id": False, "more": [(AUTHORITY_KEY_ID, False, aki)]}
    false = make_link(OLD, "false", issuer_key=key_of("P-384", "stranger"), **parts)
    for policy in (STRICT, LENIENT):
        assert refusal_of(false, TrustStore(read(OLD), links=read(false)), policy) == (
            "link_certificates",
            "link_invalid",
        )


def test_links_in_a_circle_end() -> None:
    one = make_link(OLD, "one", name="One", issuer=name_of("Two"), issuer_key=key_of("P-384", "two"))
    two = make_link(one, "two", name="Two")
    store = TrustStore(read(OLD), offered=read(one, two))
    assert refusal_of(one, store, LENIENT) == ("link_certificates", "link_unanchored")


def test_a_fan_of_links_costs_no_more_than_its_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Namesakes, each of whom may have issued each other, are 16 to the power of five paths."""
    names = ["Fan A", "Fan B", "Fan C"]
    fan = [
        make_link(OLD, f"fan {name} {number}", name=name, issuer=name_of(names[(at + 1) % 3]), authority_key_id=False)
        for at, name in enumerate(names)
        for number in range(2 * MAX_CANDIDATES)
    ]
    tried: list[object] = []
    real = links.verify_issued
    monkeypatch.setattr(links, "verify_issued", lambda *a, **k: (tried.append(a), real(*a, **k)))
    store = TrustStore(read(UNRELATED), offered=read(*fan))
    assert refusal_of(fan[0], store, LENIENT)[0] == "link_certificates"
    assert len(tried) <= MAX_TRIED


def test_no_number_of_offers_crowds_an_anchor_out() -> None:
    crowd = [make_link(OLD, f"crowd {number}") for number in range(2 * MAX_CANDIDATES)]
    assert verify(OLD, TrustStore(read(OLD), offered=read(*crowd))).anchor.raw == der(OLD)


@pytest.mark.parametrize(
    ("link", "code", "tolerance"),
    [
        (make_link(OLD, "a", name="Unsaid", name_change=False, path_length=0), "link_name_change", "link_name_change"),
        (make_link(OLD, "b", authority_key_id=False), "profile_csca_no_key_id", "no_key_id"),
        (make_link(OLD, "c", path_length=None), "profile_csca_no_path_length", "no_path_length"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_departure_of_a_link_is_a_deviation(link: Authority, code: str, tolerance: str) -> None:
    store = TrustStore(read(make_csca(path_length=None) if code == "link_name_change" else OLD), links=read(link))
    assert refusal_of(link, store)[1] in (code, "profile_csca_no_path_length")
    tolerated = {Tolerance(tolerance)} | ({Tolerance.NO_PATH_LENGTH} if code == "link_name_change" else set())
    assert code in deviations_of(link, store, Policy("test", frozenset(tolerated)))


def test_an_unsaid_change_of_name_makes_an_intermediate_which_a_path_length_forbids() -> None:
    """RFC 5280, 6.1.4 (l) to (n)."""
    unsaid = make_link(OLD, "unsaid", name="Unsaid", name_change=False)
    store = TrustStore(read(OLD), links=read(unsaid))
    only_name = Policy("test", frozenset({Tolerance.LINK_NAME_CHANGE}))
    assert refusal_of(unsaid, store, only_name) == ("link_certificates", "path_too_long")
    assert deviations_of(unsaid, store, ICAO) == ["link_name_change", "path_too_long"]


def test_a_link_to_another_country_is_a_deviation_that_lends_it_nothing() -> None:
    """The country of the anchor is that of the document, whatever is between (step 21)."""
    foreign = make_csca(use="french", country="FR")
    link = make_link(foreign, "lent", name="Lent CSCA")
    store = TrustStore(read(foreign), links=read(link))
    assert refusal_of(link, store, ICAO) == ("link_certificates", "link_country")
    assert refusal_of(link, store, LENIENT) == ("consistency", "country_mismatch")


def test_a_link_that_is_no_ca_is_refused() -> None:
    link = make_link(OLD, "no ca", ca=False)
    assert refusal_of(link, TrustStore(read(OLD), links=read(link))) == ("profiles", "profile_csca_not_ca")
    second = make_link(make_link(OLD, "no ca", ca=False, name="No CA"), "second")
    store = TrustStore(read(OLD), links=read(make_link(OLD, "no ca", ca=False, name="No CA"), second))
    assert refusal_of(second, store) == ("link_certificates", "profile_csca_not_ca")


def test_links_are_judged_when_they_were_made() -> None:
    """An anchor that ended since certified its successor all the same; one that had ended before did not."""
    ended = make_csca(ends=NOW - timedelta(days=1))
    link = make_link(ended, "heir")
    assert verify(link, TrustStore(read(ended), links=read(link))).anchor.not_after < NOW
    late = make_link(ended, "heir", starts=NOW - timedelta(hours=1))
    signer = make_signer(late, starts=NOW - timedelta(minutes=1))
    with pytest.raises(VerificationFailed) as refused:
        store = TrustStore(read(ended), links=read(late))
        verify_document(make_card(signer), trust_store=store, policy=STRICT, at=LATER)
    assert (refused.value.step, refused.value.code) == ("validity", "csca_not_valid")
    over = make_csca(key_period=(STARTS - timedelta(days=9), STARTS - timedelta(days=1)))
    link = make_link(over, "heir")
    assert refusal_of(link, TrustStore(read(over), links=read(link))) == ("validity", "profile_csca_key_usage_period")


def test_of_several_anchors_of_one_key_the_one_that_holds_is_taken() -> None:
    """A state's lists hold the same key as self-signed certificate and as link; one may have ended, or be of another
    profile."""
    ended = make_csca(ends=NOW - timedelta(days=1))
    assert verify(OLD, TrustStore(read(ended, OLD))).anchor.raw == der(OLD)
    longer = make_csca(ends=ENDS + timedelta(days=1), ca=False)
    assert verify(OLD, TrustStore(read(longer, OLD))).anchor.raw == der(OLD)
    assert refusal_of(OLD, TrustStore(read(longer))) == ("profiles", "profile_csca_not_ca")


def test_a_weak_link_is_a_deviation() -> None:
    """SHA-1, NULL after ecdsa, and a short RSA key above it, as of a signer's certificate."""
    link = make_link(OLD, "weak", name="Weak")
    sha1 = parse_certificate(resign(der(link), OLD.key, Scheme("ecdsa", "sha1")))
    store = TrustStore(read(OLD), links=[sha1])
    assert refusal_of(link, store) == ("link_certificates", "weak_algorithm")
    assert deviations_of(link, store, Policy("test", frozenset({Tolerance.SHA1}))) == ["weak_algorithm"]
    small = make_csca("rsa1024", use="small")
    link = make_link(small, "over a small one", name="Strong")
    store = TrustStore(read(small), links=read(link))
    assert refusal_of(link, store) == ("link_certificates", "key_too_small")
    assert deviations_of(link, store, Policy("test", frozenset({Tolerance.SMALL_RSA}))) == ["key_too_small"]


# ---- what a folder of files believes


def test_in_a_folder_what_signed_itself_is_an_anchor_and_what_another_signed_is_a_link() -> None:
    signer = make_signer(OLD)
    store = parse_trust_store([der(OLD), der(NEW), der(RENAMED), der(signer)])
    assert [anchor.raw for anchor in store.anchors] == [der(OLD)]
    assert [link.raw for link in store.links] == [der(NEW), der(RENAMED)]
    assert [signer.raw for signer in store.signers] == [der(signer)]


def test_a_link_without_its_csca_is_believed_alone_by_policy_only() -> None:
    """Some states offer nothing but a link; a folder of links that were gathered anywhere must not be believed silently."""
    store = parse_trust_store([der(RENAMED)])
    with pytest.raises(VerificationFailed) as refused:
        verify(RENAMED, store)
    assert (refused.value.step, refused.value.code) == ("link_certificates", "link_unanchored")
    failed = [step["detail"] for step in refused.value.evidence["steps"] if step["result"] == "failed"]  # type: ignore[attr-defined]
    assert failed[0].endswith("The setting link_unanchored (policy icao or lenient) would let it pass.")
    assert deviations_of(RENAMED, store, ICAO) == ["link_unanchored"]


def test_a_namesake_does_not_stand_in_for_the_csca_that_is_missing() -> None:
    """Three real link certificates were signed by a key that no list has any more, under a name that others still bear."""
    gone = make_link(OLD, "generation after one that is gone", issuer_key=key_of("P-384", "gone"))
    store = parse_trust_store([der(OLD), der(gone)])
    assert refusal_of(gone, store) == ("link_certificates", "link_unanchored")
    assert deviations_of(gone, store, ICAO) == ["link_unanchored"]
    assert refusal_of(gone, TrustStore(read(OLD), offered=read(gone)), LENIENT)[1] == "link_unanchored"


def test_what_is_only_offered_is_never_believed_alone() -> None:
    assert refusal_of(RENAMED, TrustStore(read(UNRELATED), offered=read(RENAMED)), LENIENT) == (
        "link_certificates",
        "link_unanchored",
    )
    unpinned = make_csca(use="unpinned")
    assert refusal_of(unpinned, TrustStore((), links=read(unpinned)), LENIENT)[1] == "link_unanchored"


def test_a_link_whose_csca_is_there_and_did_not_sign_it_is_not_believed_alone() -> None:
    false = make_link(OLD, "false", name="False", issuer_key=key_of("P-384", "stranger"), authority_key_id=False)
    store = parse_trust_store([der(OLD), der(false)])
    assert refusal_of(false, store, LENIENT) == ("link_certificates", "link_invalid")


def test_a_chain_over_links_is_remembered_and_another_store_remembers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    store = TrustStore(read(OLD), links=read(RENAMED))
    card = make_card(make_signer(RENAMED))
    first = verify_document(card, trust_store=store, policy=STRICT, at=LATER)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a signature was verified anew")

    monkeypatch.setattr(links, "verify_issued", never)
    assert verify_document(card, trust_store=store, policy=STRICT, at=LATER).steps == first.steps
    with pytest.raises(AssertionError):
        verify(RENAMED, store.extended(TrustStore(())))


def test_the_refusal_tells_how_many_were_tried() -> None:
    namesakes = [make_csca(use=f"namesake {number}") for number in range(MAX_CANDIDATES + 4)]
    with pytest.raises(VerificationFailed) as refused:
        verify(OLD, TrustStore(read(*namesakes)))
    assert (refused.value.step, refused.value.code) == ("signer_chain", "dsc_signature_invalid")
    assert refused.value.reason == f"{MAX_CANDIDATES} of {MAX_CANDIDATES + 4} CSCAs tried"


# ---- a law


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_whatever_links_there_are_a_path_is_made_of_true_ones_and_is_short(data: st.DataObject) -> None:
    """Of any graph of CSCAs who certify each other: every path that is found begins at the issuer, ends at an anchor, is
    signed certificate by certificate, and is no longer than allowed; and one is found where there is a short one."""
    count = data.draw(st.integers(2, 8))
    edges = data.draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=14))
    links_by_edge = {(up, down): _law_link(up, down) for up, down in edges if up != down}
    anchor, store = _law_root(), TrustStore([_law_root()], links=links_by_edge.values())
    reached, distance = {0: 0}, 0
    while distance < MAX_LINKS:
        distance += 1
        reached |= {down: distance for up, down in links_by_edge if up in reached and down not in reached}
    for (_up, down), link in links_by_edge.items():
        paths, _obstacle = links.find_paths([link], store)
        anchored = [path for path in paths if path[-1] == anchor]
        for path in anchored:
            assert path[0] == link
            assert len(path) <= MAX_LINKS + 1
            for lower, upper in pairwise(path):
                links.verify_issued(upper, lower, step="link", code="link_invalid")
        if reached.get(_up, MAX_LINKS) < MAX_LINKS and down != 0:
            assert anchored


@cache
def _law_root() -> Certificate:
    [root] = read(make_csca(use="law 0", subject=name_of("Law 0"), issuer=name_of("Law 0")))
    return root


@cache
def _law_link(up: int, down: int) -> Certificate:
    above, name = key_of("P-384", f"law {up}"), name_of(f"Law {up}")
    parent = make_csca(use=f"law {up}", key=above, subject=name, issuer=name)
    [link] = read(make_link(parent, f"law {down}", name=f"Law {down}"))
    return link
