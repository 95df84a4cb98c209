"""The wallet on the command line, over a real network: an offer is taken, and what it brought is shown to a verifier."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from flask import Flask

from eid.cli.wallet import wallet
from eid.db import db
from eid.errors import Refusal
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.offers.making import make_offer
from eid.outbox import find_messages
from tests.live import LiveServer
from tests.oauth.conftest import BACK, Citizen, citizen, make_citizen
from tests.people import record_added_insurance, record_added_licence

__all__ = ["citizen", "make_citizen"]


@dataclass
class Country:
    """The running service, somebody with two papers, and a clinic that may ask for both."""

    url: str
    app: Flask
    citizen: Citizen
    clinic: RegisteredClient

    def offer(self, *configurations: str) -> tuple[str, str]:
        """The link of an offer, and the code that was texted."""
        with self.app.app_context():
            made = make_offer(self.citizen.new_session.session, configurations)
            text = find_messages()[0].body
            db.session.remove()
        found = re.search(r"\d{6}", text)
        assert found is not None
        return made.uri, found.group()

    @property
    def headers(self) -> dict[str, str]:
        auth = (self.clinic.client_id, self.clinic.secret or "")
        answer = requests.post(
            f"{self.url}/oauth/token", data={"grant_type": "client_credentials"}, auth=auth, timeout=10
        )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def ask(self, query: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/api/v1/presentations", json={"query": query, **more}, headers=self.headers, timeout=10
        )
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json()
        return opened

    def read(self, opened: dict[str, Any]) -> requests.Response:
        address = f"{self.url}/api/v1/presentations/{opened['id']}/result"
        return requests.post(address, json={}, headers=self.headers, timeout=10)


@pytest.fixture
def country(live_server: LiveServer, citizen: Citizen) -> Country:
    record_added_licence(citizen.person_id)
    record_added_insurance(citizen.person_id)
    db.session.commit()
    clinic = register_client(
        name="Phòng khám Thử",
        redirect_uris=[BACK],
        purpose="Tiếp đón",
        own_scopes=["driving_licence", "health_insurance"],
    )
    clinic.client_id, clinic.secret  # noqa: B018 - loaded before the session lets go of it
    db.session.expunge_all()
    db.session.remove()
    return Country(live_server.url, live_server.app, citizen, clinic)


RunWallet = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> RunWallet:
    def run_wallet(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(wallet, [*arguments, "--folder", str(tmp_path / "wallet")], input=typed)

    return run_wallet


def read_json(result: Result) -> Any:
    assert result.exit_code == 0, (result.output, result.exception)
    return json.loads(result.stdout)


def query_of(country: Country) -> dict[str, Any]:
    """The card code of an insurance card, and that a licence is one: one in each format."""
    space = "org.iso.18013.5.1"
    return {
        "credentials": [
            {
                "id": "insurance",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [f"{country.url}/api/v1/credential-types/health_insurance"]},
                "claims": [{"path": ["card_code"]}],
            },
            {
                "id": "licence",
                "format": "mso_mdoc",
                "meta": {"doctype_value": f"{space}.mDL"},
                "claims": [{"path": [space, "document_number"]}],
            },
        ]
    }


def take_both(country: Country, run: RunWallet, copies: int = 2) -> list[str]:
    uri, code = country.offer("health_insurance_sd_jwt", "driving_licence_mso_mdoc")
    received: list[str] = read_json(run("receive", uri, "--tx-code", code, "--copies", str(copies), "--json"))[
        "received"
    ]
    return received


def test_from_the_offer_to_the_clinic_with_nothing_installed(country: Country, run: RunWallet, tmp_path: Path) -> None:
    """OpenID4VCI, sections 4 to 8; OpenID4VP, sections 5 to 8; both formats in one answer."""
    names = take_both(country, run)
    assert names == [f"{kind}-{n}" for kind in ("health_insurance_sd_jwt", "driving_licence_mso_mdoc") for n in (1, 2)]
    files = list((tmp_path / "wallet").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "wallet").stat().st_mode) == 0o700
    opened = country.ask(query_of(country))
    told = run("present", opened["wallet_uri"], "--json", typed="y\n")
    shown = read_json(told)
    assert [each["name"] for each in shown["shown"]] == ["health_insurance_sd_jwt-1", "driving_licence_mso_mdoc-1"]
    assert "Phòng khám Thử asks: Tiếp đón" in told.stderr
    found = country.read(opened).json()["credentials"]
    assert set(found["insurance"][0]["claims"]) == {"card_code"}
    assert found["licence"][0]["claims"]["org.iso.18013.5.1"]["document_number"].startswith("99")
    listed = read_json(run("list", "--json"))
    assert [each["times_shown"] for each in listed] == [0, 1, 0, 1]


def test_a_second_verifier_gets_another_copy(country: Country, run: RunWallet) -> None:
    """OpenID4VCI, section 15.6.2."""
    take_both(country, run)
    for number in (1, 2):
        opened = country.ask(query_of(country))
        shown = read_json(run("present", opened["wallet_uri"], "--yes", "--json"))["shown"]
        assert {each["name"][-1] for each in shown} == {str(number)}


def test_the_holder_sees_what_is_asked_and_may_say_no(country: Country, run: RunWallet) -> None:
    take_both(country, run, copies=1)
    opened = country.ask(query_of(country))
    told = run("present", opened["wallet_uri"], typed="n\n")
    assert told.exit_code == 1
    assert "card_code" in told.stderr and "DN4" in told.stderr
    assert country.read(opened).json()["code"] == "presentation_declined"
    assert [each["times_shown"] for each in read_json(run("list", "--json"))] == [0, 0]
    denied = country.ask(query_of(country))
    assert read_json(run("present", denied["wallet_uri"], "--deny", "--json"))["denied"] is True


def test_a_verifiers_root_makes_it_known(country: Country, run: RunWallet, tmp_path: Path) -> None:
    take_both(country, run, copies=1)
    roots = tmp_path / "roots.pem"
    roots.write_bytes(requests.get(f"{country.url}/api/v1/trust/verifier-ca", timeout=10).content)
    told = run("present", country.ask(query_of(country))["wallet_uri"], "--trust", str(roots), "--yes")
    assert "(known)" in told.stderr and "shown, and accepted" in told.stdout
    roots.write_bytes(requests.get(f"{country.url}/api/v1/trust/iaca", timeout=10).content)
    told = run("present", country.ask(query_of(country))["wallet_uri"], "--trust", str(roots), "--yes")
    assert "(not checked against any root)" in told.stderr


def test_a_request_by_value_and_a_bare_address_are_read_too(country: Country, run: RunWallet) -> None:
    take_both(country, run)
    by_value = country.ask(query_of(country), client_id_prefix="redirect_uri")
    assert run("present", by_value["wallet_uri"], "--yes").exit_code == 0
    bare = country.ask(query_of(country))
    assert run("present", bare["request_uri"], "--yes").exit_code == 0
    assert country.read(bare).status_code == 200


def test_show_says_all_and_shows_nobody(country: Country, run: RunWallet) -> None:
    [name, _other] = take_both(country, run, copies=1)
    shown = read_json(run("show", name, "--json"))
    assert shown["claims"]["fund_share"] == 80
    assert "card_code" in run("show", name).stdout


def refused(run: RunWallet, *arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, Refusal), result.output
    return result.exception.code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("receive", "nonsense"), "offer_malformed"),
        (("receive", "openid-credential-offer://?credential_offer=[]"), "offer_malformed"),
        (("receive", "openid-credential-offer://?credential_offer_uri=http://192.0.2.1/"), "url_not_allowed"),
        (("show", "nothing-1"), "credential_unknown"),
        (("present", "openid4vp://authorize?client_id=x&dcql_query={"), "request_malformed"),
    ],
)
def test_rubbish_is_refused(run: RunWallet, arguments: Sequence[str], code: str) -> None:
    assert refused(run, *arguments) == code


def test_what_the_other_side_refuses_is_said(country: Country, run: RunWallet) -> None:
    uri, code = country.offer("driving_licence_sd_jwt")
    assert refused(run, "receive", uri, "--tx-code", "000000" if code != "000000" else "111111") == "invalid_grant"
    assert run("receive", uri, "--tx-code", code).exit_code == 0
    assert refused(run, "receive", uri, "--tx-code", code) == "offer_over"
    assert refused(run, "present", country.ask(query_of(country))["wallet_uri"], "--yes") == "nothing_fits"
