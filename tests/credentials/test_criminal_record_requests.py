"""A criminal-record certificate: asked for, answered after ten working days; form no. 2 is nothing that a service gets."""

from __future__ import annotations

import pytest
import time_machine

from eid.accounts.levels import AccountLevel
from eid.agencies.criminal_records import withdraw_criminal_record
from eid.clock import wall_now
from eid.credentials.criminal_record_requests import ask_for_criminal_record
from eid.credentials.formats import verify_paper_token
from eid.credentials.papers.criminal_record import PAPER
from eid.credentials.service import find_claims, find_published_keys, issue_paper_token
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, VerificationFailed
from eid.population.models import Person
from tests.credentials.conftest import CLINIC, ISSUER, FetchList
from tests.people import record_account_of

ASKED = "2026-11-10T03:00:00Z"
BEFORE = "2026-11-25T16:59:00Z"
ANSWERED = "2026-11-25T17:00:00Z"
"""Ten working days after that Tuesday are over with the Wednesday two weeks later, because 24 November is a holiday."""


def fetch(person: Person) -> str:
    return issue_paper_token(person_id=person.id, paper="criminal_record", audience=CLINIC, subject="s-1").token


def test_form_1_is_given_to_services_when_the_term_is_over_and_form_2_never(person: Person) -> None:
    """Law on Judicial Records, article 41: form no. 2 is for the person and for bodies of criminal procedure."""
    with time_machine.travel(ASKED, tick=False):
        ask_for_criminal_record(person.id, form="2", purpose="Biết về mình")
    with time_machine.travel(ANSWERED, tick=False):
        with pytest.raises(NotFound) as form_2:
            fetch(person)
        assert (form_2.value.code, find_claims("criminal_record", person.id)) == ("paper_unknown", None)
    with time_machine.travel(ASKED, tick=False):
        ask_for_criminal_record(person.id, form="1", purpose="  Xin  việc ")
    with time_machine.travel(BEFORE, tick=False), pytest.raises(NotFound):
        fetch(person)
    with time_machine.travel(ANSWERED, tick=False):
        fetch(person)
        told = find_claims("criminal_record", person.id)
        assert told is not None
        assert (told["purpose"], told["conclusion"], told["number"][-7:]) == ("Xin việc", "no_convictions", "/LLTP-1")


def test_a_certificate_that_is_withdrawn_or_old_is_no_paper(person: Person, fetch_list: FetchList) -> None:
    with time_machine.travel(ASKED, tick=False):
        ask_for_criminal_record(person.id, form="1", purpose="Xin việc")
    with time_machine.travel(ANSWERED, tick=False):
        token = fetch(person)
        uri = f"{ISSUER}/api/v1/status-lists/1"
        expected = {"expected_issuer": ISSUER, "expected_audience": CLINIC, "now": wall_now()}
        keys = find_published_keys()
        verify_paper_token(token, paper=PAPER, keys=keys, status_list=fetch_list(uri), **expected)
        withdraw_criminal_record(person.pin, reason="Ghi sai")
        with pytest.raises(VerificationFailed) as withdrawn:
            verify_paper_token(token, paper=PAPER, keys=keys, status_list=fetch_list(uri), **expected)
        assert (withdrawn.value.step, withdrawn.value.code) == ("status", "paper_invalid")
        with pytest.raises(Conflict) as ended:
            fetch(person)
        assert ended.value.code == "paper_ended"


def test_a_form_that_there_is_not_and_an_account_of_level_1_are_refused(person: Person) -> None:
    with pytest.raises(Malformed) as form:
        ask_for_criminal_record(person.id, form="3", purpose="Xin việc")
    assert form.value.code == "criminal_record_form"
    record_account_of(person.id, level=AccountLevel.ONE)
    db.session.commit()
    with pytest.raises(Conflict) as level:
        ask_for_criminal_record(person.id, form="1", purpose="Xin việc")
    assert level.value.code == "account_level"
