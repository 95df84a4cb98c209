"""The security questions in words, and the two that a form was sent with."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from eid.accounts.question_choices import QUESTIONS, SecurityQuestion
from eid.web.forms import given

WORDS: dict[SecurityQuestion, Any] = {
    SecurityQuestion.FIRST_TEACHER: _("What was your first teacher called?"),
    SecurityQuestion.CHILDHOOD_FRIEND: _("Who was your best friend as a child?"),
    SecurityQuestion.CHILDHOOD_STREET: _("In which street or hamlet did you grow up?"),
    SecurityQuestion.FIRST_PET: _("What was your first pet called?"),
    SecurityQuestion.FIRST_JOB: _("Where did you work first?"),
    SecurityQuestion.FAVOURITE_DISH: _("Which dish of your childhood did you like best?"),
    SecurityQuestion.FIRST_JOURNEY: _("Where did your first long journey lead?"),
    SecurityQuestion.GRANDMOTHER: _("What did everybody call your grandmother?"),
}


def list_choices() -> list[tuple[str, str]]:
    """Each question and its words, for a list to choose from."""
    return [(str(question), str(words)) for question, words in WORDS.items()]


def given_answers() -> dict[str, str]:
    """Question → answer, as the form has them: `question_1`, `answer_1`, `question_2`, `answer_2`."""
    numbers = range(1, QUESTIONS + 1)
    return {given(f"question_{number}"): given(f"answer_{number}") for number in numbers}
