"""Passwords and passcodes: what the rules accept, what they refuse, and the hash."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.cast import read_cast
from eid.crypto.passwords import (
    SPECIALS,
    build_decoy_hash,
    check_passcode_policy,
    check_password_policy,
    hash_secret,
    verify_secret,
)
from eid.errors import Malformed, VerificationFailed
from tests.conftest import CHEAP

PIN = "979085000102"
BORN = date(1985, 11, 2)
SALT = bytes(16)


def refusal_of(password: str) -> str:
    with pytest.raises(Malformed) as caught:
        check_password_policy(password, pin=PIN, birth_date=BORN)
    return caught.value.code


def refusal_of_passcode(passcode: str) -> str:
    with pytest.raises(Malformed) as caught:
        check_passcode_policy(passcode, pin=PIN, birth_date=BORN)
    return caught.value.code


@pytest.mark.parametrize("special", SPECIALS)
def test_each_special_of_the_decree_makes_a_password(special: str) -> None:
    """Decree 69/2024 as practised: 8 to 20 characters with a digit, a capital, a small letter and a special."""
    password = f"Sen7{special}xanh"
    assert check_password_policy(password, pin=PIN, birth_date=BORN) == password


@pytest.mark.parametrize("length", [8, 20])
def test_eight_and_twenty_characters_are_enough_and_not_too_many(length: int) -> None:
    password = ("Sen7!xanhBiecMenhMong")[:length]
    assert len(password) == length
    check_password_policy(password, pin=PIN, birth_date=BORN)


@pytest.mark.parametrize("password", ["", "Sen7!xa", "Sen7!xanhBiecMenhMong", "Sen7!xa\nh", "Sen7!\0xanh"])
def test_other_lengths_and_control_characters_are_refused(password: str) -> None:
    assert refusal_of(password) == "password_length"


@pytest.mark.parametrize("password", ["Sen!xanhb", "sen7!xanh", "SEN7!XANH", "Sen7xanhb", "Sen7%xanh"])
def test_every_kind_of_character_is_needed(password: str) -> None:
    assert refusal_of(password) == "password_kinds"


@pytest.mark.parametrize(
    "password",
    ["Password1!", "P@ssw0rd1!", "MatKhau1!", "Mậtkhẩu1!", "Qwerty12#", "Vn1!Vn1!", "VietNam1!", "Ab!123456"],
)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    """NIST SP 800-63B-4, section 3.1.1.2: compare with a list of commonly used passwords."""
    assert refusal_of(password) == "password_trivial"


@pytest.mark.parametrize(
    "password", ["Aa!979085000102", "Minh!02111985", "Minh!19851102", "Minh!021185", "Mi!1985-11-02"]
)
def test_pin_and_birth_date_are_refused_inside_a_password(password: str) -> None:
    assert refusal_of(password) == "password_personal"


def test_a_password_is_taken_in_composed_form() -> None:
    decomposed = unicodedata.normalize("NFD", "Sen7!xanhấp")
    accepted = check_password_policy(decomposed, pin=PIN, birth_date=BORN)
    assert accepted == unicodedata.normalize("NFC", decomposed)
    verify_secret(decomposed, hashed=hash_secret(accepted, cost=CHEAP, salt=SALT))


@pytest.mark.parametrize("passcode", ["", "12345", "1234567", "12345a", "１４７２５８", " 49713", "49713\n"])
def test_a_passcode_is_exactly_six_digits(passcode: str) -> None:
    assert refusal_of_passcode(passcode) == "passcode_form"


@pytest.mark.parametrize("passcode", ["123456", "654321", "000000", "777777", "121212", "123123", "890123", "321098"])
def test_sequences_and_repetitions_are_refused(passcode: str) -> None:
    assert refusal_of_passcode(passcode) == "passcode_trivial"


@pytest.mark.parametrize("passcode", ["021185", "851102", "110285", "111985", "198511", "000102", "979085"])
def test_birth_date_and_pieces_of_the_pin_are_refused(passcode: str) -> None:
    assert refusal_of_passcode(passcode) == "passcode_personal"


@given(st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_most_passcodes_are_accepted_and_none_is_changed(passcode: str) -> None:
    try:
        assert check_passcode_policy(passcode, pin=PIN, birth_date=BORN) == passcode
    except Malformed as refused:
        assert refused.code in ("passcode_form", "passcode_trivial", "passcode_personal")


def test_the_secrets_of_the_cast_obey_the_rules() -> None:
    for member in read_cast():
        check_password_policy(member.password, pin=member.pin, birth_date=member.birth_date)
        check_passcode_policy(member.passcode, pin=member.pin, birth_date=member.birth_date)


def test_a_hash_is_argon2id_with_its_cost_and_salt() -> None:
    """RFC 9106, section 3.1; PHC string format."""
    assert hash_secret("x", cost=CHEAP, salt=SALT).startswith("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$")


@given(st.text(max_size=30), st.text(max_size=30))
def test_only_the_hashed_secret_verifies(secret: str, other: str) -> None:
    hashed = hash_secret(secret, cost=CHEAP, salt=SALT)
    verify_secret(secret, hashed=hashed)
    if unicodedata.normalize("NFC", other) != unicodedata.normalize("NFC", secret):
        with pytest.raises(VerificationFailed) as caught:
            verify_secret(other, hashed=hashed)
        assert (caught.value.step, caught.value.code) == ("secret", "secret_wrong")


@pytest.mark.parametrize("hashed", ["", "x", "$argon2id$v=19$m=64,t=1,p=1$AAAA", "$2b$12$abc"])
def test_a_damaged_hash_verifies_nothing(hashed: str) -> None:
    with pytest.raises(VerificationFailed) as caught:
        verify_secret("", hashed=hashed)
    assert caught.value.code == "secret_wrong"


def test_the_decoy_costs_as_much_as_a_hash_of_an_account() -> None:
    assert build_decoy_hash(1, 64, 1).startswith("$argon2id$v=19$m=64,t=1,p=1$")
