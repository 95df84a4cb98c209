"""Passwords and passcodes: what the rules accept, what they refuse, and the hash."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.secret_policy import MOST_USED
from eid.cast import read_cast
from eid.config import Argon2Cost
from eid.crypto.breached import HashList, build_hash_list
from eid.crypto.passwords import (
    SPECIALS,
    WELL_KNOWN,
    Holder,
    Lists,
    build_decoy_hash,
    check_passcode_policy,
    check_password_policy,
    costs_otherwise,
    dates_of,
    hash_secret,
    verify_secret,
)
from eid.errors import Malformed, VerificationFailed
from tests.conftest import CHEAP

PIN = "979085000102"
BORN = date(1985, 11, 2)
PHONE = "0100000102"
HOLDER = Holder(PIN, BORN, "Trần Văn Minh", PHONE)
LISTS = Lists(HashList(MOST_USED.read_bytes()), HashList(build_hash_list(["Sen7!daBiet", "Bien9#xanh"])))
SALT = bytes(16)


def refusal_of(password: str) -> str:
    with pytest.raises(Malformed) as caught:
        check_password_policy(password, holder=HOLDER, lists=LISTS)
    return caught.value.code


def refusal_of_passcode(passcode: str) -> str:
    with pytest.raises(Malformed) as caught:
        check_passcode_policy(passcode, holder=HOLDER, lists=LISTS)
    return caught.value.code


@pytest.mark.parametrize("special", SPECIALS)
def test_each_special_of_the_decree_makes_a_password(special: str) -> None:
    """Decree 69/2024 as practised: 8 to 20 characters with a digit, a capital, a small letter and a special."""
    password = f"Sen7{special}xanh"
    assert check_password_policy(password, holder=HOLDER, lists=LISTS) == password


@pytest.mark.parametrize("length", [8, 20])
def test_eight_and_twenty_characters_are_enough_and_not_too_many(length: int) -> None:
    password = ("Sen7!xanhBiecMenhMong")[:length]
    assert len(password) == length
    check_password_policy(password, holder=HOLDER, lists=LISTS)


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


@pytest.mark.parametrize("password", ["Dragon#2024", "Superman!1", "M0nkey!77", "Tr1nity$9", "  Football!7".strip()])
def test_the_most_used_passwords_are_refused_under_any_ornament(password: str) -> None:
    """NIST SP 800-63B-4, section 3.1.1.2; OWASP ASVS 5.0, 6.2.4: a list of at least 3000 that fits the policy."""
    assert refusal_of(password) == "password_trivial"


def test_the_list_that_is_built_in_is_long_enough_and_in_order() -> None:
    """OWASP ASVS 5.0, 6.2.4: at least the 3000 most used ones."""
    lines = MOST_USED.read_text().split()
    assert len(lines) >= 3000
    assert lines == sorted(set(lines))


def test_a_leaked_password_is_refused_as_it_stands() -> None:
    """OWASP ASVS 5.0, 6.2.12: a set of breached passwords."""
    assert refusal_of("Sen7!daBiet") == "password_breached"
    assert check_password_policy("Sen7!daBiet", holder=HOLDER, lists=Lists(LISTS.most_used)) == "Sen7!daBiet"
    check_password_policy("Sen7!daBieT", holder=HOLDER, lists=LISTS)


@pytest.mark.parametrize("word", sorted(WELL_KNOWN))
def test_well_known_words_are_refused_anywhere(word: str) -> None:
    assert refusal_of(f"Xy7#{word.capitalize()}"[:20]) == "password_trivial"


@pytest.mark.parametrize("password", ["MinhTran@85", "TranVanMinh#7", "Trần$Minh7", "Minh!Minh77", "xMinh#9Tran7"])
def test_the_holders_name_is_no_password(password: str) -> None:
    """NIST SP 800-63B-4, section 3.1.1.2: words of the context, such as the user's name; ASVS 5.0, 6.1.2."""
    assert refusal_of(password) == "password_personal"


def test_a_name_within_more_is_accepted() -> None:
    assert check_password_policy("MinhYeuBien#7", holder=HOLDER, lists=LISTS) == "MinhYeuBien#7"


born = st.dates(min_value=date(1910, 1, 1), max_value=date(2020, 12, 31))


