"""The rows of a made-up register: persons and households, some blocks at a time, ready for a database or a file.

Person k of a seed has id 1000 + k and is the same for every number of people and every size of batches; where the number of
people cuts a block, links to those who are left out are empty.
"""

from __future__ import annotations

from collections.abc import Iterator

from eid.errors import Malformed
from eid.population.synthesis.batch import Batch
from eid.population.synthesis.columns import Made, write_columns
from eid.population.synthesis.communities import join_communities
from eid.population.synthesis.couples import marry_couples
from eid.population.synthesis.homes import settle_people
from eid.population.synthesis.naming import name_people
from eid.population.synthesis.numbering import MOST_PEOPLE, Numbering
from eid.population.synthesis.papers import write_papers
from eid.population.synthesis.parents import find_parents
from eid.population.synthesis.people import BLOCK_SIZE
from eid.population.synthesis.pyramid import draw_people
from eid.population.synthesis.settling import place_homes
from eid.population.synthesis.streams import Streams

MOST_SEED = 2**63 - 1
BLOCKS_PER_BATCH = 32


def check_synthesis(people: int, seed: int) -> None:
    """A register of this size and seed can be made. Raises Malformed: people_out_of_range, seed_out_of_range."""
    if not 1 <= people <= MOST_PEOPLE:
        raise Malformed("people_out_of_range", "The number of people must be from 1 to 100,000,000.")
    if not 0 <= seed <= MOST_SEED:
        raise Malformed("seed_out_of_range", "The seed must be a whole number from 0 to 9,223,372,036,854,775,807.")


def synthesise_batches(people: int, seed: int, *, blocks: int = BLOCKS_PER_BATCH) -> Iterator[Batch]:
    """The first `people` people of this seed and their households, `blocks` thousand at a time. Raises as check_synthesis does.

    Only the size of batches depends on `blocks`, never anybody in them.
    """
    check_synthesis(people, seed)
    streams = Streams(seed)
    numbering = Numbering(streams)
    last = (people + BLOCK_SIZE - 1) // BLOCK_SIZE
    for first in range(0, last, blocks):
        some = min(blocks, last - first)
        yield write_columns(_make(streams, numbering, first, some), min(some * BLOCK_SIZE, people - first * BLOCK_SIZE))


def _make(streams: Streams, numbering: Numbering, first: int, blocks: int) -> Made:
    people = draw_people(streams, first, blocks)
    join_communities(people)
    marry_couples(people)
    find_parents(people)
    homes = settle_people(people)
    places = place_homes(people, homes)
    papers = write_papers(people, places, numbering)
    names = name_people(people, papers.birth_years, papers.home_provinces)
    return Made(people, homes, places, papers, names)
