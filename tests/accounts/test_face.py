"""A face is compared with the portrait on record, and wrong ones are counted."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest
from flask import Flask

from eid.accounts import face_matchers
from eid.accounts.face import check_face, current_matcher
from eid.accounts.guessing import FREE_TRIES
from eid.cards.portrait import draw_portrait
from eid.config import EXTENSION
from eid.db import db
from eid.errors import TooManyAttempts, Unavailable, VerificationFailed
from eid.population.models import Person


def test_the_persons_own_face_is_accepted(person: Person) -> None:
    check_face(person.id, draw_portrait(person.pin, sex=person.sex).jpeg)


@pytest.mark.parametrize("image", [b"", b"no image", draw_portrait("somebody else", sex="M").jpeg])
def test_another_face_is_not(person: Person, image: bytes) -> None:
    with pytest.raises(VerificationFailed) as refused:
        check_face(person.id, image)
    assert (refused.value.step, refused.value.code) == ("face", "face_mismatch")


def test_after_five_wrong_faces_the_right_one_must_wait(person: Person) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(VerificationFailed):
            check_face(person.id, b"no image")
        db.session.commit()
    with pytest.raises(TooManyAttempts) as refused:
        check_face(person.id, draw_portrait(person.pin, sex=person.sex).jpeg)
    assert refused.value.code == "too_many_tries"


class StrictMatcher:
    """Finds nobody alike, as a matcher of real faces would find drawings."""

    name = "strict"
    is_simulated = False

    def compare(self, enrolled: bytes, submitted: bytes) -> float:
        return float("nan") if enrolled == submitted else 0.0


@pytest.mark.parametrize("name", ["none", "nothing-installed"])
def test_without_a_matcher_no_face_is_compared(app: Flask, person: Person, name: str) -> None:
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], face_matcher=name)
    with pytest.raises(Unavailable) as refused:
        check_face(person.id, draw_portrait(person.pin, sex=person.sex).jpeg)
    assert refused.value.code == "face_unavailable"


def test_another_matcher_is_found_by_the_name_under_which_it_is_installed(
    app: Flask, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = EntryPoint("strict", "tests.accounts.test_face:StrictMatcher", face_matchers.ENTRY_POINTS)
    monkeypatch.setattr(face_matchers, "entry_points", lambda **wanted: [offered] if wanted["name"] == "strict" else [])
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], face_matcher="strict")
    assert current_matcher().name == "strict"
    with pytest.raises(VerificationFailed) as refused:
        check_face(person.id, draw_portrait(person.pin, sex=person.sex).jpeg)
    assert refused.value.code == "face_mismatch"
