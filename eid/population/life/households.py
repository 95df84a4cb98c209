"""Who heads a household, what its members are to that head, and what an act leaves behind in every household it touched.

Pure. Links between people are all that is known: a child-in-law is `other`, and who was taken in as a child stays what they were
until the head changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from eid.population.life.kinds import LifeEventKind, Relation
from eid.population.life.state import Happened, Home, People, PersonState, find_changes


def list_members(people: People, household_id: int) -> list[PersonState]:
    """Everybody living of these who is of the household, ordered by id."""
    members = (p for p in people.values() if p.household_id == household_id and p.died_on is None)
    return sorted(members, key=lambda p: p.id)


def relation_to_head(person: PersonState, head: PersonState, people: People) -> Relation:
    """What this member is to the head or to the head's spouse, the late one too."""
    late = {p.id for p in people.values() if p.died_on is not None and p.spouse_id == head.id}
    pair = {head.id, head.spouse_id or head.id, *late}
    parents_of_pair = _parents_of(pair, people)
    if person.id == head.id:
        return Relation.HEAD
    if person.id == head.spouse_id:
        return Relation.SPOUSE
    if person.parent_ids & pair:
        return Relation.CHILD
    if person.id in parents_of_pair:
        return Relation.PARENT
    if person.parent_ids & parents_of_pair:
        return Relation.SIBLING
    return Relation.GRANDCHILD if _parents_of(person.parent_ids, people) & pair else Relation.OTHER


def choose_head(members: Collection[PersonState], heir_id: int | None) -> PersonState:
    """Who heads these from now on: the spouse of the head before, else the oldest."""
    heir = next((member for member in members if member.id == heir_id), None)
    return heir or min(members, key=lambda member: (member.birth_date, member.id))


def let_in(people: People, movers: Collection[int], home: Home) -> People:
    """The same people, of whom these now live in that home; their place in it is still open, but for a whole household's."""
    has_room_for_head = not list_members(people, home.id)
    brings_head = any(people[i].relation_to_head is Relation.HEAD for i in movers)
    comes_as_one = has_room_for_head and brings_head and len({people[i].household_id for i in movers}) == 1
    moved = {
        i: replace(
            people[i],
            household_id=home.id,
            relation_to_head=people[i].relation_to_head if comes_as_one else None,
            residence_province=home.province,
            residence_old_province=home.old_province,
            residence_commune=home.commune,
            residence_address=home.address,
        )
        for i in movers
    }
    return {**people, **moved}


def settle_household(before: People, after: People, household_id: int) -> People:
    """`after`, where this household, unless nobody lives there, has a head and everybody in it a relation to that head."""
    members = list_members(after, household_id)
    if not members:
        return after
    heads = [member for member in members if member.relation_to_head is Relation.HEAD]
    if heads:
        head, unplaced = heads[0], [member for member in members if member.relation_to_head is None]
    else:
        late = [p for p in list_members(before, household_id) if p.relation_to_head is Relation.HEAD]
        head, unplaced = choose_head(members, late[0].spouse_id if late else None), members
    placed = {m.id: replace(m, relation_to_head=relation_to_head(m, head, after)) for m in unplaced}
    return {**after, **placed}


def settle_all(before: People, after: People) -> People:
    """`after`, with every household settled that somebody left, joined, or has to be placed in anew."""
    touched: set[int | None] = set()
    for person in after.values():
        earlier = before.get(person.id)
        if earlier is None or earlier.household_id != person.household_id or person.relation_to_head is None:
            touched |= {person.household_id, earlier.household_id if earlier else None}
    for household_id in sorted(i for i in touched if i is not None):
        after = settle_household(before, after, household_id)
    return after


def conclude(before: People, after: People, kinds: Mapping[int, LifeEventKind], *, on: date) -> list[Happened]:
    """What an act did, one event a person who differs, ordered by id; to whom nothing of its own happened: `household`."""
    settled = settle_all(before, after)
    return [
        Happened(i, kinds.get(i, LifeEventKind.HOUSEHOLD), on, find_changes(before.get(i), settled[i]))
        for i in sorted(settled)
        if settled[i] != before.get(i)
    ]


def _parents_of(ids: Collection[int], people: People) -> set[int]:
    return {parent for i in ids if i in people for parent in people[i].parent_ids}
