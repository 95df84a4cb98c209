"""OpenID Connect Core, section 8.1."""

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


def test_nobody_computes_a_subject_without_the_secret() -> None:
    assert build_subject(SECRET, sector="a", person_id=1) != build_subject(b"t" * 32, sector="a", person_id=1)


def test_the_kinds_of_identifier_never_coincide() -> None:
    assert build_session_identifier(SECRET, client_id="a", session_id=1) != build_subject(
        SECRET, sector="a", person_id=1
    )
    assert uuid.UUID(build_technical_identifier(SECRET, sector="a", person_id=1)).version == 4