@given(born, st.data())
def test_a_birth_date_is_refused_however_it_is_written(birth_date: date, data: st.DataObject) -> None:
    day, month, year = birth_date.day, birth_date.month, birth_date.year
    writings = [f"{day:02}{month:02}{year}", f"{day:02}{month:02}{year % 100:02}", f"{year}{month:02}{day:02}"]
    writings += [f"{month:02}{day:02}{year}", f"{month:02}{year}", f"{day}{month}{year}", f"{year}{day:02}{month:02}"]
    written = data.draw(st.sampled_from([writing for writing in writings if len(writing) >= 6]))
    mark = data.draw(st.sampled_from(SPECIALS))
    with pytest.raises(Malformed) as caught:
        holder = Holder("975000000000", birth_date)
        check_password_policy(f"Khoai{mark}{written}", holder=holder, lists=LISTS)
    assert caught.value.code == "password_personal"
    assert written in dates_of(birth_date)


@given(st.from_regex(r"9[0-9]{11}", fullmatch=True), st.integers(0, 6), st.sampled_from(SPECIALS))
def test_any_six_digits_in_a_row_of_the_pin_are_refused_its_tail_too(pin: str, at: int, mark: str) -> None:
    for check, secret, code in (
        (check_password_policy, f"Khoa{mark}{pin[at : at + 6]}", {"password_personal", "password_trivial"}),
        (check_passcode_policy, pin[at : at + 6], {"passcode_personal", "passcode_trivial"}),
    ):
        with pytest.raises(Malformed) as caught:
            check(secret, holder=Holder(pin, BORN), lists=LISTS)
        assert caught.value.code in code


@given(st.integers(0, 4))
def test_a_piece_of_the_phone_number_is_refused(at: int) -> None:
    holder = Holder(PIN, BORN, "", "0912847365")
    for check, secret in (
        (check_password_policy, "Khoa#" + holder.phone[at : at + 6]),
        (check_passcode_policy, holder.phone[at : at + 6]),
    ):
        with pytest.raises(Malformed) as caught:
            check(secret, holder=holder, lists=LISTS)
        assert caught.value.code.endswith("_personal")


@given(st.text(alphabet="abcXYZ0123456789!@#$^ấđ", min_size=0, max_size=24))
def test_whatever_is_accepted_is_accepted_again_and_has_all_kinds(password: str) -> None:
    try:
        accepted = check_password_policy(password, holder=HOLDER, lists=LISTS)
    except Malformed as refused:
        assert refused.code.startswith("password_")
        return
    assert check_password_policy(accepted, holder=HOLDER, lists=LISTS) == accepted
    assert 8 <= len(accepted) <= 20
    assert PIN[-6:] not in accepted


@pytest.mark.parametrize("passcode", ["159753", "112233", "147258", "123321"])
def test_the_most_used_passcodes_are_refused(passcode: str) -> None:
    assert refusal_of_passcode(passcode) == "passcode_trivial"


def test_a_hash_of_another_cost_is_to_be_made_anew() -> None:
    hashed = hash_secret("x", cost=CHEAP, salt=SALT)
    assert not costs_otherwise(hashed, cost=CHEAP)
    for cost in (Argon2Cost(2, 64, 1), Argon2Cost(1, 128, 1), Argon2Cost(1, 64, 2)):
        assert costs_otherwise(hashed, cost=cost)


@pytest.mark.parametrize(
    "password", ["Aa!979085000102", "Minh!02111985", "Minh!19851102", "Minh!021185", "Mi!1985-11-02"]
)
def test_pin_and_birth_date_are_refused_inside_a_password(password: str) -> None:
    assert refusal_of(password) == "password_personal"


def test_a_password_is_taken_in_composed_form() -> None:
    decomposed = unicodedata.normalize("NFD", "Sen7!xanhấp")
    accepted = check_password_policy(decomposed, holder=HOLDER, lists=LISTS)
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
        assert check_passcode_policy(passcode, holder=HOLDER, lists=LISTS) == passcode
    except Malformed as refused:
        assert refused.code in ("passcode_form", "passcode_trivial", "passcode_personal")


def test_the_secrets_of_the_cast_obey_the_rules() -> None:
    for member in read_cast():
        holder = Holder(member.pin, member.birth_date, phone=member.phone)
        check_password_policy(member.password, holder=holder, lists=LISTS)
        check_passcode_policy(member.passcode, holder=holder, lists=LISTS)


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
