"""Settings come from the environment, and a setting that makes no sense is refused before anything starts."""

from pathlib import Path

import pytest

from eid.config import Mode, Settings, check_settings
from eid.errors import Malformed


def test_settings_are_read_from_the_environment() -> None:
    settings = Settings.from_env({"EID_STATE_DIR": "/tmp/x", "EID_LOCALE": "en", "EID_PUBLIC_URL": "http://a.example/"})
    assert settings.state_dir == Path("/tmp/x")
    assert (settings.locale, settings.public_url) == ("en", "http://a.example")


def test_names_of_other_programs_are_left_alone() -> None:
    assert Settings.from_env({"PATH": "/bin"}) == Settings()


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"EID_LOCAL": "vi"}, "setting_unknown"),
        ({"EID_ARGON2": "cheap"}, "setting_unknown"),
        ({"EID_MODE": "test"}, "setting_mode"),
        ({"EID_CSCA_KEY": "RSA-2048"}, "setting_csca_key"),  # too short for decades
        ({"EID_CSCA_KEY": "p-384"}, "setting_csca_key"),
        ({"EID_SIGNER_KEY": "RSA-4096"}, "setting_signer_key"),
        ({"EID_CHIP_KEY": "P-384"}, "setting_chip_key"),
        ({"EID_RSA_PADDING": ""}, "setting_rsa_padding"),
        ({"EID_CURVE_PARAMETERS": "implicit"}, "setting_curve_parameters"),
        ({"EID_LOCALE": "fr"}, "setting_locale"),
        ({"EID_PUBLIC_URL": "localhost"}, "setting_public_url"),
        ({"EID_PUBLIC_URL": "http://a.example/path"}, "setting_public_url"),
        ({"EID_MODE": "production", "EID_PUBLIC_URL": "http://a.example"}, "setting_public_url"),
        ({"EID_MAX_REQUEST_BYTES": "-1"}, "setting_max_request_bytes"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(environment: dict[str, str], code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        Settings.from_env(environment)
    assert refusal.value.code == code


def test_cookies_are_secure_wherever_the_service_is_reached_by_https() -> None:
    settings = Settings(mode=Mode.PRODUCTION, public_url="https://eid.example")
    check_settings(settings)
    assert settings.secure_cookies
    assert not Settings().secure_cookies
