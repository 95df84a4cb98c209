"""One file to verify with, without a network; and one act of an agency after which every form of that paper is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from eid.agencies.service import deduct_licence_points
from eid.clock import wall_now
from eid.credentials.checking import Asked, check_shown
from eid.credentials.offline_issuing import issue_offline_code
from eid.credentials.trust import find_pins
from eid.credentials.verifier_trust import Trust, parse_trust_files
from eid.crypto.sd_jwt import parse_sd_jwt, present_sd_jwt
from eid.crypto.verifier_pack import TYP, build_verifier_pack, verify_verifier_pack
from eid.errors import VerificationFailed
from eid.key_rotation import withdraw_signing_key
from eid.keystore import KeyUse, current_keystore
from eid.oauth.clients import RegisteredClient
from eid.population.service import find_person_by_id
from tests.api.test_credentials import WALLET, access, ask, prove
from tests.api.test_papers import PATH, clinic, get_token
from tests.oauth.conftest import ISSUER, Citizen, citizen, make_citizen

__all__ = ["access", "citizen", "clinic", "get_token", "make_citizen"]

Shown = dict[str, bytes]
"""Form → what its holder shows."""
OCCASION = {"audience": "https://police.example", "nonce": "n-1"}


@pytest.fixture
def shown(client: FlaskClient, citizen: Citizen, access: str) -> Shown:
    """One driving licence in every form that there is."""
    token = client.post(PATH, headers={"Authorization": f"Bearer {access}"})
    vc, mdoc = (
        ask(client, access, prove(client), credential_configuration_id=f"driving_licence_{name}").get_json()
        for name in ("sd_jwt", "mso_mdoc")
    )
    held = parse_sd_jwt(vc["credentials"][0]["credential"])
    presented = present_sd_jwt(held, reveal={"may_drive"}, key=WALLET, now=wall_now(), **OCCASION)
    return {
        "token": token.get_json()["token"].encode(),
        "dc+sd-jwt": str(presented).encode(),
        "mso_mdoc": mdoc["credentials"][0]["credential"].encode(),
        "eid1": issue_offline_code(citizen.person_id, "driving_licence").code.text.encode(),
    }


@pytest.fixture
def fetch(client: FlaskClient, clinic: RegisteredClient) -> Callable[[], bytes]:
    def fetch_pack() -> bytes:
        answer = client.get("/api/v1/verifier-pack", query_string={"audience": clinic.client_id})
        assert (answer.status_code, answer.content_type) == (200, "application/eid-verifier-pack+jwt")
        return answer.data

    return fetch_pack


def trust_of(pack: bytes) -> Trust:
    return parse_trust_files([pack], now=wall_now(), pinned=find_pins())


def check(shown: Shown, form: str, trust: Trust) -> Any:
    asked = Asked(**OCCASION) if form == "dc+sd-jwt" else Asked()
    return check_shown(shown[form], trust=trust, now=wall_now(), asked=asked)


def test_one_act_of_an_agency_ends_every_form_of_that_paper(
    client: FlaskClient, citizen: Citizen, shown: Shown, fetch: Callable[[], bytes]
) -> None:
    before = trust_of(fetch())
    for form in shown:
        report = check(shown, form, before)
        assert report.is_verified, (form, report.failure)
        assert "status" in {step.step for step in report.steps if step.result == "passed"}
    deduct_licence_points(find_person_by_id(citizen.person_id).pin, 2, decision="QĐ-1")
    after = trust_of(fetch())
    assert {form: check(shown, form, after).failure.code for form in shown} == dict.fromkeys(shown, "paper_invalid")


def test_a_pack_is_for_one_service_and_for_a_day(client: FlaskClient, shown: Shown, fetch: Callable[[], bytes]) -> None:
    text = fetch().decode()
    pack, listed = verify_verifier_pack(text, pinned=find_pins(), now=wall_now())
    assert trust_of(text.encode()).audience == pack.audience
    assert listed.issuer == pack.issuer == ISSUER
    assert list(pack.status_lists) == [f"{ISSUER}/api/v1/status-lists/1"]
    assert f"{ISSUER}/api/v1/credential-types/driving_licence" in pack.types
    with pytest.raises(VerificationFailed) as refusal:
        verify_verifier_pack(text, pinned=find_pins(), now=wall_now(), expected_audience="another")
    assert refusal.value.code == "token_audience"
    with time_machine.travel(wall_now() + timedelta(hours=23)):
        assert check(shown, "mso_mdoc", trust_of(text.encode())).is_verified
    with time_machine.travel(wall_now() + timedelta(hours=25)), pytest.raises(VerificationFailed) as refusal:
        trust_of(text.encode())
    assert refusal.value.code == "pack_expired"


@pytest.mark.parametrize("use", [KeyUse.PAPERS, KeyUse.MDOC])
def test_what_a_withdrawn_key_signed_is_refused(shown: Shown, fetch: Callable[[], bytes], use: KeyUse) -> None:
    withdraw_signing_key(use, current_keystore().find_signing_key(use).kid)
    trust = trust_of(fetch())
    found = {form: check(shown, form, trust).failure for form in shown}
    refused = {form: failure.code for form, failure in found.items() if failure is not None}
    certified = "certificate_withdrawn"
    assert refused == (
        {"mso_mdoc": certified}
        if use is KeyUse.MDOC
        else {"token": "key_unknown", "dc+sd-jwt": certified, "eid1": "key_unknown"}
    )


def test_there_is_no_pack_for_a_stranger(client: FlaskClient, clinic: RegisteredClient) -> None:
    answer = client.get("/api/v1/verifier-pack?audience=nobody")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "client_unknown")
    assert client.get("/api/v1/verifier-pack").status_code == 400


def test_a_pack_that_was_altered_or_signed_by_another_is_refused(fetch: Callable[[], bytes]) -> None:
    text = fetch().decode()
    pack, _ = verify_verifier_pack(text, pinned=None, now=wall_now())
    stranger = build_verifier_pack(pack, key=current_keystore().find_signing_key(KeyUse.PAPERS))
    head, body, signature = text.split(".")
    for broken, code in ((stranger, "trust_list_pin"), (f"{head}.{body}.{signature[:-4]}AAAA", "token_signature")):
        with pytest.raises(VerificationFailed) as refusal:
            verify_verifier_pack(broken, pinned=find_pins(), now=wall_now())
        assert refusal.value.code == code
    with pytest.raises(VerificationFailed) as refusal:
        verify_verifier_pack(pack.trust_list, pinned=find_pins(), now=wall_now())
    assert (refusal.value.code, TYP) == ("token_typ", "eid-verifier-pack+jwt")
