"""The counter asks the patient's phone, over real HTTP: CIBA in mode poll, answered on the citizen's page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.engines import one_engine
from tests.live import LiveServer
from tests.samples.clinic.conftest import RunningClinic
from tests.walker import Walker


@one_engine
@pytest.mark.parametrize("act", ["approve", "deny"])
def test_a_patient_confirms_on_their_own_device_or_refuses(
    clinic: RunningClinic, live_server: LiveServer, patient: dict[str, Any], act: str
) -> None:
    counter = Walker().open(f"{clinic.url}/phone").press("ask-phone", pin=patient["pin"])
    assert counter.address == f"{clinic.url}/phone/waiting"
    number, message = (re.findall(rf'data-claim="{name}">([^<]+)<', counter.text)[0] for name in ("number", "message"))
    citizen = (
        Walker().open(f"{live_server.url}/citizen/").walk(patient).open(f"{live_server.url}/citizen/confirmations")
    )
    question = re.findall(r"/citizen/confirmations/\d+", citizen.text)
    assert message in citizen.open(f"{live_server.url}{question[0]}").text
    citizen.press(act, number=number, passcode=patient["passcode"])
    counter.press("look")
    if act == "deny":
        assert (counter.status, 'data-problem="cancelled"' in counter.text) == (403, True)
    else:
        assert counter.address == f"{clinic.url}/visit"
        assert 'data-claim="name">Trần Văn Minh<' in counter.text and 'data-claim="acr">LoA2<' in counter.text
        assert 'data-paper="health_insurance" data-outcome="none"' in counter.text
        assert counter.press("sign-out").address == f"{clinic.url}/"
    assert counter.open(f"{clinic.url}/phone/waiting").address == f"{clinic.url}/phone"
