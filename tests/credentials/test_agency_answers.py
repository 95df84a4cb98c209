"""What an agency says is signed with its own key, and verified before a paper is made of it; what was altered is not believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from eid.agencies import conduct
from eid.agencies.answering import (
    TYP,
    AgencyRequest,
    SignedAnswer,
    answer_request,
    digest_record,
    find_agency_jwks,
    issuer_of,
)
from eid.agencies.conduct import AGENCIES, Asker, find_agency_of
from eid.agencies.service import OFFICES
from eid.clock import wall_now
from eid.credentials import agency_answers
from eid.credentials.agency_answers import find_verified_answer, verify_answer
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.models import IssuedPaper
from eid.credentials.service import issue_paper_token, issue_shown_paper
from eid.crypto.jwt import build_jwt, verify_signature
from eid.db import db
from eid.errors import NotFound, Refused, Unavailable, VerificationFailed
from eid.key_rotation import rotate_signing_keys, withdraw_signing_key
from eid.keystore import KeyUse, current_keystore
from eid.population.models import Person
from tests.credentials.conftest import OF_GROWN_UPS, give_every_paper


def request_of(person: Person, paper: str = "driving_licence") -> AgencyRequest:
    return AgencyRequest(paper, person.id, Asker.SERVICE, ("number", "points"), "Renting you a car")


def say(record: Any) -> dict[str, Any]:
    return {"number": record.number, "points": record.points, "secret": "never asked for"}


def test_every_paper_has_one_agency_which_it_names_in_the_same_words() -> None:
    listed = [paper for agency in AGENCIES for paper in agency.papers]
    assert sorted(listed) == sorted({office.paper for office in OFFICES})
    for name, paper in CATALOGUE.items():
        assert find_agency_of(name).title == paper.agency


def test_an_answer_is_signed_by_the_agency_for_this_request_and_says_no_more_than_was_asked(person: Person) -> None:
    answered = find_verified_answer(request_of(person), say)
    assert answered.content == {"number": answered.record.number, "points": 12}
    assert answered.reference.agency == "traffic-police"
    assert wall_now() - answered.reference.answered_at < timedelta(seconds=30)
    kids = [key["kid"] for key in find_agency_jwks(find_agency_of("driving_licence"))]
    assert kids == [answered.reference.kid]


def test_agencies_have_keys_of_their_own(person: Person) -> None:
    keys = [key["kid"] for agency in AGENCIES for key in find_agency_jwks(agency)]
    assert len(set(keys)) == len(AGENCIES)
    assert not {key["kid"] for key in current_keystore().find_published_jwks(KeyUse.PAPERS)} & set(keys)


def forge(answer: SignedAnswer, *, agency: str = "traffic-police", typ: str = TYP, **changed: Any) -> SignedAnswer:
    """The answer with other claims, signed anew with this agency's key."""
    key = current_keystore().find_agency_keys(agency).find_signing_key(KeyUse.ANSWERS)
    unverified = (
        verify_signature(answer.token, keys=[key.public_jwk()], expected_typ=TYP)
        if agency == "traffic-police"
        else None
    )
    claims = dict(unverified.claims) if unverified else {}
    return replace(answer, token=build_jwt(claims | changed, key=key, typ=typ))


def flip(answer: SignedAnswer) -> SignedAnswer:
    head, payload, signature = answer.token.split(".")
    return replace(answer, token=f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}")


ALTERED: list[tuple[str, str, Callable[[SignedAnswer], SignedAnswer]]] = [
    ("signature", "token_signature", flip),
    ("signature", "token_signature", lambda answer: replace(answer, token="")),
    ("signature", "token_signature", lambda answer: forge(answer, agency="tax-authority")),
    ("typ", "token_typ", lambda answer: forge(answer, typ="eid-driving_licence+jwt")),
    ("iss", "token_issuer", lambda answer: forge(answer, iss="http://localhost:8000/api/v1/agencies/tax-authority")),
    ("aud", "token_audience", lambda answer: forge(answer, aud="https://elsewhere.example")),
    ("exp", "token_expired", lambda answer: forge(answer, exp=1_000_000_000)),
    ("request", "answer_request", lambda answer: forge(answer, request={"paper": "driving_licence"})),
    ("record", "answer_record", lambda answer: forge(answer, record="0" * 64)),
    ("record", "answer_record", lambda answer: forge(answer, state="suspended")),
    (
        "record",
        "answer_record",
        lambda answer: replace(answer, unverified_record=replace(answer.unverified_record, points=11)),
    ),
    ("content", "answer_content", lambda answer: forge(answer, says={"number": "1", "pin": "1"})),
    ("content", "answer_content", lambda answer: forge(answer, says=["number"])),
]


