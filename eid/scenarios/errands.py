"""What the leader of a run and its workers say to each other, as messages of Locust's own master and workers. Pure.

A worker says hello, is given its job, says that it is ready or why not, plays when it is told to go, tells of each second, and at
the end of all that it saw; then it is dismissed. The job holds secrets of people who are made up, and travels unencrypted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from eid.errors import Malformed

KEPT = ("cohort.json", "load-client.json", "newcomers.json", "newcomers.played")
"""What a worker on another machine needs of the service's state directory as far as it is there, besides the cards."""


class Errand(StrEnum):
    HELLO = "eid_hello"
    JOB = "eid_job"
    READY = "eid_ready"
    REFUSED = "eid_refused"
    GO = "eid_go"
    MOMENT = "eid_moment"
    STOP = "eid_stop"
    END = "eid_end"
    DISMISSED = "eid_dismissed"


FROM_WORKERS = (Errand.HELLO, Errand.READY, Errand.REFUSED, Errand.MOMENT, Errand.END)
FROM_LEADER = (Errand.JOB, Errand.GO, Errand.STOP, Errand.DISMISSED)


def parse_place(place: str) -> tuple[str, int]:
    """HOST:PORT; an address of IPv6 in brackets. Raises Malformed."""
    host, _, port = place.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise Malformed("place_malformed", f"{place!r} is no place to meet; write HOST:PORT, like 10.0.0.7:5557.")
    return host.removeprefix("[").removesuffix("]"), int(port)


def pack_state(state_dir: Path, cards: Iterable[Path]) -> dict[str, bytes]:
    """The files that a worker elsewhere plays with, by their path in the state directory."""
    files = [state_dir / name for name in KEPT if (state_dir / name).is_file()]
    files += [file for folder in cards for file in sorted(folder.rglob("*")) if file.is_file()]
    return {str(PurePosixPath(file.relative_to(state_dir))): file.read_bytes() for file in files}


def unpack_state(files: Mapping[str, Any], folder: Path) -> None:
    """Afterwards the files are in the folder, and nowhere else. Raises Malformed where a path leads out of it."""
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not isinstance(content, bytes):
            raise Malformed("job_malformed", "The leader of the run sent files that are none.")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
