"""Settings come from the environment, and a setting that makes no sense is refused before anything starts."""

from pathlib import Path

import pytest

from eid.config import Mode, Settings, check_settings
from eid.errors import Malformed

PRODUCTION = {"EID_MODE": "production", "EID_PUBLIC_URL": "https://eid.example", "EID_FACE_MATCHER": "none"}


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
        ({"EID_ARGON2": "cheap"}, "setting_argon2"),
        ({"EID_ARGON2": "m=7,t=1,p=1"}, "setting_argon2"),  # Argon2 needs eight blocks a lane
        ({"EID_ARGON2": "m=19456,t=0,p=1"}, "setting_argon2"),
        (PRODUCTION | {"EID_ARGON2": "m=19456,t=1,p=1"}, "setting_argon2"),
        (PRODUCTION | {"EID_ARGON2": "m=4096,t=20,p=1"}, "setting_argon2"),
        ({"EID_BREACHED_PASSWORDS": "/nowhere/at/all"}, "setting_breached_passwords"),
        ({"EID_CLIENT_CERTIFICATE_AUTHORITIES": "/nowhere/at/all"}, "setting_client_certificate_authorities"),
        ({"EID_CLIENT_CERTIFICATE_PROXIES": "proxy.example"}, "setting_client_certificate_proxies"),
        ({"EID_CLIENT_CERTIFICATE_PROXIES": "10.0.0.7/24"}, "setting_client_certificate_proxies"),
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
        ({"EID_MODE": "production", "EID_PUBLIC_URL": "https://a.example"}, "setting_face_matcher"),
        ({"EID_FACE_MATCHER": " "}, "setting_face_matcher"),
        ({"EID_MAX_REQUEST_BYTES": "-1"}, "setting_max_request_bytes"),
        ({"EID_DATABASE_URL": "eid"}, "setting_database_url"),
        ({"EID_DATABASE_POOLER": "session"}, "setting_database_pooler"),
        ({"EID_DATABASE_POOLER": "transaction"}, "setting_database_pooler"),  # of SQLite
        ({"EID_DATABASE_POOL_SIZE": "1"}, "setting_database_pool_size"),
        ({"EID_DATABASE_POOL_TIMEOUT_SECONDS": "0"}, "setting_database_pool_timeout_seconds"),
        ({"EID_REPLICA_LAG_SECONDS": "two"}, "setting_replica_lag_seconds"),
        ({"EID_REPLICA_LAG_SECONDS": "61"}, "setting_replica_lag_seconds"),
        ({"EID_REPLICA_URLS": "postgresql://a.example/eid, b.example"}, "setting_replica_urls"),
        ({"EID_REPLICA_URLS": "postgresql://a.example/eid"}, "setting_replica_urls"),  # beside SQLite
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(environment: dict[str, str], code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        Settings.from_env(environment)
    assert refusal.value.code == code


def test_cookies_are_secure_wherever_the_service_is_reached_by_https() -> None:
    settings = Settings(mode=Mode.PRODUCTION, public_url="https://eid.example", face_matcher="none")
    check_settings(settings)
    assert settings.secure_cookies
    assert not Settings().secure_cookies


@pytest.mark.parametrize(
    "cost", ["m=47104,t=1,p=1", "m=19456,t=2,p=1", "m=12288,t=3,p=1", "m=9216,t=4,p=1", "m=7168,t=5,p=1"]
)
def test_production_takes_every_cost_of_the_cheat_sheet(cost: str) -> None:
    """OWASP's password storage cheat sheet, its five equal choices for Argon2id."""
    found = Settings.from_env(PRODUCTION | {"EID_ARGON2": cost}).argon2
    assert f"m={found.memory_kib},t={found.time_cost},p={found.parallelism}" == cost


def test_proxies_are_addresses_or_networks() -> None:
    found = Settings.from_env({"EID_CLIENT_CERTIFICATE_PROXIES": "10.0.0.7, 2001:db8::/32"})
    assert [str(network) for network in found.client_certificate_proxies] == ["10.0.0.7/32", "2001:db8::/32"]