@pytest.mark.parametrize(("step", "code", "alter"), ALTERED)
def test_an_altered_answer_is_not_believed(
    person: Person, step: str, code: str, alter: Callable[[SignedAnswer], SignedAnswer]
) -> None:
    request = request_of(person)
    answer = answer_request(request, say)
    assert verify_answer(answer, expected_request=request).state == "valid"
    with pytest.raises(VerificationFailed) as refusal:
        verify_answer(alter(answer), expected_request=request)
    assert (refusal.value.step, refusal.value.code) == (step, code)


@pytest.mark.parametrize(
    "changed",
    [{"person_id": 3}, {"asker": Asker.HOLDER}, {"attributes": ("number",)}, {"purpose": ""}],
)
def test_an_answer_is_good_for_its_request_alone(person: Person, changed: dict[str, Any]) -> None:
    answer = answer_request(request_of(person), say)
    with pytest.raises(VerificationFailed) as refusal:
        verify_answer(answer, expected_request=replace(request_of(person), **changed))
    assert refusal.value.step == "request"


def test_an_old_answer_is_not_believed(person: Person) -> None:
    answer = answer_request(request_of(person), say)
    with time_machine.travel(wall_now() + timedelta(minutes=2)), pytest.raises(VerificationFailed) as refusal:
        verify_answer(answer, expected_request=request_of(person))
    assert refusal.value.code == "token_expired"


def test_nothing_is_issued_of_an_answer_that_does_not_hold(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agency_answers, "answer_request", lambda *given: flip(answer_request(*given)))
    for act in (
        lambda: issue_paper_token(person_id=person.id, paper="driving_licence", audience="clinic", subject="s"),
        lambda: issue_shown_paper(person.id, "health_insurance"),
    ):
        with pytest.raises(Unavailable) as refusal:
            act()
        assert refusal.value.code == "agency_answer"
        db.session.rollback()
    assert db.session.scalars(select(IssuedPaper)).all() == []


def test_what_is_issued_names_the_answer_that_it_was_made_of(person: Person) -> None:
    give_every_paper(person.id)
    for paper in OF_GROWN_UPS:
        issue_paper_token(person_id=person.id, paper=paper, audience="clinic", subject="s")
    for row in db.session.scalars(select(IssuedPaper)):
        agency = find_agency_of(row.paper)
        assert row.answer_agency == agency.name
        assert row.answer_kid in [key["kid"] for key in find_agency_jwks(agency)]
        assert row.answered_at is not None
        assert len(row.answer_digest or "") == 64


def test_whom_the_code_of_conduct_does_not_name_is_refused(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = replace(find_agency_of("driving_licence"), answers_to=(Asker.HOLDER,))
    monkeypatch.setitem(conduct._BY_PAPER, "driving_licence", strict)
    assert issue_shown_paper(person.id, "driving_licence").token is not None
    with pytest.raises(Refused) as refusal:
        issue_paper_token(person_id=person.id, paper="driving_licence", audience="clinic", subject="s")
    assert refusal.value.code == "agency_refuses"


def test_a_paper_without_an_agency_and_an_agency_without_a_name_are_refused() -> None:
    with pytest.raises(Unavailable) as missing:
        find_agency_of("passport")
    assert missing.value.code == "agency_missing"
    with pytest.raises(NotFound) as unknown:
        conduct.find_agency("passport-office")
    assert unknown.value.code == "agency_unknown"


def test_an_agencys_key_rotates_and_a_withdrawn_one_is_not_believed(person: Person) -> None:
    request, traffic = request_of(person), find_agency_of("driving_licence")
    answer = answer_request(request, say)
    before = verify_answer(answer, expected_request=request).reference.kid
    [following] = rotate_signing_keys(KeyUse.ANSWERS, agency=traffic.name).following
    assert {key["kid"] for key in find_agency_jwks(traffic)} == {before, following.key.kid}
    assert verify_answer(answer_request(request, say), expected_request=request).reference.kid == before
    with time_machine.travel(following.signs_from + timedelta(seconds=1), tick=False):
        assert verify_answer(answer_request(request, say), expected_request=request).reference.kid == following.key.kid
    withdraw_signing_key(KeyUse.ANSWERS, before, agency=traffic.name)
    with pytest.raises(VerificationFailed) as refusal:
        verify_answer(answer, expected_request=request)
    assert refusal.value.step in ("key", "signature")
    assert issuer_of(traffic).endswith("/api/v1/agencies/traffic-police")


def test_two_records_have_the_same_digest_only_where_they_are_the_same(person: Person) -> None:
    record = answer_request(request_of(person), say).unverified_record
    assert digest_record(record) == digest_record(replace(record))
    assert digest_record(record) != digest_record(replace(record, may_drive=False))
