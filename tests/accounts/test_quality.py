"""What the service's own acts do to people, cards and accounts leaves a register in which no rule is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import Flask

from eid.accounts.levels import Factor
from eid.accounts.lifecycle import LockReason
from eid.accounts.locking import lock_account, lock_accounts_of_expired_cards, unlock_account
from eid.accounts.models import Account
from eid.accounts.sessions import UsedFactor, record_session
from eid.cards.service import issue_card, report_card_lost, return_card, revoke_card, withhold_card
from eid.cli.population.inspection import CHECKS
from eid.clock import advance_world, wall_now, world_today
from eid.db import db
from eid.population.life.identity import particulars_of
from eid.population.life.recording import take_state
from eid.population.models import Person
from eid.population.quality.inspection import audit_population
from eid.population.registration import register_death
from eid.population.renewal import correct_person, end_citizenship
from tests.accounts.conftest import MakeAccount, MakePerson


def lock_by_hand(person: Person, account: Account) -> None:
    lock_account(account.id, LockReason.HOLDER)


def lock_and_unlock(person: Person, account: Account) -> None:
    lock_account(account.id, LockReason.HOLDER)
    unlock_account(account.id)


def lose_card(person: Person, account: Account) -> None:
    report_card_lost(person.id)


def lose_card_and_get_another(person: Person, account: Account) -> None:
    report_card_lost(person.id)
    issue_card(person.pin)


def withhold(person: Person, account: Account) -> None:
    withhold_card(person.id, reason="custody")


def withhold_and_return(person: Person, account: Account) -> None:
    withhold_card(person.id, reason="custody")
    return_card(person.id)


def revoke(person: Person, account: Account) -> None:
    revoke_card(person.id, reason="altered")


def die(person: Person, account: Account) -> None:
    register_death(person.pin, died_on=world_today())


def die_after_the_card_was_lost(person: Person, account: Account) -> None:
    report_card_lost(person.id)
    register_death(person.pin, died_on=world_today())


def lose_citizenship(person: Person, account: Account) -> None:
    end_citizenship(person.pin, nationality="FRA", ended_on=world_today())


def be_corrected(person: Person, account: Account) -> None:
    """Born elsewhere: another PIN, and no card until one is asked for."""
    particulars = replace(particulars_of(take_state(person)), birth_province="01")
    correct_person(person.pin, particulars, corrected_on=world_today())


def be_corrected_and_get_another_card(person: Person, account: Account) -> None:
    be_corrected(person, account)
    issue_card(person.pin)


ACTS: list[Callable[[Person, Account], None]] = [
    lock_by_hand,
    lock_and_unlock,
    lose_card,
    lose_card_and_get_another,
    withhold,
    withhold_and_return,
    revoke,
    die,
    die_after_the_card_was_lost,
    lose_citizenship,
    be_corrected,
    be_corrected_and_get_another_card,
]


def broken_rules() -> dict[str, tuple[str, ...]]:
    return {finding.rule.id: finding.examples for finding in audit_population(CHECKS).findings if finding.count}


def test_no_act_of_the_service_breaks_a_rule(app: Flask, make_person: MakePerson, make_account: MakeAccount) -> None:
    for number, act in enumerate(ACTS, 10):
        pin, street = f"9790850001{number}", f"Số {number}, đường Mẫu"
        person = make_person(person_id=number, pin=pin, residence_address=street)
        issue_card(pin)
        account = make_account(person.id)
        record_session(account, [UsedFactor(Factor.PASSWORD, wall_now())], now=wall_now())
        db.session.commit()
        act(person, account)
    assert broken_rules() == {}
    advance_world(timedelta(days=365))
    lock_accounts_of_expired_cards()
    assert broken_rules() == {}
