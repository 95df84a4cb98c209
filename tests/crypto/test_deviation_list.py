"""Step 19: deviation lists are believed like master lists, speak for their own country, and excuse how something is written,
never that it is not signed."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.cards.forgery import Authority, Forge, name_of
from eid.crypto import dg13
from eid.crypto.active_auth import build_chip_answer
from eid.crypto.algorithms import digest
from eid.crypto.checks.deviations import find_excuses
from eid.crypto.checks.profiles import DEVIATION_LIST_SIGNER, MASTER_LIST_SIGNER
from eid.crypto.deviation_list import VerifiedDeviationList, build_deviation_list, verify_deviation_list
from eid.crypto.deviations import (
    CHECK_DIGIT_WRONG,
    CHIP_KEY_COMPROMISED,
    COM_INCONSISTENT,
    CSCA_ENCODING,
    GROUP_DIGEST_WRONG,
    GROUP_MALFORMED,
    KINDS,
    SIGNATURE_OF_SIGNER_WRONG,
    SIGNER_ENCODING,
    SOD_SIGNATURE_WRONG,
    ZONE_WRONG,
    Description,
    Deviation,
    Documents,
    ListedDeviation,
    build_deviations,
    parse_deviations,
)
from eid.crypto.lds import COM, SOD, build_com, build_dg1, parse_dg1
from eid.crypto.master_list import build_master_list
from eid.crypto.passive_auth import ChipAnswer, VerifiedDocument, verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT, Policy, Tolerance
from eid.crypto.report import Result
from eid.crypto.tlv import build_integer, build_sequence, build_set, build_tlv, parse_tlv
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import KEY_USAGE, parse_certificate
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import LATER, NOW, chip_keys, groups_of, key_of, make_card, make_csca, make_signer, make_trust

CSCA = make_csca()
CSCA_FILE = CSCA.build()
SIGNER = make_signer(CSCA)
SIGNER_FILE = SIGNER.build()
SIGNED_BY = Documents(subject_key_id=parse_certificate(SIGNER_FILE).subject_key_id)


def make_list(
    *deviations: Deviation, signer: Authority | None = None, csca: Authority = CSCA, at: datetime = NOW
) -> bytes:
    signer = signer or list_signer(csca)
    return build_deviation_list(deviations, signer_certificate=signer.build(), signer_key=signer.key, signed_at=at)


def list_signer(csca: Authority = CSCA, **changes: Any) -> Authority:
    changes = {"extended_usage": DEVIATION_LIST_SIGNER, "document_types": None, "serial": 99} | changes
    return make_signer(csca, **changes)


def entry(kind: str, field: int | str | None = None, documents: Documents = SIGNED_BY) -> Deviation:
    return Deviation(documents, (Description(kind, field),))


def store_with(*deviations: Deviation) -> TrustStore:
    return parse_trust_store([CSCA_FILE, make_list(*deviations)], policy=STRICT)


def forged(**changes: Any) -> dict[str, bytes]:
    files = make_card(SIGNER)
    parts = {"groups": groups_of(files), "signer": SIGNER, "at": NOW} | changes
    return {**files, SOD: Forge(**parts).build()}


def verify(files: dict[str, bytes], store: TrustStore, policy: Policy = ICAO, **kwargs: Any) -> VerifiedDocument:
    return verify_document(files, trust_store=store, policy=policy, at=LATER, **kwargs)


def refusal_of(files: dict[str, bytes], store: TrustStore, policy: Policy = ICAO) -> tuple[str, str]:
    with pytest.raises(VerificationFailed) as refused:
        verify(files, store, policy)
    return refused.value.step, refused.value.code


# ---- the list itself


def judge(data: bytes, *trusted: Authority, **kwargs: Any) -> VerifiedDeviationList:
    return verify_deviation_list(data, trust_store=make_trust(*(trusted or (CSCA,))), policy=STRICT, **kwargs)


def list_refusal(data: bytes, *trusted: Authority, **kwargs: Any) -> tuple[str, str]:
    with pytest.raises(VerificationFailed) as refused:
        judge(data, *trusted, **kwargs)
    assert refused.value.evidence["steps"]
    return refused.value.step, refused.value.code


def test_a_good_list_is_read_as_it_was_built() -> None:
    """ICAO 9303-12, 10."""
    entries = (entry(SIGNER_ENCODING, KEY_USAGE), entry(COM_INCONSISTENT))
    found = judge(make_list(*entries))
    assert set(found.list.deviations) == set(entries)
    assert (found.list.country, found.list.signed_at, found.list.hash_name) == ("VN", NOW, "sha256")


def test_its_signer_must_have_the_role() -> None:
    """ICAO 9303-12, table 6: extended key usage 2.23.136.1.1.8."""
    other = list_signer(extended_usage=MASTER_LIST_SIGNER)
    assert list_refusal(make_list(signer=other)) == ("profiles", "profile_dsc_other_role")
    assert list_refusal(make_list(signer=make_signer(CSCA, document_types=None))) == ("profiles", "profile_role")


def test_a_list_of_a_stranger_is_refused() -> None:
    namesake = make_csca(use="namesake")
    assert list_refusal(make_list(csca=namesake)) == ("signer_chain", "dsc_signature_invalid")
    with pytest.raises(VerificationFailed) as refused:
        parse_trust_store([make_list()])
    assert refused.value.code == "csca_not_found"


def test_a_list_is_not_rolled_back() -> None:
    assert list_refusal(make_list(), not_before_signed=NOW + timedelta(days=1)) == ("list", "dvl_rolled_back")
    assert judge(make_list(), not_before_signed=NOW).list.signed_at == NOW


def test_what_is_no_list_is_refused() -> None:
    assert list_refusal(make_list()[:-1]) == ("structure", "dvl_malformed")
    signer = make_signer(CSCA, extended_usage=MASTER_LIST_SIGNER, document_types=None)
    master_list = build_master_list(
        [CSCA_FILE], signer_certificate=signer.build(), signer_key=signer.key, signed_at=NOW
    )
    assert list_refusal(master_list) == ("content_type", "econtent_type")
    nameless = make_csca(subject=name_of("Nameless", None), issuer=name_of("Nameless", None))
    assert list_refusal(make_list(csca=nameless), nameless) == ("list", "dvl_country_absent")


@pytest.mark.parametrize(
    "content",
    [
        build_sequence(build_integer(1), build_set([])),
        build_sequence(build_integer(0), build_set([build_sequence(build_sequence())])),
        build_sequence(
            build_integer(0), build_set([build_sequence(build_sequence(build_tlv(0x86, b"?")), build_set([]))])
        ),
        build_sequence(
            build_integer(0),
            build_set([build_sequence(build_sequence(build_tlv(0x83, b"?"), build_tlv(0x82, b"?")), build_set([]))]),
        ),
        build_sequence(
            build_integer(0), build_set([build_sequence(build_sequence(build_tlv(0x80, b"\xff\xff")), build_set([]))])
        ),
    ],
    ids=["version", "no descriptions", "unknown condition", "two ways to name the signer", "no text"],
)
def test_a_list_that_is_written_otherwise_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        parse_deviations(content, max_bytes=10_000)


TEXTS = st.text("ABCDEFGHIJ0123456789 ", min_size=1, max_size=9)
SIGNERS = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {"issuer_and_serial": st.tuples(st.just(parse_certificate(CSCA_FILE).raw_subject), st.integers())}
    ),
    st.fixed_dictionaries({"subject_key_id": st.binary(max_size=20)}),
    st.fixed_dictionaries({"certificate_digest": st.binary(max_size=32)}),
)
OTHERS = st.fixed_dictionaries(
    {},
    optional={
        "document_type": st.sampled_from(["P", "ID", "P<"]),
        "issued": st.just((NOW, LATER)),
        "document_numbers": st.frozensets(TEXTS, min_size=1, max_size=3),
    },
)
DOCUMENTS = st.builds(lambda signer, others: Documents(**signer, **others), SIGNERS, OTHERS)
FIELDS = st.none() | st.integers(0, 21) | st.just(KEY_USAGE)
DESCRIPTIONS = st.builds(Description, kind=st.sampled_from(list(KINDS)), field=FIELDS, text=st.just("") | TEXTS)


@settings(deadline=None)
@given(st.lists(st.builds(Deviation, DOCUMENTS, st.lists(DESCRIPTIONS, min_size=1, max_size=3).map(tuple)), max_size=3))
def test_what_is_built_is_read_again(deviations: list[Deviation]) -> None:
    """Sets have no order, so neither entries nor descriptions are compared in one."""
    _hash, found = parse_deviations(build_deviations(deviations), max_bytes=100_000)
    assert Counter((one.documents, frozenset(one.descriptions)) for one in found) == Counter(
        (one.documents, frozenset(one.descriptions)) for one in deviations
    )


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_is_read_only_a_refusal_comes_out(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_deviations(data + b"\x00", max_bytes=10_000)


# ---- which documents an entry is about


@pytest.mark.parametrize(
    ("documents", "fits"),
    [
        (SIGNED_BY, True),
        (Documents(subject_key_id=b"another"), False),
        (Documents(certificate_digest=digest("sha256", SIGNER_FILE)), False),
        (Documents(issuer_and_serial=(parse_certificate(SIGNER_FILE).raw_issuer, 4711)), True),
        (Documents(issuer_and_serial=(parse_certificate(SIGNER_FILE).raw_issuer, 4712)), False),
        (Documents(document_type="ID"), True),
        (Documents(document_type="P<"), False),
        (Documents(document_numbers=frozenset({"190000101"})), True),
        (Documents(document_numbers=frozenset({"190000102"})), False),
        (Documents(issued=(NOW - timedelta(days=1), NOW)), True),
        (Documents(issued=(NOW + timedelta(days=1), LATER)), False),
        (Documents(document_type="ID", document_numbers=frozenset({"1"})), False),
        (Documents(), False),
    ],
)
def test_an_entry_fits_when_all_its_conditions_do(documents: Documents, *, fits: bool) -> None:
    """ICAO 9303-3, 7.3.6: conditions are met simultaneously; one without any is about nothing."""
    document = verify(forged(), store_with(entry(COM_INCONSISTENT, documents=documents)))
    listed = [step.code for step in document.steps if step.step == "deviation_list"]
    assert listed == (["dvl_listed"] if fits else [None])


def test_an_entry_by_digest_fits_the_very_certificate() -> None:
    files = make_card(SIGNER)
    [signer] = {verify(files, make_trust(CSCA)).signer.raw}
    document = verify(
        files, store_with(entry(COM_INCONSISTENT, documents=Documents(certificate_digest=digest("sha256", signer))))
    )
    assert "dvl_listed" in [step.code for step in document.deviations]


def test_without_a_signing_time_no_period_fits() -> None:
    store = store_with(entry(COM_INCONSISTENT, documents=Documents(issued=(NOW, LATER))))
    document = verify(forged(at=None), store)
    assert [step.code for step in document.steps if step.step == "deviation_list"] == [None]


# ---- what it excuses


def deviations_of(files: dict[str, bytes], store: TrustStore, policy: Policy = ICAO) -> set[str | None]:
    document = verify(files, store, policy)
    return {step.code for step in document.deviations} - {"dvl_listed"}


def excused(files: dict[str, bytes], code: str, *, right: Deviation, wrong: Deviation) -> None:
    """Refused without a list and with one about something else; a known deviation with the right one, never passed, and
    never under the strict policy."""
    assert refusal_of(files, make_trust(CSCA))[1] == code
    assert refusal_of(files, store_with(wrong))[1] == code
    assert refusal_of(files, store_with(right), STRICT)[1] == code
    assert code in deviations_of(files, store_with(right))
    told = [step for step in verify(files, store_with(right)).steps if step.code == code]
    assert all(step.result is Result.KNOWN_DEVIATION and "deviation list" in step.detail for step in told)


def test_the_refusal_names_the_setting() -> None:
    files = forged(signer=make_signer(CSCA, usage=None))
    with pytest.raises(VerificationFailed) as refused:
        verify(files, store_with(entry(SIGNER_ENCODING)), STRICT)
    failed = [step["detail"] for step in refused.value.evidence["steps"] if step["result"] == "failed"]  # type: ignore[attr-defined]
    assert failed[0].endswith("The setting listed_deviation (policy icao or lenient) would let it pass.")


@pytest.mark.parametrize("field", [None, 0, KEY_USAGE])
def test_an_encoding_of_the_signer_is_excused(field: int | str | None) -> None:
    files = forged(signer=make_signer(CSCA, usage=None))
    wrong = entry(SIGNER_ENCODING, "2.5.29.35")
    excused(files, "profile_dsc_no_key_usage", right=entry(SIGNER_ENCODING, field), wrong=wrong)


def test_a_country_in_small_letters_is_excused() -> None:
    """As one state's list says of its own certificates."""
    files = forged(signer=make_signer(CSCA, country="vn"))
    store = store_with(entry(SIGNER_ENCODING, 6))
    listed_only = Policy("listed only", frozenset({Tolerance.LISTED_DEVIATION}))
    assert refusal_of(files, store_with(entry(SIGNER_ENCODING, 2)), listed_only)[1] == "profile_dsc_country_case"
    assert deviations_of(files, store, listed_only) == {"profile_dsc_country_case"}


