"""OpenID Connect for Identity Assurance 1.0: what a request's verified_claims gets, and what is left out of it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.errors import Malformed
from eid.oauth.claims_request import parse_claims_request
from eid.oauth.verified_claims import (
    TRUST_FRAMEWORK,
    VERIFIABLE_CLAIMS,
    CardCheck,
    DeskCheck,
    build_verification,
    select_verified_claims,
)
from tests.oauth.verified_claims_rules import check_verified_claims

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
CARD = CardCheck(
    reference="ref-1",
    at=NOW - timedelta(days=10),
    document_number="085000102",
    sod_sha256=bytes(range(32)),
    issued_on=date(2024, 7, 1),
    expires_on=date(2039, 7, 1),
    verifier="eid",
)
DESK = DeskCheck(NOW - timedelta(days=12), "Công an Phường Bến Thử", "idcard")
WHOLE = build_verification(assurance_level="level_2", card=CARD, desk=DESK)
VALUES = {"name": "Trần Văn Minh", "given_name": "Minh", "birthdate": "1985-11-02", "phone_number": "0100000102"}
DOCUMENT = {"type": {"value": "document"}}


def select(verification: Any, claims: Any = None, *, may_tell: set[str] | None = None, have: Any = WHOLE) -> Any:
    element = {"verification": {"trust_framework": None, **verification}, "claims": claims or {"name": None}}
    return select_all(element, may_tell=may_tell, have=have)


def select_all(asked: Any, *, may_tell: set[str] | None = None, have: Any = WHOLE) -> Any:
    found = select_verified_claims(
        asked,
        verification=have,
        values=VALUES,
        may_tell=lambda name: may_tell is None or name in may_tell,
        now=NOW,
    )
    if found is not None:
        check_verified_claims(found)
    return found


def test_nothing_is_told_that_was_not_asked_for() -> None:
    found = select({})
    assert found == {"verification": {"trust_framework": TRUST_FRAMEWORK}, "claims": {"name": "Trần Văn Minh"}}


def test_evidence_names_the_card_by_time_document_and_digest() -> None:
    wish = {
        "time": None,
        "verification_process": None,
        "evidence": [
            {
                **DOCUMENT,
                "check_details": [{"check_method": {"value": "vcrypt"}, "time": None, "txn": None}],
                "document_details": {
                    "type": None,
                    "document_number": None,
                    "date_of_expiry": None,
                    "digest": {"alg": None, "value": None},
                },
            }
        ],
    }
    verification = select(wish)["verification"]
    assert (verification["time"], verification["verification_process"]) == ("2026-11-18T12:00:00Z", "ref-1")
    [evidence] = verification["evidence"]
    assert evidence["check_details"] == [{"check_method": "vcrypt", "time": "2026-11-18T12:00:00Z", "txn": "ref-1"}]
    assert evidence["document_details"] == {
        "type": "idcard",
        "document_number": "085000102",
        "date_of_expiry": "2039-07-01",
        "digest": {"alg": "sha-256", "value": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
    }


def test_evidence_of_the_desk_names_its_place_and_time() -> None:
    wish = {
        "evidence": [
            {**DOCUMENT, "check_details": [{"check_method": {"value": "vpip"}, "organization": None, "time": None}]}
        ]
    }
    [evidence] = select(wish)["verification"]["evidence"]
    assert evidence == {
        "type": "document",
        "check_details": [
            {"check_method": "vpip", "organization": "Công an Phường Bến Thử", "time": "2026-11-16T12:00:00Z"}
        ],
    }


def test_templates_of_evidence_are_alternatives() -> None:
    both = {"evidence": [{**DOCUMENT, "method": {"value": "pipp"}}, {**DOCUMENT, "method": {"value": "eid"}}]}
    assert [e["method"] for e in select(both)["verification"]["evidence"]] == ["eid", "pipp"]
    assert len(select({"evidence": [DOCUMENT]})["verification"]["evidence"]) == 2
    assert "evidence" not in select({"evidence": None})["verification"]


@pytest.mark.parametrize(
    "wish",
    [
        {"trust_framework": {"value": "de_aml"}},
        {"trust_framework": {"values": ["eidas", "de_aml"]}},
        {"assurance_level": {"value": "level_1"}},
        {"time": {"max_age": 9 * 86400}},
        {"time": {"max_age": "soon"}},
        {"evidence": [{"type": {"value": "vouch"}}]},
        {"evidence": [{**DOCUMENT, "method": {"value": "sripp"}}]},
        {"evidence": [{**DOCUMENT, "document_details": {"type": {"values": ["passport", "driving_permit"]}}}]},
        {"evidence": [{**DOCUMENT, "document_details": {"date_of_issuance": {"max_age": 86400}}}]},
        {"evidence": [{**DOCUMENT, "check_details": [{"check_method": {"value": "kbv"}}]}]},
        {"assurance_process": {"policy": {"value": "x"}}},
        {"unknown": {"value": 1}},
    ],
)
def test_a_wish_within_the_verification_that_is_not_met_leaves_the_whole_out(wish: Any) -> None:
    """Data not matching requirements, first rule."""
    assert select(wish) is None


@pytest.mark.parametrize(
    "wish",
    [
        {"trust_framework": {"values": ["de_aml", TRUST_FRAMEWORK]}},
        {"time": {"max_age": 10 * 86400}},
        {"evidence": [{**DOCUMENT, "document_details": {"date_of_issuance": {"max_age": 880 * 86400}}}]},
        {"assurance_process": {"policy": None}},
        {"unknown": None},
        {"time": {"essential": True}},
    ],
)
def test_a_wish_that_is_met_or_a_part_that_is_unknown_leaves_nothing_out(wish: Any) -> None:
    assert select(wish)["claims"] == {"name": "Trần Văn Minh"}


def test_a_day_counts_until_its_last_second() -> None:
    wish = {"date_of_issuance": {"max_age": 0}}
    today = build_verification(
        assurance_level="level_2", card=CardCheck("r", NOW, "0", bytes(32), NOW.date(), None, "eid"), desk=None
    )
    assert select({"evidence": [{**DOCUMENT, "document_details": wish}]}, have=today) is not None


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"name": None, "given_name": {"value": "Nam"}}, {"name"}),
        ({"name": None, "given_name": {"values": ["Nam", "Minh"]}}, {"name", "given_name"}),
        ({"name": {"essential": True}, "nonsense": {"essential": True}}, {"name"}),
        ({"name": None, "phone_number": None}, {"name"}),
        ({"name": None, "birthdate": {"max_age": 1}}, {"name"}),
        ({"name": None, "family_name": None}, {"name"}),
    ],
)
def test_a_claim_that_is_unknown_or_not_as_wished_is_left_out_alone(claims: Any, told: set[str]) -> None:
    """Data not matching requirements, second rule; unavailable data."""
    assert set(select({}, claims)["claims"]) == told


def test_without_any_claim_left_the_whole_is_left_out() -> None:
    """Omitting elements."""
    assert select({}, {"given_name": {"value": "Nam"}}) is None
    assert select({}, {"nonsense": None}) is None


def test_what_was_not_agreed_to_is_left_out() -> None:
    """Non-consented data."""
    assert set(select({}, {"name": None, "birthdate": None}, may_tell={"birthdate"})["claims"]) == {"birthdate"}
    assert select({}, {"name": None}, may_tell={"birthdate"}) is None


def test_several_elements_are_answered_each_for_itself() -> None:
    ours = {"verification": {"trust_framework": {"value": TRUST_FRAMEWORK}}, "claims": {"name": None}}
    other = {"verification": {"trust_framework": {"value": "de_aml"}}, "claims": {"name": None}}
    again = {"verification": {"trust_framework": None, "assurance_level": None}, "claims": {"given_name": None}}
    found = select_all([ours, other, again])
    assert [set(element["claims"]) for element in found] == [{"name"}, {"given_name"}]
    assert select_all([other]) is None


def test_an_account_that_rests_on_nothing_that_is_kept_verifies_nothing() -> None:
    assert build_verification(assurance_level="level_2", card=None, desk=None) is None
    assert select({}, have=None) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["trust_framework", "evidence", "time", "type", "value", "values", "max_age", "check_details"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.dictionaries(st.sampled_from([*VERIFIABLE_CLAIMS, "x"]), JSON, max_size=3))
def test_whatever_is_asked_is_refused_or_answered_by_the_rules(verification: Any, claims: Any) -> None:
    """Nothing is told beyond what was asked for, whatever the request looks like."""
    text = json.dumps({"userinfo": {"verified_claims": {"verification": verification, "claims": claims}}})
    try:
        asked = parse_claims_request(text, client_scopes=["profile", "identity", "address"])
    except Malformed as refused:
        assert refused.code == "claims_malformed"
        return
    if "verified_claims" in asked["userinfo"]:
        found = select_all(asked["userinfo"]["verified_claims"])
        assert found is None or set(found["claims"]) <= set(claims) & set(VERIFIABLE_CLAIMS)
        assert found is None or set(found["verification"]) <= {*verification, "trust_framework"}


@pytest.mark.parametrize(
    "given_claims",
    [
        {"userinfo": []},
        {"userinfo": {"name": 1}},
        {"id_token": {"name": "x"}},
        {"userinfo": {"verified_claims": "x"}},
        {"userinfo": {"verified_claims": {"claims": {"name": None}}}},
        {"userinfo": {"verified_claims": {"verification": {}, "claims": {"name": None}}}},
        {"userinfo": {"verified_claims": {"verification": {"trust_framework": None}}}},
        {"userinfo": {"verified_claims": [None]}},
        {"userinfo": {"verified_claims": {"verification": {"trust_framework": None, "evidence": {}}, "claims": {}}}},
        {"userinfo": {"verified_claims": {"verification": {"trust_framework": None, "evidence": [{}]}, "claims": {}}}},
    ],
)
def test_what_cannot_be_read_is_refused(given_claims: Any) -> None:
    with pytest.raises(Malformed) as refused:
        parse_claims_request(json.dumps(given_claims), client_scopes=["profile"])
    assert refused.value.code == "claims_malformed"


@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_what_is_nested_deeper_than_anything_that_can_be_asked_for_is_refused(opening: str) -> None:
    deep = opening * 790 + "1" + ("}" if opening[0] == "{" else "]") * 790
    element = f'{{"verification": {{"trust_framework": null, "x": {deep}}}, "claims": {{"name": {{"value": {deep}}}}}}}'
    with pytest.raises(Malformed) as refused:
        parse_claims_request(f'{{"userinfo": {{"verified_claims": {element}}}}}', client_scopes=["profile"])
    assert refused.value.code == "claims_malformed"


def test_what_does_not_exist_or_is_another_services_is_ignored() -> None:
    """OpenID Connect Core, section 5.5: members and claims that are not understood must be ignored."""
    text = '{"userinfo": {"name": null, "shoe_size": null, "address": null}, "id_token": null, "other": 5}'
    assert parse_claims_request(text, client_scopes=["openid", "profile"]) == {
        "userinfo": {"name": None},
        "id_token": {},
    }
