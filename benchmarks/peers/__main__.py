"""python -m benchmarks.peers: measure some contenders only, while something is made faster.

Example: python -m benchmarks.peers eid authlib node --deed again --rounds 3 --seconds 3
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.measure import print_measured
from benchmarks.peers.deeds import settle, sign_in_again, sign_in_by_form, take_token
from benchmarks.peers.eid import start_eid
from benchmarks.peers.install import install_peers
from benchmarks.peers.load import Deed
from benchmarks.peers.others import start_authlib, start_django, start_node
from benchmarks.peers.rounds import Way, interleave, measured
from benchmarks.peers.serving import Contender, Start, generating

STARTS: dict[str, Start] = {
    "eid": partial(start_eid, on_postgres=False),
    "eid-postgres": partial(start_eid, on_postgres=True),
    "eid-cheap-hash": partial(start_eid, on_postgres=False, mode="demo"),
    "eid-cheap-hash-postgres": partial(start_eid, on_postgres=True, mode="demo"),
    "authlib": partial(start_authlib, on_postgres=False),
    "authlib-postgres": partial(start_authlib, on_postgres=True),
    "django": partial(start_django, on_postgres=False),
    "django-postgres": partial(start_django, on_postgres=True),
    "node": partial(start_node, on_postgres=False),
    "node-postgres": partial(start_node, on_postgres=True),
}
DEEDS = {"again": sign_in_again, "forms": sign_in_by_form, "token": take_token}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=STARTS, help="the first is what the others are compared with")
    parser.add_argument(
        "--deed", choices=DEEDS, default="again", help="live session, forms (needs a cheap hash), own token"
    )
    parser.add_argument("--users", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    given = parser.parse_args()
    install_peers()
    with generating(), tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ways = {}
        for name in given.names:
            contender = stack.enter_context(STARTS[name](Path(folder) / name))
            ways[name] = _make_way(contender, DEEDS[given.deed](contender.provider), given.users)
            contender.server.pause()
        rounds = interleave(ways, rounds=given.rounds, seconds=given.seconds, tell=print)
    print_measured(f"{given.deed}, {given.users} users, a core-second:", measured(rounds), floor=given.names[0])


def _make_way(contender: Contender, deed: Deed, users: int) -> Way:
    way = Way(contender, deed, range(users), {})
    asyncio.run(settle(contender, range(users), way.cookies))
    return way


if __name__ == "__main__":
    main()
