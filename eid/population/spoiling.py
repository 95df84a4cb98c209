"""Plants known defects of every kind into a generated register, to see whether an audit finds them all and nothing else.

Shares no code with the finder: what it does to a person is written here, and which rules that breaks. For tests and demos
only; there is no way back but a new register.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select

from eid.audit import record_act
from eid.clock import world_today
from eid.db import db
from eid.errors import Conflict, Malformed
from eid.population.models import Household, LifeEvent, LifeEventKind, MaritalStatus, Person, Relation, Sex
from eid.population.names import fold_name, join_name

FIRST_GENERATED_ID = 1000
NOBODYS_ID = 10**12
TRIES = 4000


@dataclass(frozen=True)
class Planted:
    """A rule that somebody breaks now."""

    rule: str
    person_id: int


Breakage = list[Planted] | None
"""None where the person is not suited to this kind of defect; then nothing was changed."""


def spoil_register(*, rate: float, seed: int) -> list[Planted]:
    """Afterwards about this share of the generated people have one defect each, of all kinds in turn; committed.

    Returns all that is broken. Raises Malformed: rate_out_of_range; Conflict: population_missing, population_too_small.
    """
    if not 0 < rate <= 0.02:
        raise Malformed("rate_out_of_range", "The rate must be above 0 and at most 0.02.")
    people = db.session.scalar(select(func.count()).where(Person.id >= FIRST_GENERATED_ID)) or 0
    if not people:
        raise Conflict("population_missing", "The register holds no generated people that could be spoilt.")
    spoiler = _Spoiler(random.Random(seed))  # noqa: S311 - which people are spoilt is no secret
    planted = [p for number in range(max(1, round(people * rate))) for p in spoiler.plant(_KINDS[number % len(_KINDS)])]
    record_act("spoil_register", rate=rate, seed=seed, planted=len(planted))
    db.session.commit()
    return planted


class _Spoiler:
    """Picks people by chance, each at most once and never two of one family or household."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.today = world_today()
        self.touched: set[int] = set()
        self.children: dict[int, list[int]] = defaultdict(list)
        links = select(Person.id, Person.mother_id, Person.father_id).order_by(Person.id)
        for person_id, *parents in db.session.execute(links):
            for parent in parents:
                if parent is not None:
                    self.children[parent].append(person_id)
        self.newest = db.session.scalar(select(func.max(Person.id))) or 0
        self.last_free_id = self.newest

    def plant(self, kind: Callable[[_Spoiler, Person], Breakage]) -> list[Planted]:
        """Break somebody suited to this kind of defect."""
        for _ in range(TRIES):
            victim = self.pick()
            if victim is None:
                continue
            planted = kind(self, victim)
            if planted is not None:
                self.touch(victim)
                db.session.flush()
                return planted
        raise Conflict("population_too_small", "The register is too small for so many defects of every kind.")

    def pick(self) -> Person | None:
        """Somebody alive and untouched, of an untouched family; None where chance named somebody else."""
        person = db.session.get(Person, self.rng.randint(FIRST_GENERATED_ID, self.newest))
        if person is None or not person.is_alive or self.family(person) & self.touched:
            return None
        return person

    def touch(self, person: Person) -> None:
        self.touched |= self.family(person)

    def family(self, person: Person) -> set[int]:
        members = db.session.scalars(select(Person.id).where(Person.household_id == person.household_id))
        return {
            *members,
            person.id,
            *self.children[person.id],
            *(link for link in (person.mother_id, person.father_id, person.spouse_id) if link is not None),
        }

    def is_alone(self, person: Person) -> bool:
        """Without spouse and children, so that what happens to the person happens to nobody else."""
        return person.spouse_id is None and not self.children[person.id]

    def age(self, person: Person) -> int:
        return (self.today - person.birth_date).days // 365

    def other(self, suits: Callable[[Person], bool]) -> Person | None:
        """Somebody untouched and suited; touched from now on."""
        for _ in range(TRIES):
            person = self.pick()
            if person is not None and suits(person):
                self.touch(person)
                return person
        return None

    def renumber(self, person: Person, pin: str) -> bool:
        """Give the person this PIN, unless somebody has it."""
        if db.session.scalar(select(Person.id).where(Person.pin == pin)) is not None:
            return False
        person.pin = pin
        return True

    def die(self, person: Person, died_on: date, *, recorded_after: int | None) -> None:
        person.died_on = died_on
        if recorded_after is not None:
            self.record(person, LifeEventKind.DEATH, died_on, recorded_after)

    def record(self, person: Person, kind: LifeEventKind, day: date, days_later: int) -> None:
        recorded_at = datetime.combine(day + timedelta(days=days_later), time(12), UTC)
        db.session.add(LifeEvent(person_id=person.id, kind=kind, effective_on=day, recorded_at=recorded_at, details={}))