def test_an_encoding_of_the_csca_is_excused() -> None:
    csca = make_csca(ca=None)
    files = forged(signer=make_signer(csca))
    lists = [make_list(entry(CSCA_ENCODING, "2.5.29.19"), csca=csca), make_list(entry(SIGNER_ENCODING), csca=csca)]
    right, wrong = (parse_trust_store([csca.build(), found], policy=LENIENT) for found in lists)
    assert refusal_of(files, wrong) == ("profiles", "profile_csca_no_basic_constraints")
    assert "profile_csca_no_basic_constraints" in deviations_of(files, right)


def test_an_inconsistent_com_is_excused() -> None:
    files = forged() | {COM: build_com([1, 2, 3, 13, 14, 15])}
    excused(files, "com_mismatch", right=entry(COM_INCONSISTENT), wrong=entry(GROUP_MALFORMED, 21))


def _with_group(number: int, data: bytes) -> dict[str, bytes]:
    groups = {**groups_of(make_card(SIGNER)), number: data}
    return forged(groups=groups) | {f"EF.DG{number}": data}


def test_a_wrong_check_digit_is_excused_where_it_is_that_one() -> None:
    text = parse_tlv(make_card(SIGNER)["EF.DG1"], 0x61).children()[0].value.decode()
    zone = build_dg1(text[:36] + str((int(text[36]) + 1) % 10) + text[37:])
    assert set(parse_dg1(zone).wrong_check_digits) == {"birth_date", "composite"}
    files = _with_group(1, zone)
    excused(files, "mrz_check_digit", right=entry(CHECK_DIGIT_WRONG, 6), wrong=entry(CHECK_DIGIT_WRONG, 8))
    assert "mrz_check_digit" in deviations_of(files, store_with(entry(CHECK_DIGIT_WRONG)))


