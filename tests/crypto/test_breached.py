"""Lists of hashes: found wherever it stands in the list, in every form in which such lists are published."""

from __future__ import annotations

import hashlib
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto.breached import HashList, build_hash_list, plain_forms_of

secrets = st.lists(st.text(max_size=12), max_size=60)


@given(secrets, st.text(max_size=12), st.sampled_from([10, 40]))
def test_a_list_holds_what_it_was_made_of_and_nothing_else(listed: list[str], other: str, digits: int) -> None:
    found = HashList(build_hash_list(listed, digits=digits))
    assert all(secret in found for secret in listed)
    assert (other in found) == (other in listed)


@given(secrets)
def test_counts_line_ends_and_small_letters_make_no_difference(listed: list[str]) -> None:
    """Pwned Passwords, ordered by hash: `SHA1:count`, with the line ends of another system."""
    plain = build_hash_list(listed)
    for lines in (plain.replace(b"\n", b":17\r\n"), plain.lower(), plain.rstrip(b"\n")):
        assert all(secret in HashList(lines) for secret in listed)


def test_a_list_of_rubbish_holds_nothing_and_a_search_in_it_ends() -> None:
    for lines in (b"", b"\n", b"\n\n\n", b"zzz", b"\xff" * 1000, b"not a list\nat all\n"):
        assert "123456" not in HashList(lines)


def test_a_file_is_searched_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "leaked.txt"
    path.write_bytes(build_hash_list([f"secret {n}" for n in range(5000)]))
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as lines:
        assert all(f"secret {n}" in HashList(lines) for n in range(0, 5000, 99))
        assert "secret 5000" not in HashList(lines)


def test_the_digest_is_sha_1() -> None:
    """FIPS 180-4, of `password`: as Pwned Passwords lists it."""
    assert build_hash_list(["password"]) == b"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\n"
    assert hashlib.sha1(b"password", usedforsecurity=False).hexdigest().upper().encode() in build_hash_list(
        ["password"]
    )


@pytest.mark.parametrize(
    ("password", "form"),
    [
        ("Password1!", "password"),
        ("P@ssw0rd", "password"),
        ("Đồng#2024", "dong"),
        ("!!Qwerty!!", "qwerty"),
        ("Tr1nity$9", "trinity"),
    ],
)
def test_the_plain_form_is_what_lies_under_the_ornaments(password: str, form: str) -> None:
    assert form in plain_forms_of(password)
