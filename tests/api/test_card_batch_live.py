"""A batch over real HTTP, served as in production: it streams, and no client that misbehaves holds up the others."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from eid.api.card_batch import BATCHES_AT_ONCE
from eid.api.ndjson import BLOCK, MEDIA_TYPE
from eid.cards.folder import write_card_folder
from eid.cards.reader import read_demo_card
from eid.cards.service import issue_card
from eid.config import Settings
from eid.db import db
from tests.conftest import running_app
from tests.engines import one_engine
from tests.live import free_port
from tests.people import HOA, record_one

PATH = "/api/v1/card-verifications/batch"


@dataclass(frozen=True)
class Served:
    url: str
    port: int
    pid: int
    line: bytes
    """The stored files of a good card."""


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> Iterator[Served]:
    """`eid serve` with one worker, on this test's database."""
    with running_app(settings):
        record_one(HOA)
        db.session.commit()
        write_card_folder(issue_card(HOA["pin"]), tmp_path / "card")
    card, port = read_demo_card(tmp_path / "card"), free_port()
    upload = {"files": {name: base64.b64encode(content).decode() for name, content in card.files.items()}}
    environment = os.environ | {
        "EID_STATE_DIR": str(settings.state_dir),
        "EID_DATABASE_URL": settings.database_url,
        "EID_PUBLIC_URL": f"http://localhost:{port}",
        "EID_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "eid", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/healthz")
            yield Served(f"http://127.0.0.1:{port}", port, process.pid, json.dumps(upload).encode())
        finally:
            process.terminate()


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"nobody answers at {url}")


def send(served: Served, body: Any) -> requests.Response:
    return requests.post(
        f"{served.url}{PATH}", data=body, headers={"Content-Type": MEDIA_TYPE}, stream=True, timeout=60
    )


def answers_of(response: requests.Response) -> Iterator[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return (json.loads(line) for line in response.iter_lines(chunk_size=512))


class Connection:
    """A client that speaks HTTP/1.1 as it likes."""

    def __init__(self, served: Served) -> None:
        self.socket = socket.create_connection(("127.0.0.1", served.port), timeout=20)
        self.socket.sendall(
            f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {MEDIA_TYPE}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(b"%x\r\n%b\r\n" % (len(data), data))

    def read_until(self, end: bytes) -> bytes:
        found = b""
        while end not in found and (more := self.socket.recv(65536)):
            found += more
        return found


def test_ten_thousand_lines_stream_through_memory_that_does_not_grow(served: Served) -> None:
    """The client reads while it sends, and each answer comes while later lines are still on their way."""
    lines, sizes, answers = 10_000, [], []
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    with contextlib.closing(connection):
        connection.putrequest("POST", PATH)
        connection.putheader("Content-Type", MEDIA_TYPE)
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        sent = 0

        def write() -> None:
            nonlocal sent
            for sent in range(1, lines + 1):
                line = (served.line if sent % 20 == 0 else b'{"id": "%d"}' % sent) + b"\n"
                connection.send(b"%x\r\n%b\r\n" % (len(line), line))
            connection.send(b"0\r\n\r\n")

        writer = threading.Thread(target=write)
        writer.start()
        response = connection.getresponse()
        seen_at_first = sent
        for number in range(1, lines + 1):
            answers.append(json.loads(response.readline()))
            if number % 2_500 == 0:
                sizes.append(_memory_of(served.pid))
        writer.join()
        assert response.read() == b""
    assert seen_at_first < lines / 2
    assert [answer["line"] for answer in answers] == list(range(1, lines + 1))
    assert [answer["status"] for answer in answers] == [200 if n % 20 == 0 else 400 for n in range(1, lines + 1)]
    assert max(sizes[1:]) - sizes[0] < 8_000, sizes  # kB


def _memory_of(pid: int) -> int:
    """The resident memory of a process and its children, in kB."""
    found = subprocess.run(["ps", "-o", "rss=", "--pid", str(pid), "--ppid", str(pid)], capture_output=True, text=True)
    return sum(map(int, found.stdout.split()))


@one_engine
def test_an_answer_comes_before_the_body_ends(served: Served) -> None:
    with Connection(served) as connection:
        connection.send(served.line + b"\n" + b" " * BLOCK)
        assert b'"verdict":"verified"' in connection.read_until(b'"receipt"')
        connection.send(b"\n{}\n")
        connection.socket.sendall(b"0\r\n\r\n")
        rest = connection.read_until(b"0\r\n\r\n")
    assert b'"line":2' in rest and b'"code":"malformed"' in rest


@one_engine
def test_a_client_that_has_said_all_and_closes_its_side_gets_its_answers(served: Served) -> None:
    with Connection(served) as connection:
        connection.send(served.line + b"\n{")
        connection.socket.shutdown(socket.SHUT_WR)
        found = connection.read_until(b"0\r\n\r\n")
    assert b'"verdict":"verified"' in found and b'"code":"line_malformed"' in found


@one_engine
def test_rubbish_and_huge_lines_have_their_answers(served: Served) -> None:
    lines = [served.line, b"\x00\xff" * 1_000, b"x" * 5_000_000, b"[" * 100_000, b"\r", served.line]
    answers = list(answers_of(send(served, b"\n".join(lines))))
    assert [answer.get("code", "verified") for answer in answers] == [
        "verified",
        "line_malformed",
        "line_too_long",
        "json_malformed",
        "verified",
    ]


@one_engine
def test_clients_that_stop_reading_or_sending_do_not_hold_up_others(served: Served) -> None:
    """As many as there is room for are stuck; whoever comes next is told to wait, and everything else is answered."""
    stuck = [Connection(served) for _ in range(BATCHES_AT_ONCE)]
    stuck[0].send(b"{")
    stuck[1].socket.settimeout(2)
    with pytest.raises(TimeoutError):
        for _ in range(10_000):
            stuck[1].send(b"{}\n" * 1_000)
    for _ in range(5):
        assert requests.post(f"{served.url}/api/v1/card-challenges", timeout=10).status_code == 200
    refused = send(served, b"{}")
    assert (refused.status_code, refused.json()["code"]) == (429, "batches_busy")
    for connection in stuck:
        connection.socket.close()
    for _ in range(50):
        answer = send(served, b"{}")
        if answer.status_code == 200:
            break
        time.sleep(0.2)
    assert [found["code"] for found in answers_of(answer)] == ["malformed"]
