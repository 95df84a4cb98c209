"""The worked examples that are kept beside the tests are those that others published, and what others keep holds too."""

from __future__ import annotations

import json

import pytest

from eid.crypto.chip_access import MrzPassword
from eid.crypto.chip_ciphers import AUTHENTICATION, ENCRYPTION, PASSWORD, Suite, pad, retail_mac
from tests.crypto.chip_vectors import ICAO, octets
from tests.crypto.test_specimens import DATA

FOLDER = DATA / "icao-9303-11-vectors"

NOT_IN_FOLDER = {"document_number", "birth_date", "expiry", "information", "protocol", "parameter"}
"""What the examples say in words."""
POINTS = {ICAO["pace_ecdh"]["generator"]}
"""Kept there as two coordinates."""

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the vectors are data beside the repository (../shared/chipdata), which are not here"
)


def published(name: str) -> dict[str, str]:
    vectors = json.loads((FOLDER / f"{name}.json").read_text())["vectors"]
    return {vector["name"]: vector["hex"].upper() for vector in vectors}


def every_value() -> set[str]:
    return {
        vector["hex"].upper().removesuffix("9000")
        for path in FOLDER.glob("*.json")
        for vector in json.loads(path.read_text())["vectors"]
    }


@pytest.mark.parametrize("example", ["bac", "pace_ecdh", "pace_dh"])
def test_our_examples_are_the_published_ones(example: str) -> None:
    ours = [value for name, value in ICAO[example].items() if name not in NOT_IN_FOLDER]
    values = {value.removesuffix("9000") for part in ours for value in (part if isinstance(part, list) else [part])}
    assert values - every_value() <= {"", *POINTS}


def test_mapped_generator_and_chip_data_are_the_published_ones() -> None:
    values, generator = published("pace_test_ecdh"), ICAO["pace_ecdh"]["generator"]
    assert generator[2:] == values["mappedGeneratorX"] + values["mappedGeneratorY"]
    assert {ICAO["pace_cam"][name] for name in ("ks_enc", "encrypted_chip_data", "chip_data")} <= every_value()


def test_3des_with_and_without_padding() -> None:
    """ICAO 9303-11, appendix D.3 and D.4."""
    values = published("des_test")
    key, session_key = octets(values["tvKenc"]), octets(values["tvKSenc"])
    assert Suite.TDES.encrypt(key, octets(values["tvS"])) == octets(values["tvEifd"])
    assert Suite.TDES.decrypt(key, octets(values["tvEic"])) == octets(values["tvR"])
    assert Suite.TDES.encrypt(session_key, pad(octets(values["tvData"]), 8)) == octets(values["tvEData"])


def test_the_mac_with_its_padding() -> None:
    """ISO/IEC 9797-1, annex B (whole blocks), padding method 2, and MAC algorithm 3 over the messages of appendix D."""
    values = published("iso9797_test")
    assert pad(b"", 8) == octets(values["tvPadded"])
    assert retail_mac(octets(values["tvKmac"]), b"Hello World !!!!") == octets(values["tvOut"])
    session = octets(ICAO["bac"]["ks_mac"])
    messaging = published("sm_test")
    assert retail_mac(session, pad(octets(values["tvN"]), 8)) == octets(messaging["tvCC"])
    assert octets(messaging["tvProtectedCmd"]).endswith(octets(messaging["tvDO8E"]) + b"\x00")
    response = octets(ICAO["secure_messaging"]["exchanges"][0]["response"])
    assert retail_mac(session, pad(octets(values["tvK"]), 8)) in response


def test_keys_are_derived_as_published() -> None:
    """ICAO 9303-11, 9.7.1 and 9.7.3."""
    values, pace, bac = published("kdf_test"), published("pace_test_ecdh"), published("bac_test")
    assert Suite.TDES.derive(octets(values["Kseed"]), ENCRYPTION) == octets(bac["tvKenc"])
    assert Suite.AES_128.derive(octets(values["sharedSecret"]), AUTHENTICATION) == octets(pace["ksMac"])
    example = ICAO["pace_ecdh"]
    zone = MrzPassword(example["document_number"], example["birth_date"], example["expiry"])
    assert zone.secret == octets(pace["tvKeySeed"])
    assert Suite.AES_128.derive(zone.secret, PASSWORD) == octets(pace["tvKPi"])


def test_session_keys_of_bac_are_the_published_ones() -> None:
    values = published("bac_test")
    seed = bytes(a ^ b for a, b in zip(octets(values["tvKifd"]), octets(values["tvKicc"]), strict=True))
    assert Suite.TDES.derive(seed, ENCRYPTION) == octets(values["tvKSenc"])
    assert Suite.TDES.derive(seed, AUTHENTICATION) == octets(values["tvKSmac"])
    assert values["tvSCC"] == values["tvRNDicc"][8:] + values["tvRNDifd"][8:]