def test_a_document_of_a_type_that_its_signer_may_not_sign_is_excused() -> None:
    files = forged(signer=make_signer(CSCA, document_types=("P",)))
    excused(files, "profile_dsc_document_type", right=entry(ZONE_WRONG, 1), wrong=entry(ZONE_WRONG, 2))


def test_a_wrong_field_of_the_zone_is_excused_against_dg13() -> None:
    details = dg13.parse_dg13(make_card(SIGNER)["EF.DG13"])
    group = dg13.build_dg13(type(details)(**{**vars(details), "birth_date": "01/01/1901"}))
    excused(_with_group(13, group), "dg13_mismatch", right=entry(ZONE_WRONG, 6), wrong=entry(ZONE_WRONG, 8))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (SIGNER_ENCODING, CSCA_ENCODING)])
def test_no_list_excuses_what_nobody_signed(kind: str) -> None:
    """Whatever it says of signatures, of digests and of unnamed things."""
    broken = forged(change_signature=lambda made: made[:-1] + bytes([made[-1] ^ 1]))
    changed = make_card(SIGNER) | {"EF.DG2": make_card(SIGNER)["EF.DG2"] + b"\x00"}
    impostor = forged(signer=make_signer(make_csca(use="impostor")))
    for field in (None, 1, 2):
        store = store_with(entry(kind, field))
        assert refusal_of(broken, store, LENIENT)[1] == "sod_signature_invalid"
        assert refusal_of(changed, store, LENIENT)[1] == "dg_hash_mismatch"
        assert refusal_of(impostor, store, LENIENT)[1] == "dsc_signature_invalid"


