"""Whoever a card is for, it says what the register says, verifies strictly, and lasts as long as the law has it."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from eid.cards import authority
from eid.cards.features import describe_features
from eid.cards.personalisation import (
    GRACE_YEARS,
    REPLACEMENT_AGES,
    Holder,
    Signer,
    birthday,
    card_expiry,
    personalise,
)
from eid.cards.portrait import draw_portrait
from eid.cards.service import IssuedCard, issue_cards
from eid.clock import world_now, world_today
from eid.crypto.dg2 import parse_dg2
from eid.crypto.dg13 import NO_EXPIRY, PersonalDetails, parse_dg13
from eid.crypto.lds import COM, parse_com, parse_dg1
from eid.crypto.mrz import transliterate
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import STRICT
from eid.crypto.trust_files import parse_trust_store
from eid.population.loading import load_population
from eid.population.models import Person
from eid.population.places import write_address
from eid.population.service import find_adults, find_people
from tests.conftest import Databases, make_settings, running_app
from tests.crypto.forge import NOW, chip_keys, make_csca, make_signer, make_trust

CSCA = make_csca()
SIGNER = make_signer(CSCA)
TRUST = make_trust(CSCA)
PHOTO = draw_portrait("somebody", sex="F")

words = st.text(
    alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ", min_size=1
)
names = st.lists(words.map(str.capitalize), min_size=1, max_size=6).map(" ".join)
births = st.dates(date(1905, 1, 1), NOW.date()) | st.sampled_from(
    [date(year, 2, 29) for year in range(1908, 2025, 4)] + [date(1966, 3, 2), date(1968, 3, 2), NOW.date()]
)
holders = st.builds(
    Holder,
    pin=st.from_regex(r"9[0-9]{11}", fullmatch=True),
    surname=names,
    given_names=names,
    full_name=st.just(""),
    birth_date=births,
    sex=st.sampled_from("MF"),
    ethnicity=names,
    religion=st.sampled_from(["Không", "Phật giáo", "Công giáo"]),
    place_of_origin=names,
    place_of_residence=names,
    father=st.none() | names,
    mother=st.none() | names,
    spouse=st.none() | names,
    old_id_number=st.none() | st.from_regex(r"[0-9]{9}", fullmatch=True),
    features=st.none() | st.integers().map(describe_features),
).map(lambda holder: Holder(**{**vars(holder), "full_name": f"{holder.surname} {holder.given_names}"}))


@settings(deadline=None, max_examples=150)
@given(holder=holders, seed=st.integers(0, 2**32))
def test_every_card_verifies_strictly_and_says_who_its_holder_is(holder: Holder, seed: int) -> None:
    """ICAO 9303-5; Law on Identification, article 21. Long names, 29 February, newborns, people over sixty."""
    files = personalise(
        holder,
        photo=PHOTO,
        keys=chip_keys(),
        signer=Signer(SIGNER.key, SIGNER.build()),
        issued_on=NOW.date(),
        signed_at=NOW,
        rng=random.Random(seed),
    )
    document = verify_document(files, trust_store=TRUST, policy=STRICT, at=NOW + timedelta(hours=1))
    assert document.deviations == ()
    expires_on = card_expiry(holder.birth_date, NOW.date())
    details = parse_dg13(files["EF.DG13"])
    assert details == PersonalDetails(
        pin=holder.pin,
        full_name=holder.full_name,
        birth_date=f"{holder.birth_date:%d/%m/%Y}",
        sex={"M": "Nam", "F": "Nữ"}[holder.sex],
        nationality="Việt Nam",
        ethnicity=holder.ethnicity,
        religion=holder.religion,
        place_of_origin=holder.place_of_origin,
        place_of_residence=holder.place_of_residence,
        features=holder.features,
        issued_on=f"{NOW.date():%d/%m/%Y}",
        expires_on=f"{expires_on:%d/%m/%Y}" if expires_on else NO_EXPIRY,
        father=holder.father if holder.father or holder.mother is None else "",
        mother=holder.mother if holder.mother or holder.father is None else "",
        spouse=holder.spouse,
        old_id_number=holder.old_id_number,
        chip_code=f"{random.Random(seed).getrandbits(64):016X}",
    )
    mrz = parse_dg1(files["EF.DG1"])
    assert mrz.wrong_check_digits == ()
    assert (mrz.document_number, mrz.optional_data, mrz.sex) == (holder.pin[3:], holder.pin, holder.sex)
    assert (mrz.birth_date, mrz.nationality) == (f"{holder.birth_date:%y%m%d}", "VNM")
    assert mrz.expiry == (f"{expires_on:%y%m%d}" if expires_on else "991231")
    zone = f"{transliterate(holder.surname)}<<{transliterate(holder.given_names)}"[:30].rstrip("<")
    surname, _, given_names = zone.partition("<<")
    assert (mrz.surname, mrz.given_names) == (surname.replace("<", " ").strip(), given_names.replace("<", " ").strip())
    assert parse_com(files[COM]).data_groups == (1, 2, 13, 14, 15)
    assert parse_dg2(files["EF.DG2"]).image == PHOTO.jpeg


@given(born=births, wait=st.integers(0, 365 * 110))
@example(born=date(2008, 2, 29), wait=0)
@example(born=date(2012, 2, 29), wait=365 * 12)
def test_a_card_lasts_until_the_next_age_that_is_more_than_two_years_away(born: date, wait: int) -> None:
    """Law on Identification, article 21: 14, 25, 40, 60; one issued within two years before an age is good until the next."""
    issued_on = born + timedelta(days=wait)
    expires_on = card_expiry(born, issued_on)
    if expires_on is None:
        assert issued_on >= birthday(born, REPLACEMENT_AGES[-1] - GRACE_YEARS)
        return
    assert expires_on in [birthday(born, age) for age in REPLACEMENT_AGES]
    assert expires_on - issued_on > timedelta(days=365 * GRACE_YEARS)
    earlier = [birthday(born, age) for age in REPLACEMENT_AGES if birthday(born, age) < expires_on]
    assert all(issued_on >= day or day - issued_on <= timedelta(days=365 * GRACE_YEARS + 1) for day in earlier)


def test_who_was_born_on_29_february_has_a_birthday_in_every_year() -> None:
    assert birthday(date(2012, 2, 29), 14) == date(2026, 3, 1)
    assert birthday(date(2012, 2, 29), 40) == date(2052, 2, 29)
    assert card_expiry(date(2012, 2, 29), date(2024, 2, 28)) == date(2026, 3, 1)
    assert card_expiry(date(2012, 2, 29), date(2024, 2, 29)) == date(2037, 3, 1)


def test_thousands_of_portraits_are_all_different_plainly_drawn_and_small() -> None:
    """Small: a chip's file is read 256 octets at a time, and hashed."""
    photos = [draw_portrait(seed, sex="MF"[seed % 2]).jpeg for seed in range(2000)]
    assert len(set(photos)) == len(photos)
    assert max(map(len, photos)) < 8_000
    assert sum(map(len, photos)) / len(photos) < 6_000
    assert draw_portrait(1, sex="M").jpeg == draw_portrait(1, sex="M").jpeg


