"""The cast and the cohort, made real: persons, papers, cards and accounts by the use cases that everybody uses.

Each person is looked for before being made, part by part, so that an interrupted preparation goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from eid.accounts.foreign_papers import GivenPapers, ResidenceKind, record_foreign_papers
from eid.accounts.lifecycle import AccountState
from eid.accounts.models import Account, OfficerRole
from eid.accounts.organisation_finding import list_by_code
from eid.accounts.organisation_rules import OrganisationForm
from eid.accounts.organisations import record_prepared_organisation
from eid.accounts.proofs import record_card_proof
from eid.accounts.service import find_account, record_officer, record_prepared_account
from eid.agencies.insurance import HEALTH_INSURANCE, find_health_insurance, record_employee, record_health_insurance
from eid.agencies.licences import DRIVING_LICENCE, record_driving_licence
from eid.agencies.residence import RESIDENCE
from eid.cards.folder import write_card_folder
from eid.cards.service import find_current_card, issue_card, withhold_card
from eid.cast import CastMember, read_cast
from eid.clock import world_now, world_today
from eid.credentials.additions import AdditionState, list_additions, record_prepared_additions
from eid.db import db
from eid.demo.added_papers import SHARES, draw_added_papers
from eid.demo.cohort import CohortMember, derive_member, write_cohort
from eid.errors import NotFound
from eid.population.life.acts import CITIZEN
from eid.population.models import Person, Relation, Sex
from eid.population.origins import FOREIGNERS
from eid.population.service import find_adults, find_person, record_person

Advance = Callable[[], None]
"""Called once for each person who is ready."""

DESK = "Công an Phường Biển Thử"


def prepare_cast(cards_dir: Path, advance: Advance) -> None:
    """Afterwards everybody of the cast is in the register, with card, papers and account as their story says."""
    for number, member in enumerate(read_cast(), 1):
        person = _prepare_cast_person(number, member)
        if member.card:
            prepare_card(person, cards_dir)
        _prepare_cast_account(person, member)
        _prepare_cast_papers(person, member)
        _prepare_organisation(person, member)
        advance()


def prepare_cohort(size: int, *, seed: int, state_dir: Path, advance: Advance) -> None:
    """Afterwards `size` grown-up people have cards, insurance and active accounts, and cohort.json says how to play them."""
    cards_dir = state_dir / "cards"
    members = []
    for number, person in enumerate(find_adults(size)):
        member = derive_member(person, number=number, seed=seed, cards=cards_dir)
        prepare_card(person, cards_dir)
        _prepare_cohort_account(person, member)
        members.append(replace(member, papers=prepare_cohort_papers(person, seed=seed)))
        advance()
    write_cohort(members, state_dir)


def prepare_cohort_papers(person: Person, *, seed: int) -> tuple[str, ...]:
    """Afterwards they are insured, and have added their residence and, as some do, what is then given; committed."""
    _prepare_insurance(person)
    record_prepared_additions(person.id, (RESIDENCE, *draw_added_papers(person.pin, seed=seed)))
    db.session.commit()
    in_account = {each.paper.name for each in list_additions(person.id) if each.state is AdditionState.DONE}
    return tuple(paper for paper in SHARES if paper in in_account)


def _prepare_cast_person(number: int, member: CastMember) -> Person:
    try:
        return find_person(member.pin)
    except NotFound:
        person = _record_cast_person(number, member)
    if member.health_insurance:
        record_health_insurance(person.id)
    if member.driving_licence:
        record_driving_licence(person.id, points=member.licence_points)
    if member.passport:
        _record_papers(person, member.passport, member.residence_days)
    db.session.commit()
    return person


def _record_cast_person(number: int, member: CastMember) -> Person:
    surname, middle_name, given_name = member.name_parts
    father = find_person(member.father) if member.father else None
    person = record_person(
        person_id=number,
        pin=member.pin,
        surname=surname,
        middle_name=middle_name,
        given_name=given_name,
        birth_date=member.birth_date,
        sex=Sex(member.sex),
        residence_province=member.residence_province,
        residence_commune=member.residence_commune,
        residence_address=member.residence_address,
        phone=member.phone,
        nationality=member.nationality,
        birth_country=member.nationality,
        ethnicity="Kinh" if member.nationality == CITIZEN else FOREIGNERS,
        household_id=father.household_id if father else None,
        relation_to_head=Relation.CHILD if father else Relation.HEAD,
        father_id=father.id if father else None,
    )
    db.session.flush()
    return person


def _record_papers(person: Person, passport: str, residence_days: int) -> None:
    until = world_today() + timedelta(days=residence_days)
    record_foreign_papers(
        person.id,
        GivenPapers(passport, until + timedelta(days=365), ResidenceKind.TEMPORARY, f"TR{person.pin[-7:]}", until),
        country=person.nationality,
    )


def _prepare_organisation(person: Person, member: CastMember) -> None:
    if member.organisation is None or list_by_code(member.organisation["code"]):
        return
    fields: dict[str, Any] = member.organisation | {"founded_on": date.fromisoformat(member.organisation["founded_on"])}
    record_prepared_organisation(OrganisationForm(**fields), person)
    db.session.commit()


def _prepare_insurance(person: Person) -> None:
    """Insurance without an end, so that whoever plays them finds it however far the world's clock is moved."""
    try:
        if find_health_insurance(person.id).valid_to is None:
            return
        record_employee(person.id)
    except NotFound:
        record_health_insurance(person.id)
    db.session.commit()