@pytest.mark.parametrize("kind", [SIGNATURE_OF_SIGNER_WRONG, SOD_SIGNATURE_WRONG, GROUP_DIGEST_WRONG, GROUP_MALFORMED])
def test_what_cannot_be_excused_is_told(kind: str) -> None:
    anchor = parse_certificate(CSCA_FILE)
    assert find_excuses([ListedDeviation("VN", Description(kind))], anchor) == {}
    document = verify(forged(), store_with(entry(kind)))
    [step] = [step for step in document.steps if step.step == "deviation_list"]
    assert (step.result, step.code) == (Result.KNOWN_DEVIATION, "dvl_listed")
    assert KINDS[kind] in step.detail


def test_a_country_is_never_excused() -> None:
    files = forged(signer=make_signer(CSCA, country="FR"))
    for field in (None, 4, 6):
        store = store_with(entry(SIGNER_ENCODING, field), entry(ZONE_WRONG, 2))
        assert refusal_of(files, store) == ("consistency", "country_mismatch")


def test_a_list_speaks_for_its_own_country_alone() -> None:
    french = make_csca(
        use="french", country="FR", subject=name_of("CSCA of France", "FR"), issuer=name_of("CSCA of France", "FR")
    )
    data = make_list(entry(SIGNER_ENCODING), csca=french)
    store = parse_trust_store([CSCA_FILE, french.build(), data])
    files = forged(signer=make_signer(CSCA, usage=None))
    assert refusal_of(files, store) == ("profiles", "profile_dsc_no_key_usage")
    assert [s.code for s in verify(forged(), store).steps if s.step == "deviation_list"] == ["dvl_absent"]


