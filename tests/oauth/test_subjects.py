"""OpenID Connect Core, section 8.1."""

import base64
import hashlib
import hmac
import uuid

from hypothesis import given
from hypothesis import strategies as st

from eid.oauth.subjects import build_session_identifier, build_subject, build_technical_identifier

SECRET = b"s" * 32
sectors = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(sectors, sectors, st.integers(1, 10**12), st.integers(1, 10**12))
def test_subjects_differ_exactly_where_sector_or_person_differ(one: str, two: str, person: int, other: int) -> None:
    subject = build_subject(SECRET, sector=one, person_id=person)
    assert len(subject) == 43
    assert (subject == build_subject(SECRET, sector=two, person_id=other)) == ((one, person) == (two, other))


def test_a_subject_is_the_same_whatever_was_made_before_it() -> None:
    """By RFC 2104 alone: a keyed digest is made once a secret and copied for each."""
    said = hmac.digest(SECRET, b"sub\x00clinic.example\x007", hashlib.sha256)
    expected = base64.urlsafe_b64encode(said).decode().rstrip("=")
    for other in (SECRET, b"t" * 32, SECRET):
        build_session_identifier(other, client_id="a", session_id=1)
        assert build_subject(SECRET, sector="clinic.example", person_id=7) == expected


def test_nobody_computes_a_subject_without_the_secret() -> None:
    assert build_subject(SECRET, sector="a", person_id=1) != build_subject(b"t" * 32, sector="a", person_id=1)


def test_the_kinds_of_identifier_never_coincide() -> None:
    assert build_session_identifier(SECRET, client_id="a", session_id=1) != build_subject(
        SECRET, sector="a", person_id=1
    )
    assert uuid.UUID(build_technical_identifier(SECRET, sector="a", person_id=1)).version == 4
