"""The agencies, to programs and to people: codes of conduct, and keys that verify what they say."""

from __future__ import annotations

from flask.testing import FlaskClient

from eid.agencies.answering import TYP, AgencyRequest, answer_request
from eid.agencies.conduct import AGENCIES, Asker
from eid.agencies.service import record_driving_licence
from eid.clock import wall_now
from eid.crypto.jwt import verify_jwt
from eid.db import db
from tests.people import record_one

ISSUER = "http://localhost:8000"


def test_each_agency_publishes_its_code_of_conduct(client: FlaskClient) -> None:
    answer = client.get("/api/v1/agencies")
    assert answer.status_code == 200
    listed = {agency["name"]: agency for agency in answer.json["agencies"]}  # type: ignore[index]
    assert set(listed) == {agency.name for agency in AGENCIES}
    police = listed["traffic-police"]
    assert police["papers"] == ["driving_licence", "vehicle"]
    assert police["answers_to"] == ["holder", "guardian", "service"]
    assert "36/2024/QH15" in police["legal_basis"]
    assert "not kept" in police["retention"]
    assert client.get(police["issuer"].removeprefix(ISSUER)).json == police


def test_an_answer_is_verified_with_what_is_published(client: FlaskClient) -> None:
    person = record_one()
    record_driving_licence(person.id)
    db.session.commit()
    request = AgencyRequest("driving_licence", person.id, Asker.HOLDER, ("points",))
    token = answer_request(request, lambda record: {"points": record.points}).token
    listed = client.get("/api/v1/agencies").json["agencies"]  # type: ignore[index]
    [police] = [agency for agency in listed if "driving_licence" in agency["papers"]]
    answer = client.get(police["keys_uri"].removeprefix(ISSUER))
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    published = answer.json
    assert published is not None
    assert (published["agency"], published["issuer"]) == ("traffic-police", police["issuer"])
    assert all("d" not in key for key in published["keys"])
    verified = verify_jwt(
        token,
        keys=published["keys"],
        expected_typ=TYP,
        expected_issuer=police["issuer"],
        expected_audience=ISSUER,
        now=wall_now(),
    )
    assert verified.claims["says"] == {"points": 12}


def test_nobody_has_keys_of_an_agency_that_there_is_not(client: FlaskClient) -> None:
    for path in ("passport-office", "passport-office/keys"):
        answer = client.get(f"/api/v1/agencies/{path}")
        assert answer.status_code == 404
        assert answer.json is not None
        assert answer.json["code"] == "agency_unknown"


def test_people_read_the_codes_of_conduct_in_their_language(client: FlaskClient) -> None:
    page = client.get("/agencies/").text
    assert "Cảnh sát giao thông (mô phỏng)" in page
    client.get("/language/en")
    page = client.get("/agencies/").text
    assert page.count("<section") == len(AGENCIES)
    assert "a service to which the holder agreed" in page