def test_features_are_the_same_for_the_same_seed_and_differ_between_people() -> None:
    described = [describe_features(seed) for seed in range(500)]
    assert described == [describe_features(seed) for seed in range(500)]
    assert len(set(described)) > 80
    assert all(" C:" in text and text.endswith(text.split("cm ")[1]) for text in described)


def test_cards_of_a_generated_country_say_what_its_register_says(databases: Databases, tmp_path: Path) -> None:
    with databases.empty("sqlite", tmp_path) as url, running_app(make_settings(tmp_path / "state", url)):
        load_population(people=1500, seed=11)
        people = {person.pin: person for person in find_adults(250)}
        made = issue_cards(people)
        trust = parse_trust_store([*authority.list_anchors(), *authority.list_revocation_lists()])
        for issued in made:
            person = people["9" + issued.files["EF.DG1"].decode("ascii", "ignore").split("<<")[0][-11:]]
            document = verify_document(issued.files, trust_store=trust, policy=STRICT, at=world_now())
            assert document.deviations == ()
            _check_against_register(issued, person)
        assert len({issued.files["EF.DG2"] for issued in made}) == len(made)
        assert len({parse_dg13(issued.files["EF.DG13"]).chip_code for issued in made}) == len(made)
        assert {issued.card.expires_on is None for issued in made} == {True, False}  # some are over sixty


def _check_against_register(issued: IssuedCard, person: Person) -> None:
    details = parse_dg13(issued.files["EF.DG13"])
    assert (details.pin, details.full_name, details.nationality) == (person.pin, person.full_name, "Việt Nam")
    assert (details.ethnicity, details.religion) == (person.ethnicity, person.religion)
    assert details.birth_date == f"{person.birth_date:%d/%m/%Y}"
    assert details.place_of_residence == write_address(person, on=world_today())
    assert details.old_id_number == person.old_id_number
    relatives = [n for n in (person.father_id, person.mother_id, person.spouse_id) if n is not None]
    known = {found.id: found.full_name for found in find_people(relatives)}
    assert details.spouse == known.get(person.spouse_id or 0)
    assert (details.father or None, details.mother or None) == (
        known.get(person.father_id or 0),
        known.get(person.mother_id or 0),
    )
    assert (issued.card.expires_on is None) == (details.expires_on == NO_EXPIRY)
