"""A card on the counter's reader: read, verified by the service, and with it the holder's health insurance.

The clinic has no key of any chip and trusts no CSCA itself: the service verifies, and what it says is verified here, by the
signature on its receipt. In the demo the reader is one that the service plays.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from eid.samples.clinic.config import CARD_PAPER, ClinicConfig
from eid.samples.signatures import LEEWAY, TIMEOUT, NotVerified, PublishedKeys, Step, verify_signature, write_time

READER = "/api/v1/virtual-reader/cards"
_JPEG_BEGINS, _JPEG_ENDS = b"\xff\xd8\xff", b"\xff\xd9"


class CardRefused(Exception):
    """A card that is not accepted; `code` says why and `step` where, in the service's words or in our own."""

    def __init__(self, step: str, code: str) -> None:
        super().__init__(f"{step}: {code}")
        self.step = step
        self.code = code


@dataclass(frozen=True)
class CardVisit:
    """Who holds the card, and what we found."""

    name: str
    birthdate: str
    """yyyy-mm-dd"""
    pin: str
    photo: str
    """A data: URI; empty where the chip holds no JPEG."""
    insurance: Mapping[str, Any] | None
    """The health insurance card in force today."""
    checked: tuple[Step, ...]
    """What was checked here."""
    steps: tuple[Mapping[str, Any], ...]
    """What the service checked: step, result, code, detail."""


class OwnToken:
    """The clinic's access token in its own name (RFC 6749, section 4.4), asked for when it is first needed and kept while it
    is good."""

    def __init__(self, config: ClinicConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = float("-inf")

    def find(self) -> str:
        """Raises requests.RequestException where the service gives none."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                answer = requests.post(
                    self._find_endpoint(),
                    data={"grant_type": "client_credentials", "scope": CARD_PAPER},
                    auth=(self._config.client_id, self._config.client_secret),
                    timeout=TIMEOUT,
                )
                answer.raise_for_status()
                found = answer.json()
                self._token = str(found["access_token"])
                self._good_until = time.monotonic() + int(found["expires_in"]) - 60
            return self._token

    def _find_endpoint(self) -> str:
        answer = requests.get(f"{self._config.issuer}/.well-known/openid-configuration", timeout=TIMEOUT)
        answer.raise_for_status()
        return str(answer.json()["token_endpoint"])


def list_cards(config: ClinicConfig) -> list[str]:
    """The cards on the counter's reader; none where there is no reader."""
    answer = requests.get(f"{config.issuer}{READER}", timeout=TIMEOUT)
    if answer.status_code == 403:
        return []
    answer.raise_for_status()
    return [str(card) for card in answer.json()["cards"]]


def take_card(card: str, *, config: ClinicConfig, token: OwnToken, keys: PublishedKeys) -> CardVisit:
    """Who holds this card. Raises CardRefused; requests.RequestException where service or reader do not answer.

    1. The service draws a challenge.
    2. The reader reads the card's files and lets its chip answer.
    3. The service verifies both, for a client that may read the paper.
    4. Its receipt holds, and is about these files and this challenge.
    """
    # (1)
    drawn = _post(config, "/api/v1/card-challenges", None)
    # (2)
    read = _post(config, f"{READER}/{card}/readings", {"challenge": drawn["challenge"]})
    # (3)
    verdict = _post(
        config,
        "/api/v1/card-verifications",
        {
            "files": read["files"],
            "active_authentication": {"challenge_id": drawn["id"], "response": read["response"]},
            "papers": [CARD_PAPER],
        },
        token=token.find(),
    )
    # (4)
    files = {name: base64.b64decode(content) for name, content in read["files"].items()}
    claims, checked = verify_receipt(
        str(verdict["receipt"]),
        sod=files.get("EF.SOD", b""),
        challenge_id=str(drawn["id"]),
        issuer=config.issuer,
        keys=keys,
        now=time.time(),
    )
    document = claims["document"]
    return CardVisit(
        name=str(document["full_name"]),
        birthdate=read_birthdate(str(document["birth_date"]), str(document["pin"])),
        pin=str(document["pin"]),
        photo=find_photo(files.get("EF.DG2", b"")),
        insurance=verdict["papers"][CARD_PAPER],
        checked=checked,
        steps=tuple(verdict["steps"]),
    )


def _post(config: ClinicConfig, path: str, body: Mapping[str, Any] | None, *, token: str = "") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.post(f"{config.issuer}{path}", json=body, headers=headers, timeout=TIMEOUT)
    if answer.status_code in (400, 403, 404, 422):
        problem = answer.json()
        raise CardRefused(str(problem.get("step", "reader")), str(problem.get("code")))
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def verify_receipt(
    receipt: str, *, sod: bytes, challenge_id: str, issuer: str, keys: PublishedKeys, now: float
) -> tuple[Mapping[str, Any], tuple[Step, ...]]:
    """What the service says of a card, and what was checked of it. Raises CardRefused at the first step that does not hold.

    1. It is a compact JWS of the type of receipts, signed by ES256 with a key that the service publishes.
    2. The service issued it, just now.
    3. It is about the very files that our reader read.
    4. The chip answered our challenge, so the card is no copy.
    """
    # (1)
    header, claims = _open(receipt, keys)
    # (2)
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if claims.get("iss") != issuer:
        raise CardRefused("iss", "receipt_issuer")
    if not isinstance(issued_at, int) or not isinstance(expires_at, int):
        raise CardRefused("time", "receipt_time")
    if not issued_at - LEEWAY <= now <= expires_at + LEEWAY:
        raise CardRefused("time", "receipt_time")
    # (3)
    if claims.get("verdict") != "verified" or claims.get("sod_sha256") != hashlib.sha256(sod).hexdigest():
        raise CardRefused("files", "receipt_of_another")
    # (4)
    challenge = hashlib.sha256(challenge_id.encode()).hexdigest()
    if claims.get("chip_proved") is not True or claims.get("challenge_sha256") != challenge:
        raise CardRefused("chip", "receipt_without_chip")
    return claims, (
        Step("receipt", header["kid"]),
        Step("iss", issuer),
        Step("time", write_time(expires_at)),
        Step("files", claims["sod_sha256"]),
        Step("chip", challenge),
    )


def _open(receipt: str, keys: PublishedKeys) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        return verify_signature(receipt, typ="eid-card-receipt+jwt", keys=keys)
    except NotVerified as error:
        raise CardRefused("receipt", "receipt_typ" if error.step == "typ" else "receipt_signature") from error


def read_birthdate(zone: str, pin: str) -> str:
    """The day of birth in the machine-readable zone, YYMMDD, with the century that the PIN's fourth digit tells."""
    return f"{19 + int(pin[3]) // 2}{zone[:2]}-{zone[2:4]}-{zone[4:6]}"


def find_photo(data_group: bytes) -> str:
    """The JPEG inside DG2 as a data: URI; its bytes are authentic once the service has verified the files."""
    start, end = data_group.find(_JPEG_BEGINS), data_group.rfind(_JPEG_ENDS)
    if start < 0 or end < start:
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(data_group[start : end + 2]).decode()
