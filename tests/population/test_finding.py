"""People are found whichever way their names are written, whichever index leads, each on exactly one page."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from eid.db import db
from eid.errors import Malformed, NotFound
from eid.population import search_plans
from eid.population.finding import search_people
from eid.population.loading import load_population
from eid.population.models import Person
from eid.population.names import fold_name, index_words, split_words
from eid.population.person_query import PersonQuery, parse_query
from eid.population.service import record_person
from tests.population.test_service import MOTHER
from tests.turns import both_engines

pytestmark = both_engines

TODAY = date(2026, 1, 1)
PEOPLE = 1_500


NAMES_WITH_SIGNS = (
    ("H'Hen", "", "Niê"),
    ("Y-Bhơm", "", "Mlô"),
    ("Nguyễn", "T. K.", "Hoa"),
    ("Hhen", "", "Y"),
    ("Ka’", "Y", "Hen"),
)


@pytest.fixture
def people(app: Flask) -> list[Person]:
    """A small country, in the order of pages; some names have signs between their letters."""
    for i, (surname, middle_name, given_name) in enumerate(NAMES_WITH_SIGNS, start=1):
        names = {"surname": surname, "middle_name": middle_name, "given_name": given_name}
        record_person(**MOTHER | names | {"person_id": i, "pin": f"90119000010{i}"})
    db.session.commit()
    load_population(people=PEOPLE, seed=5)
    found = list(db.session.scalars(select(Person)))
    return sorted(found, key=lambda person: (person.folded_name, person.birth_date, person.id))


def read_pages(query: PersonQuery, limit: int) -> list[int]:
    """The ids of everybody found, page after page."""
    ids: list[int] = []
    after: int | None = None
    while True:
        page = search_people(query, after=after, limit=limit)
        ids += [person.id for person in page.people]
        assert len(page.people) == limit or page.next_after is None
        if page.next_after is None:
            return ids
        after = page.next_after


def matches(query: PersonQuery, person: Person) -> bool:
    """What a search means, said without a database."""
    born = query.born_from is None or query.born_to is None or query.born_from <= person.birth_date <= query.born_to
    return (
        set(query.words) <= index_words(person.folded_name)
        and born
        and query.province in (None, person.residence_province)
        and query.old_province in (None, person.residence_old_province)
        and query.alive in (None, person.is_alive)
    )


def test_whoever_is_found_by_any_query_is_everybody_of_whom_it_is_true_once_and_in_order(
    people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No names and all of them at first send the same queries along every way there is."""
    asked = st.sampled_from(people)

    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(asked, asked, st.integers(0, 63), st.sampled_from((0, 3, 10**6)))
    def check(one: Person, other: Person, parts: int, few_names: int) -> None:
        monkeypatch.setattr(search_plans, "FEW_NAMES", few_names)
        monkeypatch.setattr(search_plans, "MANY_NAMES", few_names)
        words = one.folded_name.split()[: 1 + parts % 3]
        query = PersonQuery(
            words=tuple(sorted(split_words(" ".join(words)))) if parts & 4 else (),
            born_from=one.birth_date.replace(month=1, day=1) if parts & 8 else one.birth_date,
            born_to=one.birth_date.replace(month=12, day=31) if parts & 8 else one.birth_date,
            province=other.residence_province if parts & 16 else one.residence_province,
            old_province=other.residence_old_province if parts & 16 and parts & 1 else None,
            alive=(None, True, False)[parts % 3] if parts & 32 else None,
        )
        assert read_pages(query, limit=3) == [person.id for person in people if matches(query, person)]

    check()


ASKED: list[dict[str, Any]] = [
    {"name": "nguyen"},
    {"name": "nguyễn thị"},
    {"name": "thi", "alive": False},
    {"name": "thi", "alive": False, "province": "79"},
    {"name": "van", "province": "79"},
    {"name": "nguyen", "born": "1990"},
    {"name": "nguyen", "born": "12/03/1990"},
    {"name": "zzz"},
    {"born": "12/03/1990"},
    {"born": "1990", "province": "Hà Nội"},
    *({"name": name} for name in ("hhen", "hen", "y bhom", "ybhom", "t hoa", "ka")),
    *({"name": name, "born": "1990"} for name in ("hhen", "hen", "y bhom", "ybhom", "t hoa", "ka")),
    {"name": "hhen", "province": "01"},
]


@pytest.mark.parametrize("few_names", [0, 10**6])
def test_pages_have_everybody_exactly_once(
    people: list[Person], monkeypatch: pytest.MonkeyPatch, few_names: int
) -> None:
    monkeypatch.setattr(search_plans, "FEW_NAMES", few_names)
    monkeypatch.setattr(search_plans, "MANY_NAMES", few_names)
    for asked in ASKED:
        query = parse_query(**asked, today=TODAY)
        assert read_pages(query, limit=7) == [person.id for person in people if matches(query, person)], asked


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("few_names", [0, 10**6])
def test_a_search_reads_no_table_through_and_of_people_an_index(
    people: list[Person], monkeypatch: pytest.MonkeyPatch, few_names: int
) -> None:
    """As SQLite tells it; on PostgreSQL the way depends on how many people there are, and benchmarks.finding measures it."""
    monkeypatch.setattr(search_plans, "FEW_NAMES", few_names)
    monkeypatch.setattr(search_plans, "MANY_NAMES", few_names)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    for terms in ASKED:
        search_people(parse_query(**terms, today=TODAY))
    event.remove(db.engine, "before_cursor_execute", note)
    searches = [
        (statement, values) for statement, values in asked if "persons p" in statement or "name_words" in statement
    ]
    assert len(searches) > len(ASKED)
    for statement, values in searches:
        plan = [row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
        read = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
        assert not [step for step in read if step.startswith("SCAN") and step.split()[1] in ("p", "w", "name_words")], (
            plan
        )
        assert all("INDEX" in step for step in read if step.split()[1] == "p"), plan


def test_a_person_is_found_whichever_way_the_name_is_written(people: list[Person]) -> None:
    @settings(max_examples=25, deadline=None, database=None, derandomize=True)
    @given(
        st.sampled_from(people),
        st.randoms(use_true_random=False),
        st.sampled_from((str.upper, str.lower, fold_name, lambda name: unicodedata.normalize("NFD", name))),
    )
    def check(person: Person, chance, write) -> None:  # type: ignore[no-untyped-def]
        words = person.full_name.split()
        chance.shuffle(words)
        query = parse_query(name="  ".join(write(word) for word in words), today=TODAY)
        assert person.id in read_pages(query, limit=50)

    check()


def test_a_pin_finds_its_bearer_and_nobody_else(people: list[Person]) -> None:
    found = search_people(parse_query(name=people[0].pin, today=TODAY))
    assert ([person.id for person in found.people], found.next_after) == ([people[0].id], None)
    with pytest.raises(NotFound) as refusal:
        search_people(PersonQuery(pin="979085000999"))
    assert refusal.value.code == "person_unknown"


def test_a_page_after_nobody_is_refused(app: Flask) -> None:
    with pytest.raises(Malformed) as refusal:
        search_people(PersonQuery(words=("AN",)), after=10**12)
    assert refusal.value.code == "search_page"