def _prepare_cast_papers(person: Person, member: CastMember) -> None:
    """Who has had an account for a while has added what others rely on: the health insurance card and the driving licence."""
    if member.account in ("active", "locked"):
        record_prepared_additions(person.id, (HEALTH_INSURANCE, DRIVING_LICENCE))
        db.session.commit()


def prepare_card(person: Person, cards_dir: Path) -> None:
    """A card without its folder is of no use to the demo, so it is replaced."""
    folder = cards_dir / person.pin
    try:
        find_current_card(person.id)
        is_ready = (folder / "chip_keys.json").exists()
    except NotFound:
        is_ready = False
    if not is_ready:
        write_card_folder(issue_card(person.pin), folder)


def _prepare_cast_account(person: Person, member: CastMember) -> None:
    if member.account == "none" or _has_account(person):
        return
    was_activated = member.account in ("active", "locked")
    account = record_prepared_account(
        person.id,
        phone=member.phone,
        state=AccountState.ACTIVE if was_activated else AccountState.APPROVED,
        password=member.password if was_activated else None,
        passcode=member.passcode if was_activated else None,
        totp_secret=member.totp_secret,
        approved_at=world_now() - timedelta(days=member.approved_days_ago),
    )
    _record_proof(person, account)
    if member.role == "officer":
        db.session.flush()
        record_officer(account, place=DESK, role=OfficerRole(member.duty))
    db.session.commit()
    if member.account == "locked":
        withhold_card(person.id, reason="custody")  # the account locks itself by this, as it would in life


def _prepare_cohort_account(person: Person, member: CohortMember) -> None:
    if _has_account(person):
        return
    account = record_prepared_account(
        person.id,
        phone=member.phone,
        password=member.password,
        passcode=member.passcode,
        totp_secret=member.totp_secret,
    )
    _record_proof(person, account)
    db.session.commit()


def _record_proof(person: Person, account: Account) -> None:
    """A prepared account rests on its holder's card, as if that had activated it."""
    try:
        card = find_current_card(person.id)
    except NotFound:
        return
    if account.activated_at is not None:
        db.session.flush()
        record_card_proof(account, card.id, verified_at=account.activated_at)


def _has_account(person: Person) -> bool:
    try:
        find_account(person.id)
    except NotFound:
        return False
    return True