def _pin_too_short(spoiler: _Spoiler, person: Person) -> Breakage:
    return [Planted("pin-form", person.id)] if spoiler.renumber(person, person.pin[:11]) else None


def _pin_prefix_of_nowhere(spoiler: _Spoiler, person: Person) -> Breakage:
    return [Planted("pin-prefix", person.id)] if spoiler.renumber(person, f"900{person.pin[3:]}") else None


def _pin_of_the_other_sex(spoiler: _Spoiler, person: Person) -> Breakage:
    pin = f"{person.pin[:3]}{int(person.pin[3]) ^ 1}{person.pin[4:]}"
    return [Planted("pin-sex", person.id)] if spoiler.renumber(person, pin) else None


def _pin_of_another_year(spoiler: _Spoiler, person: Person) -> Breakage:
    year = (int(person.pin[4:6]) + spoiler.rng.randint(1, 9)) % 100
    return (
        [Planted("pin-year", person.id)]
        if spoiler.renumber(person, f"{person.pin[:4]}{year:02d}{person.pin[6:]}")
        else None
    )


def _pin_of_another_province(spoiler: _Spoiler, person: Person) -> Breakage:
    prefix = spoiler.rng.choice([p for p in ("901", "938", "948", "979", "992") if p != person.pin[:3]])
    return [Planted("pin-province", person.id)] if spoiler.renumber(person, prefix + person.pin[3:]) else None


def _born_in_the_future(spoiler: _Spoiler, person: Person) -> Breakage:
    mother = db.session.get(Person, person.mother_id) if person.mother_id else None
    if spoiler.age(person) > 4 or mother is None or spoiler.age(mother) > 40:
        return None
    born = spoiler.today + timedelta(days=spoiler.rng.randint(2, 600))
    if not spoiler.renumber(person, f"{person.pin[:4]}{born.year % 100:02d}{person.pin[6:]}"):
        return None
    person.birth_date = born
    return [Planted("birth-future", person.id)]


def _a_hundred_and_thirty(spoiler: _Spoiler, person: Person) -> Breakage:
    """No PIN can tell a year before 1900, so the year in it is wrong too."""
    if not spoiler.is_alone(person) or person.mother_id is not None:
        return None
    person.birth_date = date(1889, 5, 1)
    return [Planted("age-130", person.id), Planted("pin-year", person.id)]


def _dead_before_birth(spoiler: _Spoiler, person: Person) -> Breakage:
    if not spoiler.is_alone(person):
        return None
    spoiler.die(person, person.birth_date - timedelta(days=30), recorded_after=1)
    return [Planted("death-order", person.id)]


def _mother_too_young(spoiler: _Spoiler, person: Person) -> Breakage:
    if person.mother_id is None:
        return None
    girl = spoiler.other(lambda p: p.sex == Sex.FEMALE and abs(p.birth_date.year - person.birth_date.year) < 9)
    if girl is None:
        return None
    person.mother_id = girl.id
    return [Planted("mother-age", person.id)]


def _father_too_young(spoiler: _Spoiler, person: Person) -> Breakage:
    if person.father_id is None:
        return None
    boy = spoiler.other(lambda p: p.sex == Sex.MALE and abs(p.birth_date.year - person.birth_date.year) < 9)
    if boy is None:
        return None
    person.father_id = boy.id
    return [Planted("father-age", person.id)]


def _parents_interchanged(spoiler: _Spoiler, person: Person) -> Breakage:
    father = db.session.get(Person, person.father_id) if person.father_id else None
    if father is None or person.birth_date.year - father.birth_date.year > 50:
        return None
    person.father_id, person.mother_id = person.mother_id, person.father_id
    return [Planted("parent-sex", person.id)]


def _mother_died_before(spoiler: _Spoiler, person: Person) -> Breakage:
    mother = db.session.get(Person, person.mother_id) if person.mother_id else None
    if mother is None or mother.spouse_id is not None or len(spoiler.children[mother.id]) != 1:
        return None
    spoiler.die(mother, person.birth_date - timedelta(days=100), recorded_after=3)
    return [Planted("mother-dead", person.id)]


