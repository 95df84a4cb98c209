"""From the citizen's page to the clinic's counter: an offer is made, `eid wallet` takes it, and the clinic reads it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from eid.db import db
from tests.engines import one_engine
from tests.live import LiveServer
from tests.people import MINH, record_added_insurance
from tests.samples.clinic.conftest import RunningClinic, clinic
from tests.walker import Walker

__all__ = ["clinic"]

ROOT = Path(__file__).parent.parent.parent


def eid_wallet(folder: Path, *arguments: str) -> Any:
    """What the command prints, as its user runs it."""
    command = [sys.executable, "-m", "eid", "wallet", *arguments, "--folder", str(folder), "--json"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def link_on(page: str, scheme: str) -> str:
    return re.findall(rf'{scheme}://[^"<\s]+', page)[0].replace("&amp;", "&")


@one_engine
def test_an_insurance_card_goes_from_its_page_into_a_wallet_and_to_the_clinic(
    clinic: RunningClinic, live_server: LiveServer, patient: dict[str, Any], tmp_path: Path
) -> None:
    record_added_insurance(MINH["person_id"])
    db.session.commit()
    citizen = Walker().open(f"{live_server.url}/citizen/").walk(patient)
    citizen.open(f"{live_server.url}/citizen/papers/health_insurance/wallet")
    citizen.press("continue", passcode=patient["passcode"])
    offer = link_on(citizen.text, "openid-credential-offer")
    texts = Walker().open(f"{live_server.url}/outbox/").text
    code = re.findall(r"eid: (\d{6}) là mã để đưa giấy tờ vào ví", texts)[0]
    received = eid_wallet(tmp_path / "wallet", "receive", offer, "--tx-code", code)["received"]
    assert len(received) == 8
    counter = Walker().open(f"{clinic.url}/wallet").press("ask-wallet")
    shown = eid_wallet(tmp_path / "wallet", "present", link_on(counter.text, "openid4vp"), "--yes")["shown"]
    assert [each["name"] for each in shown] == ["health_insurance_sd_jwt-1"]
    assert counter.press("look").address == f"{clinic.url}/visit"
    assert 'data-claim="name">Trần Văn Minh<' in counter.text
    told = citizen.open(f"{live_server.url}/citizen/disclosures").text
    assert "Phòng khám Thử" in told and "Giấy tờ được xuất trình từ ví" in told
