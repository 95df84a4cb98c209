"""Keys are made once, kept privately, and never made up in production."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eid.crypto.keys import generate_signing_key
from eid.errors import Malformed, Unavailable
from eid.keystore import Keystore, KeyUse, SecretUse


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = Keystore(tmp_path, may_create=True).find_signing_key(KeyUse.ID_TOKEN)
    again = Keystore(tmp_path, may_create=False).find_signing_key(KeyUse.ID_TOKEN)
    assert again.kid == first.kid


def test_each_use_has_its_own_key(tmp_path: Path) -> None:
    keystore = Keystore(tmp_path, may_create=True)
    assert len({keystore.find_signing_key(use).kid for use in KeyUse}) == len(KeyUse)
    assert len({keystore.find_secret(use) for use in SecretUse}) == len(SecretUse)


def test_processes_that_start_together_agree_on_a_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keystores = [Keystore(tmp_path, may_create=True) for _ in range(16)]
        kids = set(pool.map(lambda keystore: keystore.find_signing_key(KeyUse.PAPERS).kid, keystores))
    assert len(kids) == 1


def test_nobody_else_may_read_a_key(tmp_path: Path) -> None:
    Keystore(tmp_path / "keys", may_create=True).find_secret(SecretUse.COOKIES)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()] == [0o600]


def test_a_missing_key_is_refused_where_none_may_be_made(tmp_path: Path) -> None:
    keystore = Keystore(tmp_path, may_create=False)
    for find in (lambda: keystore.find_signing_key(KeyUse.ID_TOKEN), lambda: keystore.find_secret(SecretUse.COOKIES)):
        with pytest.raises(Unavailable) as refusal:
            find()
        assert refusal.value.code == "key_missing"
        assert str(tmp_path) not in refusal.value.detail


def test_a_key_that_was_replaced_by_hand_is_signed_with_by_no_process_any_more(tmp_path: Path) -> None:
    keystore = Keystore(tmp_path, may_create=True)
    leaked = keystore.find_signing_key(KeyUse.ID_TOKEN).kid
    (tmp_path / "id-token.pem").rename(tmp_path / "leaked")
    assert Keystore(tmp_path, may_create=True).find_signing_key(KeyUse.ID_TOKEN).kid != leaked
    assert keystore.find_signing_key(KeyUse.ID_TOKEN).kid != leaked
    assert leaked not in {key["kid"] for key in keystore.find_published_jwks(KeyUse.ID_TOKEN)}


def test_a_key_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "id-token_RS256_0000000000.pem").write_bytes(generate_signing_key("ES256").to_pem())
    with pytest.raises(Malformed) as refusal:
        Keystore(tmp_path, may_create=True).find_signing_key(KeyUse.ID_TOKEN, "RS256")
    assert refusal.value.code == "key_malformed"
