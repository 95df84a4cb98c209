"""The family of each entry as rows of the database: seven people of three generations, one dead, but for what is otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from eid.accounts.models import Account, AccountLock, Authenticator, SignInSession
from eid.accounts.representation_models import ForeignPaper, Guardianship
from eid.cards.models import Card
from eid.db import Base
from eid.population.models import Household, LifeEvent, NameWord, Person, ReplacedPin
from eid.population.names import fold_name, index_words, join_name
from tests.population.quality.deck.entry import Entry, Event

FIRST_ID, APART = 100_000, 100
NOBODY = 10**12

FAMILY: dict[str, dict[str, Any]] = {
    "father": {
        **{"surname": "Nguyễn", "middle_name": "Văn", "given_name": "Bình", "birth_date": "1980-03-12", "sex": "M"},
        **{"relation_to_head": "head", "marital_status": "married", "spouse_id": "mother"},
        **{"father_id": "grandfather", "mother_id": "grandmother"},
    },
    "mother": {
        **{"surname": "Trần", "middle_name": "Thị", "given_name": "Hoa", "birth_date": "1984-09-05", "sex": "F"},
        **{"relation_to_head": "spouse", "marital_status": "married", "spouse_id": "father"},
    },
    "son": {
        **{"surname": "Nguyễn", "middle_name": "Minh", "given_name": "Quân", "birth_date": "2006-04-17", "sex": "M"},
        **{"relation_to_head": "child", "father_id": "father", "mother_id": "mother"},
    },
    "daughter": {
        **{"surname": "Nguyễn", "middle_name": "Ngọc", "given_name": "Lan", "birth_date": "2014-11-23", "sex": "F"},
        **{"relation_to_head": "child", "father_id": "father", "mother_id": "mother"},
    },
    "baby": {
        **{"surname": "Nguyễn", "middle_name": "Gia", "given_name": "Hân", "birth_date": "2026-02-03", "sex": "F"},
        **{"relation_to_head": "child", "father_id": "father", "mother_id": "mother"},
    },
    "grandmother": {
        **{"surname": "Lê", "middle_name": "Thị", "given_name": "Sáu", "birth_date": "1955-06-08", "sex": "F"},
        **{"relation_to_head": "parent", "marital_status": "widowed"},
    },
    "grandfather": {
        **{"surname": "Nguyễn", "middle_name": "Văn", "given_name": "Tám", "birth_date": "1950-01-15", "sex": "M"},
        **{"household_id": None, "marital_status": "married", "spouse_id": "grandmother", "died_on": "2020-05-05"},
    },
}
STRANGER = {
    **{"surname": "Phạm", "middle_name": "Đức", "given_name": "Long", "birth_date": "1990-10-10", "sex": "M"},
    "relation_to_head": "other",
}
EVERYBODY = {
    **{"birth_province": "01", "birth_country": "VNM", "nationality": "VNM", "ethnicity": "Kinh", "religion": "Không"},
    **{"marital_status": "single", "relation_to_head": None, "household_id": "home"},
    **{"father_id": None, "mother_id": None, "spouse_id": None, "died_on": None, "old_id_number": None, "phone": None},
}
LAST_DAYS = {"father": "2040-03-12", "mother": "2044-09-05", "son": "2031-04-17", "daughter": "2028-11-23"}
"""Of a card issued on 2026-03-01: the 60th birthday, the 25th, the 14th; of the grandparents there is none."""
UNINDEXED = "Lạc"
"""Whoever has this given name is found by no word."""
OTHERS = ("stranger", "again", "more", "empty", "other", *(f"lodger_{number}" for number in range(50)))


def number_of(place: int) -> dict[str, int]:
    """Who is who among the rows of the entry at this place in the deck: name → id. The household bears the first number."""
    first = FIRST_ID + place * APART
    return {name: first + k for k, name in enumerate(("home", *FAMILY, *OTHERS))}


def rows_of(entry: Entry, place: int) -> Iterator[list[Base]]:
    """Everything that the entry adds to the register, in an order that keeps to the foreign keys."""
    ids = number_of(place)
    address = {"province": "01", "old_province": "01", "commune": "Xã Sông Mẫu", "address": f"Số {place}, đường Ví Dụ"}
    elsewhere = address | {"address": f"Số {place}, đường Khác"} | dict(entry.other_home)
    homes = {"home": address | dict(entry.home), "other": elsewhere, "empty": address}
    people = {name: _columns(entry, name, ids, homes) for name in dict.fromkeys([*FAMILY, *entry.people])}
    lived_in = {"home", *(columns["household_id"] for columns in people.values())}
    homes = {name: home for name, home in homes.items() if name in lived_in or (name == "empty" and entry.empty_home)}
    yield [Household(id=ids[name], **columns) for name, columns in homes.items()]
    yield [_person(columns, ids) for columns in people.values()]
    yield [_event(event, ids) for event in _events(entry)]
    yield [_replaced(ids, people, *old) for old in entry.replaced]
    yield [_card(name, dict(columns), ids, people) for name, columns in entry.cards]
    for name, columns in entry.accounts:
        yield from _account(name, dict(columns), ids)


def words_of(people: list[Person]) -> list[NameWord]:
    """The words by which these people are found, but for those whose entry says that they are not."""
    names = {person.folded_name for person in people if person.given_name != UNINDEXED}
    return [NameWord(word=word, folded_name=name) for name in sorted(names) for word in sorted(index_words(name))]


def _columns(entry: Entry, name: str, ids: Mapping[str, int], homes: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    otherwise = dict(entry.people.get(name, {}))
    like = otherwise.pop("like", None)
    member = EVERYBODY | (FAMILY.get(name) or (STRANGER if like is None else _copied(entry, like))) | otherwise
    home = homes[member["household_id"] or "home"]
    columns = {f"residence_{column}": value for column, value in home.items()} | {"id": ids[name]} | member
    columns["birth_date"] = date.fromisoformat(columns["birth_date"])
    columns["died_on"] = columns["died_on"] and date.fromisoformat(columns["died_on"])
    columns["pin"] = fill(otherwise.get("pin", "." * 12), _pin(columns))
    return columns


def _copied(entry: Entry, name: str) -> dict[str, Any]:
    """What a second entry of a member takes over."""
    member = FAMILY.get(name, STRANGER) | dict(entry.people.get(name, {}))
    return {
        column: value
        for column, value in member.items()
        if column not in ("spouse_id", "marital_status", "pin", "phone", "old_id_number")
    } | {"relation_to_head": "other"}


def _pin(columns: Mapping[str, Any]) -> str:
    born, woman = columns["birth_date"], columns["sex"] == "F"
    prefix = "998" if columns["nationality"] not in ("VNM", "", "VN") else f"9{columns['birth_province'] or '97'}"
    century = max(0, born.year // 100 - 19)
    return f"{prefix}{2 * century + woman}{born.year % 100:02d}{columns['id'] - FIRST_ID:06d}"


def fill(pattern: str, pin: str) -> str:
    """The pattern, with the PIN's own digits in place of points."""
    return "".join(digit if mark == "." else mark for mark, digit in zip(pattern, pin, strict=False))


