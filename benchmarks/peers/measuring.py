"""The whole comparison, section by section: who takes part in each, and what is to be reached."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.peers.cards import BATCH, LINES, ONE, STORED, measure_pure, read_cards, verify_one_by_one, verify_stored
from benchmarks.peers.deeds import fetch, settle, sign_in_again, sign_in_by_form, take_token
from benchmarks.peers.eid import EidState, describe_eid, made_eid, served_eid, start_eid
from benchmarks.peers.endurance import measure_endurance
from benchmarks.peers.install import describe_programs, install_peers
from benchmarks.peers.load import Deed
from benchmarks.peers.others import start_authlib, start_django, start_node
from benchmarks.peers.page import print_sections, write_page
from benchmarks.peers.results import Bar, Section, compare, compare_tail, figures_of, spread
from benchmarks.peers.rounds import Rounds, Way, interleave, measured
from benchmarks.peers.serving import (
    GRANIAN,
    SERVER_CORE,
    Contender,
    Server,
    Start,
    free_port,
    generating,
    running_server,
)
from benchmarks.start import measure_starts
from eid.scenarios.machine import describe_machine

ROUNDS, SECONDS = 3, 2.5
USERS = 32
FEWER = (1, 8)
EID, EID_PG = "eid, SQLite", "eid, PostgreSQL"
AUTHLIB, AUTHLIB_PG = "Authlib, SQLite", "Authlib, PostgreSQL"
DJANGO, DJANGO_PG = "django-oauth-toolkit, SQLite", "django-oauth-toolkit, PostgreSQL"
NODE, NODE_PG = "node, memory", "node, PostgreSQL"
JWT = {"resource": "https://api.example", "scope": "measure"}
"""At node-oidc-provider: a token that is a JWT, signed with ES256, and kept nowhere."""

PEERS: dict[str, Start] = {
    AUTHLIB: partial(start_authlib, on_postgres=False),
    NODE: partial(start_node, on_postgres=False),
    DJANGO: partial(start_django, on_postgres=False),
    AUTHLIB_PG: partial(start_authlib, on_postgres=True),
    NODE_PG: partial(start_node, on_postgres=True),
    DJANGO_PG: partial(start_django, on_postgres=True),
}


def run(*, write: bool = False) -> None:
    """Measure everything and print it; with `write`, docs/performance.md and its pictures say it afterwards."""
    install_peers()
    load = f"{os.getloadavg()[0]:.1f}"
    with generating():
        sections = list(measure_everything())
    print_sections(sections)
    if write:
        write_page(sections, describe_machine() | {"load average before": load} | describe_programs())


def tell(line: str) -> None:
    print(line, flush=True)


@contextmanager
def starting(starts: Mapping[str, Start], folder: Path) -> Iterator[dict[str, Way]]:
    """Each contender with its users signed in once and their consent remembered; all of them paused."""
    with ExitStack() as stack:
        ways = {}
        for number, (name, start) in enumerate(starts.items()):
            began = time.monotonic()
            contender = stack.enter_context(start(folder / f"{number}"))
            way = Way(contender, sign_in_again(contender.provider), range(USERS), {})
            asyncio.run(settle(contender, range(USERS), way.cookies))
            contender.server.pause()
            ways[name] = way
            tell(f"  {name} is ready after {time.monotonic() - began:.1f} s")
        yield ways


def doing(ways: Mapping[str, Way], make: Callable[..., Deed]) -> dict[str, Way]:
    return {
        name: Way(way.contender, make(way.contender.provider), way.users, way.cookies) for name, way in ways.items()
    }


def judge_sign_ins(rounds: Rounds, what: str) -> list[Bar]:
    wanted = ((EID, AUTHLIB, 3.0), (EID, NODE, 0.75), (EID_PG, AUTHLIB_PG, 3.0), (EID_PG, NODE_PG, 1.5))
    ratios = [compare(rounds, one, other, bar, what) for one, other, bar in wanted]
    return [*ratios, *(compare_tail(rounds, name, 3.0, what) for name in (EID, EID_PG))]


def measure_sign_ins(ways: Mapping[str, Way], title: str) -> Section:
    rounds = interleave(ways, rounds=ROUNDS, seconds=SECONDS, tell=tell)
    return Section(title, figures_of(rounds), judge_sign_ins(rounds, f"{title}: "))


def measure_fewer(ways: Mapping[str, Way], users: int) -> Section:
    fewer = {name: Way(way.contender, way.deed, way.users[:users], way.cookies) for name, way in ways.items()}
    rounds = interleave(fewer, rounds=1, seconds=1.2, tell=tell)
    return Section(f"again-{users}", figures_of(rounds), [])


def measure_tokens(ways: Mapping[str, Way]) -> Section:
    asked = doing(ways, take_token)
    for name in (NODE, NODE_PG):
        way = ways[name]
        signed = take_token(way.contender.provider, **JWT)
        asked[f"{name}, signed"] = Way(way.contender, signed, way.users, way.cookies)
    rounds = interleave(asked, rounds=ROUNDS, seconds=1.2, tell=tell)
    bars = [
        *(compare(rounds, EID, other, 0.75, "token: ") for other in (NODE, f"{NODE}, signed")),
        *(compare(rounds, EID_PG, other, 1.0, "token: ") for other in (NODE_PG, f"{NODE_PG}, signed")),
    ]
    return Section("tokens", figures_of(rounds), bars)


def measure_documents(eid: Contender, folder: Path) -> Section:
    port = free_port()
    here = Path(__file__).parent
    command = (
        Path(sys.executable).parent / "granian",
        *GRANIAN,
        "--port",
        str(port),
        "--working-dir",
        here,
        "hello:app",
    )
    with running_server("hello", command, port=port, folder=folder, environment={}) as server:
        hello = Contender(server, eid.provider)
        provider, host = eid.provider, eid.server.host
        ways = {
            "Flask, hello": Way(hello, fetch("/hello", server.host), range(USERS), {}),
            "eid, discovery": Way(eid, fetch(provider.discovery, host), range(USERS), {}),
            "eid, JWKS": Way(eid, fetch(provider.jwks, host), range(USERS), {}),
        }
        rounds = interleave(ways, rounds=ROUNDS, seconds=1.2, tell=tell)
    bars = [compare(rounds, name, "Flask, hello", 0.8) for name in ("eid, discovery", "eid, JWKS")]
    return Section("documents", figures_of(rounds), bars)


def measure_cards(state: EidState, server: Server) -> Section:
    cards, eid = read_cards(state), Contender(server, describe_eid(state.made))
    ways = {
        ONE: Way(eid, verify_one_by_one(cards), range(8), {}),
        STORED: Way(eid, verify_stored(cards, 1), range(2), {}),
        BATCH: Way(eid, verify_stored(cards, LINES), range(2), {}, counts=LINES),
    }
    rounds: dict[str, list] = {name: [] for name in ways}  # type: ignore[type-arg]
    pure: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        server.resume()  # one that is paused may hold SQLite's one write lock: its sealer works at any time
        found = measure_pure(state, SERVER_CORE)
        server.pause()
        for name in ways:
            pure[name].append(found[name])
        for name, windows in interleave(ways, rounds=1, seconds=1.5, tell=tell).items():
            rounds[name] += windows
    rates = measured(rounds).rounds
    bars = [
        Bar(
            f"cards {name} / the pure function",
            spread([a / b for a, b in zip(rates[name], pure[name], strict=True)]),
            bar,
        )
        for name, bar in ((ONE, 0.5), (STORED, 0.5), (BATCH, 0.8))
    ]
    return Section("cards", figures_of(rounds), bars)


def measure_alone(state: EidState) -> Section:
    starts = [start.waited for start in measure_starts(state, 3)]
    tell(f"  starts: {', '.join(f'{one:.2f} s' for one in starts)}")
    endurance = measure_endurance(state)
    tell(f"  memory over {endurance.requests:,} requests: {', '.join(f'{one:.0f} MB' for one in endurance.memory)}")
    _, first, last = endurance.memory
    bars = [
        Bar("start-up", spread(starts), 1.0, is_most=True, unit="s"),
        Bar("memory of a worker after 100,000 requests", spread([last]), 150.0, is_most=True, unit="MB"),
        Bar("its growth from 10,000 requests on", spread([last / first]), 1.05, is_most=True),
    ]
    return Section("alone", [], bars)


def measure_everything() -> Iterator[Section]:
    """Every section, in the page's order."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tell("start-up, memory, cards")
        with made_eid(folder / "alone", cards=32) as state:
            yield measure_alone(state)
            with served_eid(state) as server:
                server.pause()
                yield measure_cards(state, server)
        starts = {EID: partial(start_eid, on_postgres=False), EID_PG: partial(start_eid, on_postgres=True), **PEERS}
        tell("a live session and a remembered consent")
        with starting(starts, folder / "again") as ways:
            yield measure_sign_ins(ways, "again")
            for users in FEWER:
                yield measure_fewer(ways, users)
            tell("tokens in a client's own name")
            yield measure_tokens(ways)
            tell("documents")
            yield measure_documents(ways[EID].contender, folder)
            cheap: dict[str, Start] = {
                EID: partial(start_eid, on_postgres=False, mode="demo"),
                EID_PG: partial(start_eid, on_postgres=True, mode="demo"),
            }
            tell("by forms, with a cheap hash")
            with starting(cheap, folder / "forms") as cheap_ways:
                yield measure_sign_ins(doing({**cheap_ways, **{n: ways[n] for n in PEERS}}, sign_in_by_form), "forms")
