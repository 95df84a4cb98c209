"""Somebody who writes all the time and remembers what was confirmed: answers card challenges, each answer of which is a row.

The answers are wrong, which uses up a challenge as well as a right one does, and is confirmed by 422.

    python -m deploy.local.writer URL SECONDS [WRITERS]

prints one JSON document: the ids that were confirmed, and every request with its time, its status (200 where it was confirmed,
0 where there was no answer) and how long it took. Knows the standard library alone.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

PAUSE = 0.1
"""Seconds between an answer and the writer's next request."""
PATIENCE = 35.0
"""Seconds for an answer: longer than every time limit of the service, so that no limit is hidden."""


@dataclass
class Request:
    at: float
    """Seconds since 1970, when it was sent."""
    status: int
    took: float
    retry_after: str = ""


class _Told(NamedTuple):
    status: int
    retry_after: str
    body: bytes


@dataclass
class Diary:
    confirmed: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)


def write_for(seconds: float, url: str, writers: int) -> Diary:
    """What so many writers met, each asking one thing after the other."""
    diary, end = Diary(), time.monotonic() + seconds
    threads = [threading.Thread(target=_write_until, args=(end, url, diary)) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return diary


def _write_until(end: float, url: str, diary: Diary) -> None:
    connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=PATIENCE)
    while time.monotonic() < end:
        at, started = time.time(), time.monotonic()
        status, retry_after = 0, ""
        try:
            drawn = _post(connection, "/api/v1/card-challenges")
            status, retry_after = drawn.status, drawn.retry_after
            if status == 200:
                challenge_id = json.loads(drawn.body)["id"]
                told = _post(connection, "/api/v1/card-verifications", _write_wrong_answer(challenge_id))
                status, retry_after = told.status, told.retry_after
                if status == 422 and json.loads(told.body)["code"] == "sod_missing":
                    status = 200
                    diary.confirmed.append(challenge_id)
        except (OSError, http.client.HTTPException):
            connection.close()
        diary.requests.append(Request(at, status, time.monotonic() - started, retry_after))
        time.sleep(PAUSE)


def _post(connection: http.client.HTTPConnection, path: str, body: str = "") -> _Told:
    connection.request("POST", path, body, {"Content-Type": "application/json"} if body else {"Content-Length": "0"})
    answer = connection.getresponse()
    return _Told(answer.status, answer.headers.get("Retry-After", ""), answer.read())


def _write_wrong_answer(challenge_id: str) -> str:
    """Of a card without EF.SOD."""
    files, proof = {"EF.COM": "YAA="}, {"challenge_id": challenge_id, "response": "AA=="}
    return json.dumps({"files": files, "active_authentication": proof})


if __name__ == "__main__":
    address, seconds, *writers = sys.argv[1:]
    print(json.dumps(asdict(write_for(float(seconds), address, int(*writers or ["4"])))))