def _married_to_somebody_elses_spouse(spoiler: _Spoiler, person: Person) -> Breakage:
    if person.spouse_id is None:
        return None
    third = spoiler.other(lambda p: p.spouse_id is not None and p.sex != person.sex)
    if third is None:
        return None
    left, person.spouse_id = person.spouse_id, third.id
    return [Planted("spouse-mutual", person.id), Planted("spouse-mutual", left)]


def _married_but_counted_single(spoiler: _Spoiler, person: Person) -> Breakage:
    if person.spouse_id is None:
        return None
    person.marital_status = MaritalStatus.SINGLE
    return [Planted("spouse-status", person.id)]


def _widowed_child(spoiler: _Spoiler, person: Person) -> Breakage:
    if spoiler.age(person) > 12:
        return None
    person.marital_status = MaritalStatus.WIDOWED
    return [Planted("spouse-age", person.id)]


def _no_given_name(spoiler: _Spoiler, person: Person) -> Breakage:
    person.given_name = ""
    return [Planted("name-missing", person.id)]


def _no_ethnic_group(spoiler: _Spoiler, person: Person) -> Breakage:
    person.ethnicity = ""
    return [Planted("origin-missing", person.id)]


def _in_no_household(spoiler: _Spoiler, person: Person) -> Breakage:
    if person.relation_to_head == Relation.HEAD:
        return None
    person.household_id = None
    return [Planted("household-missing", person.id)]


def _no_address(spoiler: _Spoiler, person: Person) -> Breakage:
    home = db.session.get(Household, person.household_id) if len(spoiler.family(person)) == 1 else None
    if home is None:
        return None
    person.residence_address = home.address = ""
    return [Planted("residence-missing", person.id)]


def _in_twice(spoiler: _Spoiler, person: Person, surname: str, middle_name: str, given_name: str) -> Breakage:
    """A second entry, with a number and a PIN of its own."""
    spoiler.last_free_id += 1
    copied = (
        "birth_date sex birth_province birth_country ethnicity religion nationality household_id father_id mother_id "
        "residence_province residence_old_province residence_commune residence_address"
    )
    again = Person(
        id=spoiler.last_free_id,
        surname=surname,
        middle_name=middle_name,
        given_name=given_name,
        folded_name=fold_name(join_name(surname, middle_name, given_name)),
        relation_to_head=Relation.OTHER,
        marital_status=MaritalStatus.SINGLE,
        **{name: getattr(person, name) for name in copied.split()},
    )
    while not spoiler.renumber(again, f"{person.pin[:6]}{spoiler.rng.randrange(1000, 10**6):06d}"):
        pass
    db.session.add(again)
    return [Planted("duplicate", again.id)]


def _in_twice_alike(spoiler: _Spoiler, person: Person) -> Breakage:
    return _in_twice(spoiler, person, person.surname, person.middle_name, person.given_name)


def _in_twice_without_accents(spoiler: _Spoiler, person: Person) -> Breakage:
    plain = str.maketrans(_ACCENTS)
    return _in_twice(
        spoiler,
        person,
        person.surname.translate(plain),
        person.middle_name.translate(plain),
        person.given_name.translate(plain),
    )


def _in_twice_given_name_first(spoiler: _Spoiler, person: Person) -> Breakage:
    return _in_twice(spoiler, person, person.given_name, person.middle_name, person.surname)


def _in_twice_misspelt(spoiler: _Spoiler, person: Person) -> Breakage:
    """A letter of the middle name is doubled, left out, or replaced."""
    name = person.middle_name
    if len(name) < 3:
        return None
    at = spoiler.rng.randrange(1, len(name) - 1)
    if " " in name[at - 1 : at + 2]:
        return None
    wrong = spoiler.rng.choice([name[at] * 2, "", "x"])
    return _in_twice(spoiler, person, person.surname, name[:at] + wrong + name[at + 1 :], person.given_name)


def _old_number_of_another(spoiler: _Spoiler, person: Person) -> Breakage:
    if person.old_id_number is None:
        return None
    earlier = spoiler.other(lambda p: p.old_id_number is not None and p.id < person.id)
    if earlier is None:
        return None
    person.old_id_number = earlier.old_id_number
    return [Planted("old-number-twice", person.id)]


def _mother_unknown(spoiler: _Spoiler, person: Person) -> Breakage:
    person.mother_id = NOBODYS_ID
    return [Planted("mother-unknown", person.id)]


