"""A face as a proof: compared with the portrait on record by the matcher that the settings name, each wrong one counted."""

from __future__ import annotations

from eid.accounts.face_matchers import MATCHERS, FaceMatcher, load_matcher
from eid.accounts.guessing import GuessKind, check_may_guess, digest_lookup, record_failure, record_success
from eid.cards.portrait import draw_portrait
from eid.clock import wall_now
from eid.config import NO_FACES, current_settings
from eid.errors import Unavailable, VerificationFailed
from eid.population.service import find_person_by_id

LEAST_LIKENESS = 0.9


def current_matcher() -> FaceMatcher:
    """The matcher that the settings name. Raises Unavailable where they name none, or one that is not installed."""
    name = current_settings().face_matcher
    matcher = None if name == NO_FACES else MATCHERS.get(name) or load_matcher(name)
    if matcher is None:
        raise Unavailable("face_unavailable", "Faces cannot be compared here.", reason=f"face matcher {name}")
    return matcher


def check_face(person_id: int, image: bytes) -> None:
    """The image shows this person's face; the caller commits, also what a refusal counted.

    Raises VerificationFailed, step "face", where it does not; TooManyAttempts after too many wrong ones; Unavailable where
    there is nothing to compare faces with.
    """
    matcher = current_matcher()
    now, subject = wall_now(), digest_lookup(GuessKind.FACE, person_id)
    check_may_guess(GuessKind.FACE, subject, now=now)
    person = find_person_by_id(person_id)
    enrolled = draw_portrait(person.pin, sex=person.sex).jpeg
    if not matcher.compare(enrolled, image) >= LEAST_LIKENESS:
        record_failure(GuessKind.FACE, subject, now=now)
        raise VerificationFailed("face", "face_mismatch", "The face is not that of the person on record.")
    record_success(GuessKind.FACE, subject, now=now)
