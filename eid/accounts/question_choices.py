"""Which security questions there are, and what is an answer: Decree 69/2024 as practised, two of them. Pure.

An answer is compared as it is meant: without case, marks, blanks and punctuation. It proves little, because others may know it:
it is one proof among several, never enough alone (NIST SP 800-63B-4, section 3.1.1.2, forbids it as the secret that signs in).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from eid.crypto.breached import strip_marks
from eid.errors import Malformed

QUESTIONS = 2
SHORTEST_ANSWER = 3
LONGEST_ANSWER = 100


class SecurityQuestion(StrEnum):
    FIRST_TEACHER = "first_teacher"
    CHILDHOOD_FRIEND = "childhood_friend"
    CHILDHOOD_STREET = "childhood_street"
    FIRST_PET = "first_pet"
    FIRST_JOB = "first_job"
    FAVOURITE_DISH = "favourite_dish"
    FIRST_JOURNEY = "first_journey"
    GRANDMOTHER = "grandmother"


def normalise_answer(answer: str) -> str:
    """The answer as it is compared: small letters and digits without marks."""
    return "".join(filter(str.isalnum, strip_marks(answer)))


def accept_answers(answers: Mapping[str, str], *, known: tuple[str, ...]) -> dict[SecurityQuestion, str]:
    """Two questions with their answers, normalised. `known` is what everybody knows of the holder: PIN, phone, birth date.

    Raises Malformed: questions_choice unless it is two different ones that exist; answer_short, answer_same, answer_known.
    """
    if len(answers) != QUESTIONS or not set(answers) <= set(SecurityQuestion):
        raise Malformed("questions_choice", "Choose two different questions.")
    normal = {SecurityQuestion(name): normalise_answer(answer[:LONGEST_ANSWER]) for name, answer in answers.items()}
    if any(len(answer) < SHORTEST_ANSWER for answer in normal.values()):
        raise Malformed("answer_short", "An answer must have at least three letters or digits.")
    if len(set(normal.values())) < QUESTIONS:
        raise Malformed("answer_same", "The two answers must be different.")
    if any(answer in normalise_answer(fact) for answer in normal.values() for fact in known):
        raise Malformed("answer_known", "An answer must not be your name, PIN, phone number or birth date.")
    return normal