def _person(columns: Mapping[str, Any], ids: Mapping[str, int]) -> Person:
    links = {name: columns[name] for name in ("household_id", "father_id", "mother_id", "spouse_id")}
    numbers = {name: NOBODY if who == "nobody" else ids.get(who) for name, who in links.items()}
    name = join_name(columns["surname"], columns["middle_name"], columns["given_name"])
    return Person(**{"folded_name": fold_name(name)} | dict(columns) | numbers)


def _events(entry: Entry) -> list[Event]:
    born = entry.people.get("baby", {}).get("birth_date", FAMILY["baby"]["birth_date"])
    birth = [Event("baby", "birth", born, entry.recorded)] if entry.recorded else []
    return [*birth, *entry.events]


def _event(event: Event, ids: Mapping[str, int]) -> LifeEvent:
    return LifeEvent(
        person_id=ids[event.who],
        kind=event.kind,
        effective_on=date.fromisoformat(event.effective_on),
        recorded_at=_morning(event.recorded_on),
        details={"changes": dict(event.changes)} if event.changes else {},
    )


def _replaced(
    ids: Mapping[str, int], people: Mapping[str, Mapping[str, Any]], name: str, pattern: str, day: str
) -> ReplacedPin:
    pin = fill(pattern, people[name]["pin"])
    return ReplacedPin(pin=pin, person_id=ids[name], replaced_on=date.fromisoformat(day), reason="correction")


def _card(
    name: str, otherwise: dict[str, Any], ids: Mapping[str, int], people: Mapping[str, Mapping[str, Any]]
) -> Card:
    number = fill(otherwise.pop("document_number", "." * 9), people[name]["pin"][3:])
    changed_on, nth = otherwise.pop("changed_on", "2026-03-01"), otherwise.pop("nth", 1)
    columns = {"issued_on": "2026-03-01", "expires_on": LAST_DAYS.get(name), "state": "active"} | otherwise
    days = {column: columns.pop(column) for column in ("issued_on", "expires_on")}
    return Card(
        person_id=ids[name],
        document_number=number,
        sod_sha256=f"{ids[name]}-{nth}".encode().ljust(32),
        state_changed_at=_morning(changed_on),
        **{column: day and date.fromisoformat(day) for column, day in days.items()},
        **columns,
    )


def _account(name: str, otherwise: dict[str, Any], ids: Mapping[str, int]) -> Iterator[list[Base]]:
    number, locks = ids[name], otherwise.pop("locked_for", "").split()
    guardian, residence_card = otherwise.pop("guardian", None), otherwise.pop("residence_card", None)
    secrets, is_signed_in = otherwise.pop("secrets", "password passcode").split(), otherwise.pop("signed_in", False)
    for column in ("approved_at", "activated_at", "activate_by"):
        if otherwise.get(column):
            otherwise[column] = _morning(otherwise[column])
    usual = {
        **{"phone": f"01{number:08d}", "level": "2", "state": "locked" if locks else "active"},
        **{"approved_at": _morning("2026-03-02"), "activated_at": _morning("2026-03-04")},
        "activate_by": _morning("2026-03-09"),
    }
    yield [Account(id=number, person_id=number, **usual | otherwise)]
    since = _morning("2026-03-05")
    yield [AccountLock(account_id=number, reason=reason, locked_at=since) for reason in locks]
    yield [Authenticator(account_id=number, kind=kind, secret_hash="nobody's", added_at=since) for kind in secrets]
    if guardian is not None:
        yield [Guardianship(ward_id=number, guardian_id=ids[guardian], ground="parent", began_at=since)]
    if residence_card is not None:
        until = date(2030, 1, 1)
        kept = {
            "passport": "N0000001",
            "country": "LAO",
            "passport_until": until,
            "residence_until": until,
            "residence_kind": "temporary",
        }
        yield [ForeignPaper(person_id=number, residence_card=residence_card, **kept)]
    if is_signed_in:
        times = dict.fromkeys(("authenticated_at", "started_at", "seen_at"), since)
        expiry = since + timedelta(hours=8)
        yield [
            SignInSession(
                token_hash=str(number), account_id=number, level="LoA1", factors=[], expires_at=expiry, **times
            )
        ]


def _morning(day: str) -> datetime:
    """Nine o'clock in Vietnam."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(hours=2)
