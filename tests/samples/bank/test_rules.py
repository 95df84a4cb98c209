"""When the bank opens an account: each rule refuses what it is there for, and says so."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eid.samples.bank.rules import CLAIMS, EVIDENCE_AGE, judge
from eid.samples.bank.words import WORDS

NOW = datetime(2026, 6, 15, 8, 0, tzinfo=UTC)
ID_TOKEN = {"acr": "LoA4", "auth_time": int(NOW.timestamp()) - 60}
CARD = {
    "type": "document",
    "check_details": [{"check_method": "vcrypt", "organization": "eid", "time": "2026-01-02T03:04:05Z", "txn": "7"}],
    "document_details": {"type": "idcard", "document_number": "979085000102", "date_of_expiry": "2045-11-02"},
}
DESK = {
    "type": "document",
    "check_details": [{"check_method": "vpip", "organization": "Phường Bến Thử", "time": "2026-01-02T03:04:05Z"}],
    "document_details": {"type": "idcard"},
}
USERINFO: dict[str, Any] = {
    "sub": "s",
    "verified_claims": {
        "verification": {
            "trust_framework": "vn_decree_69_2024",
            "assurance_level": "level_2",
            "time": "2026-01-02T03:04:05Z",
            "evidence": [DESK, CARD],
        },
        "claims": {"name": "Trần Văn Minh", "birthdate": "1985-11-02", "pin": "979085000102"},
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Userinfo with one thing changed; None takes it away."""
    found: Any = copy.deepcopy(USERINFO)
    *way, last = path.split(".")
    place = found["verified_claims"]
    for part in way:
        place = place[int(part)] if part.isdigit() else place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return dict(found)


def test_good_evidence_opens_an_account_and_names_the_card_and_who_read_it() -> None:
    dossier = judge(ID_TOKEN, USERINFO, now=NOW)
    assert dossier.is_accepted and dossier.reasons == ()
    assert dossier.document["document_number"] == "979085000102"
    assert dossier.check["txn"] == "7"
    assert dossier.claims["name"] == "Trần Văn Minh"


@pytest.mark.parametrize(
    ("id_token", "rule"),
    [
        ({"acr": "LoA3"}, "level"),
        ({"acr": "loa4"}, "level"),
        ({"auth_time": int(NOW.timestamp()) - 301}, "sign_in_age"),
        ({"auth_time": None}, "sign_in_age"),
    ],
)
def test_a_sign_in_that_is_too_weak_or_too_old_is_refused(id_token: dict[str, Any], rule: str) -> None:
    assert judge(ID_TOKEN | id_token, USERINFO, now=NOW).reasons == (rule,)


OLD = (NOW - EVIDENCE_AGE - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
CHECK = "verification.evidence.1.check_details.0"
DOCUMENT = "verification.evidence.1.document_details"


@pytest.mark.parametrize(
    ("path", "value", "reasons"),
    [
        ("verification.trust_framework", "de_aml", ("framework",)),
        ("verification.assurance_level", "level_1", ("account_level",)),
        ("verification.assurance_level", None, ("account_level",)),
        (f"{CHECK}.time", OLD, ("evidence_age",)),
        (f"{CHECK}.time", "yesterday", ("evidence_age",)),
        (f"{CHECK}.time", None, ("evidence_age",)),
        (f"{DOCUMENT}.date_of_expiry", "2026-06-14", ("card_in_force",)),
        (f"{DOCUMENT}.date_of_expiry", "soon", ("card_in_force",)),
        (f"{DOCUMENT}.document_number", None, ("card_in_force",)),
        (f"{CHECK}.check_method", "vpip", ("chip", "card_in_force")),
        ("verification.evidence", [DESK], ("chip", "card_in_force")),
        ("verification.evidence", [], ("chip", "evidence_age", "card_in_force")),
        ("verification.evidence", "none", ("chip", "evidence_age", "card_in_force")),
        ("claims.pin", None, ("complete",)),
        ("claims.name", "", ("complete",)),
        ("claims.birthdate", "2011-06-16", ("age",)),
        ("claims.birthdate", "unknown", ("age",)),
    ],
)
def test_evidence_that_is_too_weak_too_old_or_not_there_is_refused(
    path: str, value: Any, reasons: tuple[str, ...]
) -> None:
    """A desk that saw somebody is evidence, but not of a chip"""
    dossier = judge(ID_TOKEN, changed(path, value), now=NOW)
    assert not dossier.is_accepted
    assert dossier.reasons == reasons


@pytest.mark.parametrize("verified", [None, [], "yes", {}, {"verification": None, "claims": []}])
def test_whoever_is_vouched_for_by_nothing_is_refused_for_all_of_it(verified: Any) -> None:
    dossier = judge(ID_TOKEN, {"sub": "s", "name": "Trần Văn Minh", "verified_claims": verified}, now=NOW)
    assert dossier.reasons == (
        "framework", "account_level", "chip", "evidence_age", "card_in_force", "complete", "age",
    )  # fmt: skip
    assert dossier.claims == {}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{DOCUMENT}.date_of_expiry", None),
        (f"{DOCUMENT}.date_of_expiry", "2026-06-15"),
        ("claims.birthdate", "2011-06-15"),
        (f"{CHECK}.time", "2027-01-01T00:00:00Z"),
    ],
)
def test_the_last_that_suffices(path: str, value: Any) -> None:
    """A card without a last day, one that ends today, a fifteenth birthday, and a world whose clock is ahead of ours"""
    assert judge(ID_TOKEN, changed(path, value), now=NOW).is_accepted


def test_every_rule_has_words_and_something_to_do() -> None:
    for finding in judge({}, {}, now=NOW).findings:
        assert f"rule_{finding.rule}" in WORDS and f"do_{finding.rule}" in WORDS
    assert {f"claim_{name}" for name in CLAIMS} <= set(WORDS)