def _father_unknown(spoiler: _Spoiler, person: Person) -> Breakage:
    person.father_id = NOBODYS_ID
    return [Planted("father-unknown", person.id)]


def _spouse_unknown(spoiler: _Spoiler, person: Person) -> Breakage:
    if person.spouse_id is None:
        return None
    left, person.spouse_id = person.spouse_id, NOBODYS_ID
    return [Planted("spouse-unknown", person.id), Planted("spouse-mutual", left)]


def _digit_in_name(spoiler: _Spoiler, person: Person) -> Breakage:
    person.given_name = person.given_name + spoiler.rng.choice("0123456789")
    return [Planted("name-form", person.id)]


def _spaces_in_name(spoiler: _Spoiler, person: Person) -> Breakage:
    person.surname, person.middle_name = f" {person.surname}", f"{person.middle_name}  Anh"
    return [Planted("name-form", person.id)]


def _province_that_never_was(spoiler: _Spoiler, person: Person) -> Breakage:
    person.residence_old_province = spoiler.rng.choice(["03", "13", "99"])
    return [Planted("province-impossible", person.id)]


def _away_from_household(spoiler: _Spoiler, person: Person) -> Breakage:
    person.residence_address = "Số 999, đường Không Có"
    return [Planted("household-address", person.id)]


def _household_without_head(spoiler: _Spoiler, person: Person) -> Breakage:
    if person.relation_to_head != Relation.HEAD:
        return None
    person.relation_to_head = Relation.OTHER
    return [Planted("household-head", person.id)]


def _birth_recorded_late(spoiler: _Spoiler, person: Person) -> Breakage:
    if spoiler.age(person) > 10:
        return None
    spoiler.record(person, LifeEventKind.BIRTH, person.birth_date, spoiler.rng.randint(62, 900))
    return [Planted("birth-late", person.id)]


def _death_recorded_late(spoiler: _Spoiler, person: Person) -> Breakage:
    if not spoiler.is_alone(person):
        return None
    spoiler.die(person, spoiler.today - timedelta(days=100), recorded_after=spoiler.rng.randint(17, 99))
    return [Planted("death-late", person.id)]


def _death_without_event(spoiler: _Spoiler, person: Person) -> Breakage:
    if not spoiler.is_alone(person):
        return None
    spoiler.die(person, spoiler.today - timedelta(days=10), recorded_after=None)
    return [Planted("death-event", person.id)]


def _still_married_to_the_dead(spoiler: _Spoiler, person: Person) -> Breakage:
    spouse = db.session.get(Person, person.spouse_id) if person.spouse_id else None
    if spouse is None:
        return None
    spoiler.die(spouse, spoiler.today - timedelta(days=20), recorded_after=2)
    return [Planted("spouse-dead", person.id)]


_ACCENTS = {
    accented: plain
    for plain, family in {
        "a": "àáảãạăằắẳẵặâầấẩẫậ",
        "e": "èéẻẽẹêềếểễệ",
        "i": "ìíỉĩị",
        "o": "òóỏõọôồốổỗộơờớởỡợ",
        "u": "ùúủũụưừứửữự",
        "y": "ỳýỷỹỵ",
        "d": "đ",
    }.items()
    for accented, plain in [(c, plain) for c in family] + [(c.upper(), plain.upper()) for c in family]
}

_KINDS: tuple[Callable[[_Spoiler, Person], Breakage], ...] = (
    _pin_too_short,
    _pin_prefix_of_nowhere,
    _pin_of_the_other_sex,
    _pin_of_another_year,
    _pin_of_another_province,
    _born_in_the_future,
    _a_hundred_and_thirty,
    _dead_before_birth,
    _mother_too_young,
    _father_too_young,
    _parents_interchanged,
    _mother_died_before,
    _married_to_somebody_elses_spouse,
    _married_but_counted_single,
    _widowed_child,
    _no_given_name,
    _no_ethnic_group,
    _in_no_household,
    _no_address,
    _in_twice_alike,
    _in_twice_without_accents,
    _in_twice_given_name_first,
    _in_twice_misspelt,
    _old_number_of_another,
    _mother_unknown,
    _father_unknown,
    _spouse_unknown,
    _digit_in_name,
    _spaces_in_name,
    _province_that_never_was,
    _away_from_household,
    _household_without_head,
    _birth_recorded_late,
    _death_recorded_late,
    _death_without_event,
    _still_married_to_the_dead,
)
