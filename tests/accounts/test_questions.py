"""Security questions: what is an answer, how it is compared and kept, and how often it may be guessed at."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from eid.accounts.guessing import FREE_TRIES
from eid.accounts.models import Account
from eid.accounts.question_choices import SecurityQuestion, accept_answers, normalise_answer
from eid.accounts.questions import build_answer_hashes, change_questions, check_answers, find_questions, record_answers
from eid.accounts.recovery_models import SecurityAnswer
from eid.accounts.sign_in import begin_sign_in
from eid.db import db
from eid.errors import Malformed, Refusal, TooManyAttempts
from eid.population.models import Person
from tests.accounts.conftest import in_threads
from tests.accounts.test_guessing import ATTACKERS, codes_of
from tests.people import ANSWERS, PASSWORD
from tests.turns import both_engines

KNOWN = ("979085000102", "0100000102", "Trần Văn Minh", "02111985")


def refusal_of(answers: dict[str, str]) -> str:
    with pytest.raises(Malformed) as caught:
        accept_answers(answers, known=KNOWN)
    return caught.value.code


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({}, "questions_choice"),
        ({"first_pet": "Mực"}, "questions_choice"),
        ({"first_pet": "Mực", "mother_in_law": "Lan"}, "questions_choice"),
        ({"first_pet": "Mực", "first_job": "  . "}, "answer_short"),
        ({"first_pet": "Mực", "first_job": "ab"}, "answer_short"),
        ({"first_pet": "Mực Mực", "first_job": "muc-muc"}, "answer_same"),
        ({"first_pet": "Mực", "first_job": "Minh"}, "answer_known"),
        ({"first_pet": "Mực", "first_job": "000102"}, "answer_known"),
        ({"first_pet": "02/11/1985", "first_job": "xưởng mộc"}, "answer_known"),
    ],
)
def test_what_is_no_choice_of_two_questions_is_refused(answers: dict[str, str], code: str) -> None:
    assert refusal_of(answers) == code


@pytest.mark.parametrize("typed", ["Đường Hoa Sữa", "duong hoa sua", "ĐƯỜNG  HOA-SỮA.", "đường hoa sữa"])
def test_an_answer_is_compared_as_it_is_meant(typed: str) -> None:
    assert normalise_answer(typed) == "duonghoasua"


@given(st.text(max_size=40))
def test_a_normal_answer_is_its_own_normal_form(answer: str) -> None:
    assert normalise_answer(normalise_answer(answer)) == normalise_answer(answer)


@pytest.fixture
def answered(account: Account) -> Account:
    accepted = {SecurityQuestion(name): normalise_answer(answer) for name, answer in ANSWERS.items()}
    record_answers(account.id, build_answer_hashes(accepted))
    db.session.commit()
    return account


def test_both_answers_are_needed_and_kept_as_argon2id(answered: Account) -> None:
    check_answers(answered.id, {"first_pet": "con mực", "childhood_street": "duong hoa sua"})
    for wrong in ({"first_pet": "con mực"}, {"first_pet": "con mực", "childhood_street": "x"}, {}):
        with pytest.raises(Refusal) as caught:
            check_answers(answered.id, wrong)
        assert caught.value.code == "answers_wrong"
    hashes = list(db.session.scalars(select(SecurityAnswer.answer_hash)))
    assert [hashed[:9] for hashed in hashes] == ["$argon2id"] * 2


def test_an_account_without_questions_has_no_right_answer(account: Account) -> None:
    assert find_questions(account.id) == []
    with pytest.raises(Refusal) as caught:
        check_answers(account.id, {})
    assert caught.value.code == "answers_wrong"


@both_engines
def test_a_hundred_who_guess_answers_at_once_get_five_tries(app: Flask, answered: Account) -> None:
    account_id = answered.id
    guesses = [{**ANSWERS, "first_pet": f"guess {number}"} for number in range(ATTACKERS)]
    results = in_threads(app, [lambda guess=guess: check_answers(account_id, guess) for guess in guesses])
    assert codes_of(results) == {"answers_wrong": FREE_TRIES, "too_many_tries": ATTACKERS - FREE_TRIES}
    with pytest.raises(TooManyAttempts):
        check_answers(account_id, ANSWERS)


def test_questions_are_changed_with_the_password_alone_known(account: Account, person: Person) -> None:
    session = begin_sign_in(person.pin, PASSWORD).session
    with pytest.raises(Refusal) as caught:
        change_questions(session, password="Wrong#Pass1", answers=ANSWERS)
    assert caught.value.code == "password_wrong"
    db.session.rollback()
    change_questions(session, password=PASSWORD, answers=ANSWERS)
    change_questions(session, password=PASSWORD, answers={"first_job": "xưởng mộc", "first_pet": "Vện Vàng"})
    assert find_questions(account.id) == [SecurityQuestion.FIRST_JOB, SecurityQuestion.FIRST_PET]