def test_the_newest_list_of_a_country_counts() -> None:
    older, newer = make_list(entry(SIGNER_ENCODING)), make_list(at=NOW + timedelta(days=1))
    store = parse_trust_store([CSCA_FILE, newer, older])
    assert refusal_of(forged(signer=make_signer(CSCA, usage=None)), store)[1] == "profile_dsc_no_key_usage"


def test_a_key_that_others_may_know_proves_no_chip() -> None:
    """ICAO 9303-3, 7.3.5: it should not be relied upon."""
    files, key = make_card(SIGNER), chip_keys().active_authentication
    answer = ChipAnswer(bytes(8), build_chip_answer(key, bytes(8), rng=random.Random(1)))
    assert verify(files, make_trust(CSCA), chip_answer=answer).chip_proved
    document = verify(files, store_with(entry(CHIP_KEY_COMPROMISED)), chip_answer=answer)
    assert not document.chip_proved
    steps = [(s.result, s.code) for s in document.steps if s.step == "active_authentication"]
    assert steps == [(Result.KNOWN_DEVIATION, "aa_key_compromised")]
    wrong = ChipAnswer(bytes(8), build_chip_answer(key_of("P-256", "other"), bytes(8), rng=random.Random(1)))
    with pytest.raises(VerificationFailed) as refused:
        verify(files, store_with(entry(CHIP_KEY_COMPROMISED)), chip_answer=wrong)
    assert refused.value.code == "aa_signature_invalid"


def test_a_remembered_chain_is_excused_no_further_than_its_document() -> None:
    """The signer is the same, the document another: what is remembered of one says nothing of the other."""
    store = store_with(entry(SIGNER_ENCODING, documents=Documents(document_numbers=frozenset({"190000101"}))))
    files = forged(signer=make_signer(CSCA, usage=None))
    assert "profile_dsc_no_key_usage" in deviations_of(files, store)
    assert "profile_dsc_no_key_usage" in deviations_of(files, store)
    text = parse_tlv(files["EF.DG1"], 0x61).children()[0].value.decode()
    other = files | {"EF.DG1": build_dg1(text[:5] + "190000109" + text[14:])}
    assert refusal_of(other, store) == ("profiles", "profile_dsc_no_key_usage")
