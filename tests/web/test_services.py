"""What a relying service reads, and what a citizen sees of the services."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import RegisteredClient
from eid.oauth.consents import find_consents, record_consent
from eid.web.session import COOKIE
from tests.oauth.conftest import Citizen, citizen, make_citizen, service  # noqa: F401


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_service_reads_how_to_register_and_where_to_go(client: FlaskClient, language: str) -> None:
    client.set_cookie("eid_locale", language)
    page = client.get("/services/")
    assert page.status_code == 200
    for text in (
        "eid clients register",
        "http://localhost:8000/.well-known/openid-configuration",
        "http://localhost:8000/oauth/token",
        "health_insurance",
        "authorize_access_token",
    ):
        assert text in page.text


def test_the_example_for_copying_is_python(client: FlaskClient) -> None:
    page = client.get("/services/").text
    example = re.search(r"<code>(from authlib.*?)</code>", page, re.DOTALL)
    assert example is not None
    code = example[1].replace("&#39;", "'").replace("&#34;", '"').replace("&gt;", ">")
    compile(code, "example", "exec")


def test_a_citizen_sees_and_withdraws_what_services_may_read(
    client: FlaskClient,
    citizen: Citizen,  # noqa: F811
    service: RegisteredClient,  # noqa: F811
) -> None:
    scopes = ["openid", "identity"]
    record_consent(citizen.person_id, service.client, asked=scopes, granted=scopes, now=wall_now())
    db.session.commit()
    client.set_cookie(COOKIE, citizen.new_session.token)
    page = client.get("/citizen/services").text
    assert "Phòng khám Thử" in page and "Danh tính của bạn theo cơ sở dữ liệu dân cư" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    [consent] = find_consents(citizen.person_id)
    assert token is not None
    done = client.post(f"/citizen/services/{consent.id}/withdraw", data={"csrf_token": token[1]})
    assert (done.status_code, done.headers["Location"]) == (303, "/citizen/services")
    assert "Phòng khám Thử" not in client.get("/citizen/services").text


def test_a_citizen_withdraws_one_thing_and_is_told_where_that_cannot_be(
    client: FlaskClient,
    citizen: Citizen,  # noqa: F811
    service: RegisteredClient,  # noqa: F811
) -> None:
    asked, scopes = ["openid", "identity", "phone", "email"], ["openid", "identity", "phone"]
    record_consent(citizen.person_id, service.client, asked=asked, granted=scopes, now=wall_now())
    db.session.commit()
    client.set_cookie(COOKIE, citizen.new_session.token)
    page = client.get("/citizen/services").text
    assert "Đã đề nghị nhưng không được cho phép:" in page
    assert page.count('data-act="withdraw-scope"') == 1
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    [consent] = find_consents(citizen.person_id)
    assert token is not None
    form = {"csrf_token": token[1]}
    refused = client.post(f"/citizen/services/{consent.id}/scopes/identity/withdraw", data=form)
    assert (refused.status_code, 'data-code="consent_scope_needed"' in refused.text) == (409, True)
    done = client.post(f"/citizen/services/{consent.id}/scopes/phone/withdraw", data=form)
    assert (done.status_code, done.headers["Location"]) == (303, "/citizen/services")
    db.session.rollback()
    assert [given.granted_scopes for given in find_consents(citizen.person_id)] == [["openid", "identity"]]


def test_a_citizen_withdraws_one_attribute_on_the_page(
    client: FlaskClient,
    citizen: Citizen,  # noqa: F811
    service: RegisteredClient,  # noqa: F811
) -> None:
    scopes = ["openid", "identity", "profile"]
    record_consent(citizen.person_id, service.client, asked=scopes, granted=scopes, now=wall_now())
    db.session.commit()
    client.set_cookie(COOKIE, citizen.new_session.token)
    page = client.get("/citizen/services").text
    assert page.count('data-act="withdraw-attribute"') == 0, "the service needs all that the register says"
    service.client.required_scopes = ["openid"]
    db.session.commit()
    page = client.get("/citizen/services").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    [consent] = find_consents(citizen.person_id)
    assert token is not None
    address = f"/citizen/services/{consent.id}/attributes/gender/withdraw"
    assert address in page
    done = client.post(address, data={"csrf_token": token[1]})
    assert (done.status_code, done.headers["Location"]) == (303, "/citizen/services")
    assert "Đã đề nghị nhưng không được cho phép: Giới tính" in client.get("/citizen/services").text


def test_nobody_withdraws_what_another_gave(
    client: FlaskClient,
    make_citizen: Callable[..., Citizen],  # noqa: F811
    service: RegisteredClient,  # noqa: F811
) -> None:
    giver, other = make_citizen(), make_citizen(103, given_name="Nam")
    record_consent(giver.person_id, service.client, asked=["openid"], granted=["openid"], now=wall_now())
    db.session.commit()
    client.set_cookie(COOKIE, other.new_session.token)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/citizen/services").text)
    [consent] = find_consents(giver.person_id)
    assert token is not None or consent is not None
    client.post(f"/citizen/services/{consent.id}/withdraw", data={"csrf_token": token[1] if token else ""})
    assert len(find_consents(giver.person_id)) == 1
