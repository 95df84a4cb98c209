"""Defects of PINs, replaced numbers, old identity numbers and telephones."""

from __future__ import annotations

from datetime import timedelta

from eid.db import db
from eid.population.models import Person, ReplacedPin
from eid.population.spoiling.spoiler import Breakage, Kind, Planted, Spoiler


def _pin_too_short(spoiler: Spoiler, person: Person) -> Breakage:
    return [Planted("pin-form", person.id)] if spoiler.renumber(person, person.pin[:11]) else None


def _pin_prefix_of_nowhere(spoiler: Spoiler, person: Person) -> Breakage:
    if person.nationality != "VNM":
        return None
    return [Planted("pin-prefix", person.id)] if spoiler.renumber(person, f"900{person.pin[3:]}") else None


def _pin_of_the_other_sex(spoiler: Spoiler, person: Person) -> Breakage:
    pin = f"{person.pin[:3]}{int(person.pin[3]) ^ 1}{person.pin[4:]}"
    return [Planted("pin-sex", person.id)] if spoiler.renumber(person, pin) else None


def _pin_of_another_year(spoiler: Spoiler, person: Person) -> Breakage:
    year = (int(person.pin[4:6]) + spoiler.rng.randint(1, 9)) % 100
    pin = f"{person.pin[:4]}{year:02d}{person.pin[6:]}"
    return [Planted("pin-year", person.id)] if spoiler.renumber(person, pin) else None


def _pin_of_another_province(spoiler: Spoiler, person: Person) -> Breakage:
    if person.birth_province is None or person.nationality != "VNM":
        return None
    prefix = spoiler.rng.choice([p for p in ("901", "938", "948", "979", "992") if p[1:] != person.birth_province])
    return [Planted("pin-province", person.id)] if spoiler.renumber(person, prefix + person.pin[3:]) else None


def _pin_of_a_birth_abroad(spoiler: Spoiler, person: Person) -> Breakage:
    if person.birth_country != "VNM" or person.nationality != "VNM":
        return None
    prefix = spoiler.rng.choice(("997", "101", "555"))
    return [Planted("pin-country", person.id)] if spoiler.renumber(person, prefix + person.pin[3:]) else None


def _pin_of_a_foreigner(spoiler: Spoiler, person: Person) -> Breakage:
    if person.nationality != "VNM":
        return None
    return [Planted("pin-foreigner", person.id)] if spoiler.renumber(person, f"998{person.pin[3:]}") else None


def _foreigner_with_a_citizens_pin(spoiler: Spoiler, person: Person) -> Breakage:
    if person.nationality != "VNM":
        return None
    person.nationality = spoiler.rng.choice(("LAO", "KHM", "FRA"))
    return [Planted("pin-foreigner", person.id)]


def _pin_replaced_but_borne(spoiler: Spoiler, person: Person) -> Breakage:
    day = spoiler.today - timedelta(days=3)
    if day < person.birth_date:
        return None
    db.session.add(ReplacedPin(pin=person.pin, person_id=person.id, replaced_on=day, reason="data_wrong"))
    return [Planted("pin-replaced", person.id)]


def _pin_replaced_in_the_future(spoiler: Spoiler, person: Person) -> Breakage:
    pin = f"{person.pin[:6]}{spoiler.digits(6)}"
    if db.session.get(ReplacedPin, pin) is not None or spoiler.is_borne(pin):
        return None
    day = spoiler.today + timedelta(days=spoiler.rng.randint(1, 500))
    db.session.add(ReplacedPin(pin=pin, person_id=person.id, replaced_on=day, reason="data_wrong"))
    return [Planted("pin-replaced-when", person.id)]


def _old_number_too_short(spoiler: Spoiler, person: Person) -> Breakage:
    if person.old_id_number is None:
        return None
    person.old_id_number = person.old_id_number[:8]
    return [Planted("old-number-form", person.id)]


def _old_number_of_a_child(spoiler: Spoiler, person: Person) -> Breakage:
    if person.birth_date.year < 2011:
        return None
    person.old_id_number = f"99{person.id % 10**7:07d}"
    return [Planted("old-number-age", person.id)]


def _old_number_of_another(spoiler: Spoiler, person: Person) -> Breakage:
    if person.old_id_number is None:
        return None
    earlier = spoiler.other(lambda p: p.old_id_number is not None and p.id < person.id)
    if earlier is None:
        return None
    person.old_id_number = earlier.old_id_number
    return [Planted("old-number-twice", person.id)]


def _phone_malformed(spoiler: Spoiler, person: Person) -> Breakage:
    number = f"{person.id % 10**9:09d}"
    person.phone = spoiler.rng.choice((number, f"1{number}", f"0{number[:8]}x"))
    return [Planted("phone-form", person.id)]


def _phone_of_another(spoiler: Spoiler, person: Person) -> Breakage:
    earlier = spoiler.other(lambda p: p.id < person.id)
    if earlier is None:
        return None
    earlier.phone = person.phone = earlier.phone or f"019{earlier.id % 10**7:07d}"
    return [Planted("phone-twice", person.id)]


NUMBER_KINDS: tuple[Kind, ...] = (
    _pin_too_short,
    _pin_prefix_of_nowhere,
    _pin_of_the_other_sex,
    _pin_of_another_year,
    _pin_of_another_province,
    _pin_of_a_birth_abroad,
    _pin_of_a_foreigner,
    _foreigner_with_a_citizens_pin,
    _pin_replaced_but_borne,
    _pin_replaced_in_the_future,
    _old_number_too_short,
    _old_number_of_a_child,
    _old_number_of_another,
    _phone_malformed,
    _phone_of_another,
)
