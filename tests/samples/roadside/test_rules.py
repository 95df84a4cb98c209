"""What an officer is told: whatever can be wrong has its outcome and its reason, and nothing that is unknown is guessed."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import date
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from eid.samples.roadside.rules import (
    CARD_TYP,
    CLOCKS_APART,
    LICENCE_TYP,
    Checked,
    Outcome,
    StatusFrom,
    check_offline,
    check_status,
    judge_content,
    list_classes_in_force,
)
from eid.samples.roadside.status_lists import LARGEST, read_status_list
from eid.samples.roadside.trust import Trust, nothing_trusted
from eid.samples.roadside.words import WORDS
from eid.samples.signatures import NotVerified

ISSUER = "https://eid.example"
LIST = f"{ISSUER}/api/v1/status-lists/1"
NOW = 1_800_000_000.0
KEY, OTHER = (ECKey.generate_key("P-256", {"kid": "k1"}) for _ in range(2))
TRUST = Trust(ISSUER, {"k1": KEY.as_dict(private=False)}, {}, int(NOW))
CLASSES = [{"class": "A1", "expires_on": None}, {"class": "B", "expires_on": "2030-01-01"}]
CONTENT = {"name": "Trần Văn Minh", "number": "990260000001", "classes": CLASSES, "points": 12, "may_drive": True,
           "licence_status": "valid"}  # fmt: skip


def sign(claims: Any, *, typ: str = LICENCE_TYP, key: ECKey = KEY, kid: str = "k1") -> str:
    header = {"alg": "ES256", "typ": typ, "kid": kid}
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=["ES256"])


def licence(content: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """The claims of a good licence, changed where a test says so; None leaves one out."""
    good = {
        "iss": ISSUER,
        "aud": f"{ISSUER}/show",
        "sub": "s",
        "iat": int(NOW) - 60,
        "exp": int(NOW) + 240,
        "status": {"status_list": {"uri": LIST, "idx": 5}},
        "driving_licence": CONTENT | (content or {}),
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def card(**changes: Any) -> str:
    good = {"iss": ISSUER, "iat": int(NOW) - 5, "exp": int(NOW) + 45, "name": "Trần Văn Minh", "pin": "979085000102"}
    return sign(good | changes, typ=CARD_TYP)


def status_list(statuses: dict[int, int], **changes: Any) -> str:
    """Two bits a place, from the least significant on."""
    packed = bytearray(16)
    for index, status in statuses.items():
        packed[index // 4] |= status << index % 4 * 2
    lst = base64.urlsafe_b64encode(zlib.compress(bytes(packed))).rstrip(b"=").decode()
    claims = {"sub": LIST, "iat": int(NOW) - 10, "exp": int(NOW) + 890, "status_list": {"bits": 2, "lst": lst}}
    return sign(claims | changes, typ="statuslist+jwt")


def look(scanned: str, *, trust: Trust = TRUST, now: float = NOW) -> Checked:
    return check_offline(scanned, trust=trust, now=now)


def test_a_good_licence_is_genuine_offline_and_not_yet_verified() -> None:
    found = look(sign(licence()))
    assert (found.outcome, found.reason) == (Outcome.UNVERIFIED, "status_unknown")
    assert [held for _name, held in found.steps] == [True] * 6
    assert found.content["number"] == "990260000001"
    assert found.shown_until == int(NOW) + 240 + CLOCKS_APART


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (0, Outcome.VALID, "valid"),
        (1, Outcome.REVOKED, "status_invalid"),
        (2, Outcome.SUSPENDED, "status_suspended"),
        (3, Outcome.UNVERIFIED, "status_strange"),
    ],
)
@pytest.mark.parametrize("fetched", [True, False])
def test_the_list_decides_and_is_told_apart_by_where_it_is_from(
    status: int, outcome: Outcome, reason: str, fetched: bool
) -> None:
    listed = read_status_list(status_list({5: status, 4: 1, 6: 2}), uri=LIST, keys=TRUST)
    found = check_status(look(sign(licence())), listed, fetched=fetched, now=NOW)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.status_from is (StatusFrom.NOW if fetched else StatusFrom.KEPT)
    assert found.status_at == int(NOW) - 10


def test_without_a_list_or_with_one_that_is_too_old_nothing_is_guessed() -> None:
    found = look(sign(licence()))
    old = read_status_list(status_list({}, exp=int(NOW) - CLOCKS_APART - 1), uri=LIST, keys=TRUST)
    for listed in (None, old):
        told = check_status(found, listed, fetched=False, now=NOW)
        assert (told.outcome, told.status_from) == (Outcome.UNVERIFIED, StatusFrom.NOWHERE)


@pytest.mark.parametrize(
    ("content", "outcome", "reason"),
    [
        ({"licence_status": "revoked"}, Outcome.REVOKED, "licence_revoked"),
        ({"licence_status": "suspended"}, Outcome.SUSPENDED, "licence_suspended"),
        ({"points": 0, "may_drive": False}, Outcome.SUSPENDED, "no_points"),
        ({"may_drive": False}, Outcome.EXPIRED, "may_not_drive"),
        ({"may_drive": None}, Outcome.EXPIRED, "may_not_drive"),
        ({"may_drive": "yes"}, Outcome.EXPIRED, "may_not_drive"),
        ({"classes": [{"class": "B", "expires_on": "2026-12-31"}]}, Outcome.EXPIRED, "classes_expired"),
        ({"classes": []}, Outcome.EXPIRED, "classes_expired"),
        ({"classes": "B"}, Outcome.EXPIRED, "classes_expired"),
    ],
)
def test_what_the_licence_says_is_no_better_for_a_good_status(
    content: dict[str, Any], outcome: Outcome, reason: str
) -> None:
    found = look(sign(licence(content)))
    assert (found.outcome, found.reason) == (outcome, reason)
    listed = read_status_list(status_list({}), uri=LIST, keys=TRUST)
    assert check_status(found, listed, fetched=True, now=NOW).outcome is outcome


@pytest.mark.parametrize(
    ("scanned", "outcome", "reason"),
    [
        ("", Outcome.NOT_GENUINE, "not_a_code"),
        ("https://eid.example/", Outcome.NOT_GENUINE, "not_a_code"),
        ("ë.b.c", Outcome.NOT_GENUINE, "not_a_code"),
        (sign(licence(), typ="eid-health_insurance+jwt"), Outcome.NOT_GENUINE, "not_a_code"),
        (sign(licence(), typ="JWT"), Outcome.NOT_GENUINE, "not_a_code"),
        (sign(licence(), kid="k2"), Outcome.UNVERIFIED, "key_unknown"),
        (sign(licence(), key=OTHER), Outcome.NOT_GENUINE, "forged"),
        (sign(licence(iss="https://evil.example")), Outcome.NOT_GENUINE, "another_issuer"),
        (sign(licence(aud="a-clinic")), Outcome.NOT_GENUINE, "for_somebody_else"),
        (sign(licence(aud=None)), Outcome.NOT_GENUINE, "for_somebody_else"),
        (sign(licence(driving_licence=None)), Outcome.NOT_GENUINE, "not_a_code"),
        (sign(licence(status=None)), Outcome.NOT_GENUINE, "not_a_code"),
        (sign(licence(exp=None)), Outcome.NOT_GENUINE, "not_a_code"),
        (sign([1, 2]), Outcome.NOT_GENUINE, "not_a_code"),
        (card(exp=int(NOW) + 600), Outcome.NOT_GENUINE, "lives_too_long"),
        (card(), Outcome.IDENTITY, "identity"),
    ],
)  # fmt: skip
def test_what_is_no_licence_of_ours_is_told_apart(scanned: str, outcome: Outcome, reason: str) -> None:
    """A key that was not loaded may be a new one, a signature that does not hold is none"""
    found = look(scanned)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert bool(found.content) is (outcome is Outcome.IDENTITY)
    assert check_status(found, None, fetched=False, now=NOW) == found


@pytest.mark.parametrize(
    ("apart", "outcome", "reason"),
    [
        (240 + CLOCKS_APART, Outcome.UNVERIFIED, "status_unknown"),
        (240 + CLOCKS_APART + 1, Outcome.EXPIRED, "code_expired"),
        (-60 - CLOCKS_APART, Outcome.UNVERIFIED, "status_unknown"),
        (-60 - CLOCKS_APART - 1, Outcome.UNVERIFIED, "clock_wrong"),
    ],
)
def test_a_code_holds_for_its_time_by_clocks_that_may_be_apart(apart: int, outcome: Outcome, reason: str) -> None:
    found = look(sign(licence()), now=NOW + apart)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_terminal_in_which_nothing_was_loaded_says_so() -> None:
    found = look(sign(licence()), trust=nothing_trusted(ISSUER))
    assert (found.outcome, found.reason) == (Outcome.UNVERIFIED, "nothing_loaded")


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": f"{ISSUER}/api/v1/status-lists/2"},
        {"exp": None},
        {"status_list": {"bits": 3, "lst": "eNpjAAAAAQAB"}},
        {"status_list": {"bits": 2, "lst": "!"}},
        {"status_list": {"bits": 2, "lst": base64.urlsafe_b64encode(zlib.compress(bytes(LARGEST + 1))).decode()}},
        {"status_list": None},
    ],
)
def test_a_list_that_is_none_or_too_large_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotVerified):
        read_status_list(status_list({}, **changes), uri=LIST, keys=TRUST)


def test_a_place_that_the_list_does_not_have_is_refused() -> None:
    listed = read_status_list(status_list({}), uri=LIST, keys=TRUST)
    for index in (-1, 64, "5"):
        with pytest.raises(NotVerified):
            listed.find_status(index)  # type: ignore[arg-type]


def test_classes_hold_to_their_last_day() -> None:
    assert list_classes_in_force(CONTENT, today=date(2030, 1, 1)) == ("A1", "B")
    assert list_classes_in_force(CONTENT, today=date(2030, 1, 2)) == ("A1",)
    assert judge_content(CONTENT, today=date(2030, 1, 2)) == (Outcome.VALID, "valid")


def test_every_outcome_and_step_has_words() -> None:
    assert {f"outcome_{one}" for one in Outcome} <= set(WORDS)
    assert {f"status_{one}" for one in StatusFrom} <= set(WORDS)
    found = check_status(look(sign(licence())), None, fetched=False, now=NOW)
    assert {f"step_{name}" for name, _held in found.steps} | {"step_status"} <= set(WORDS)
