"""What could be wrong in the comparison with peers without anybody seeing it: counting processor time, refusals, statistics."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from benchmarks.measure import Rate
from benchmarks.peers.browser import Answer, parse_answer
from benchmarks.peers.load import Load, User, play
from benchmarks.peers.page import PAGE, TITLES, render_bars, replace_part
from benchmarks.peers.pictures import draw_bars, share_of
from benchmarks.peers.processor import Process, parse_stat, processor_seconds
from benchmarks.peers.results import Bar, compare, compare_tail, figures_of
from benchmarks.peers.rounds import Window, check_failures
from benchmarks.peers.sign_ins import REDIRECT_URI, Provider, sign_in

BURN = "import time\nwhile time.process_time() < 0.15: pass\n"
FAMILY = f"""
import resource, subprocess, sys
subprocess.run([sys.executable, "-c", {BURN!r}], check=True)
living = subprocess.Popen([sys.executable, "-c", {BURN!r} + "print(time.process_time(), flush=True); input()"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE)
other = float(living.stdout.readline())
ended = resource.getrusage(resource.RUSAGE_CHILDREN)
own = resource.getrusage(resource.RUSAGE_SELF)
print(other + ended.ru_utime + ended.ru_stime + own.ru_utime + own.ru_stime, flush=True)
input()
"""
"""A process with a child that has ended and one that lives; it says what all three have used."""


def window(done: int, processor_seconds: float, *, median: float = 10.0, p99: float = 20.0) -> Window:
    return Window(done, 1.0, processor_seconds, 0.0, median, p99, Counter())


def test_processor_time_counts_living_and_ended_children() -> None:
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = float(process.stdout.readline())
        counted = processor_seconds([process.pid])
        process.communicate(b"\n")
    assert said > 0.3
    assert counted == pytest.approx(said, abs=0.05)


def test_a_server_that_has_ended_is_not_measured() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with pytest.raises(ProcessLookupError):
        processor_seconds([process.pid])


def test_a_process_may_have_brackets_and_spaces_in_its_name() -> None:
    line = "41 (a) R 7 (b)) S 40 41 41 0 -1 4194304 1 2 3 4 100 20 3 1 20 0 1 0 99"
    assert parse_stat(line) == Process(pid=41, parent=40, ticks=4)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\nset-cookie: b=2; Path=/\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=1\r\nset-cookie: b=2; Path=/\r\n\r\n"
        b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
    ],
)
def test_an_answer_is_read_once_it_is_whole(raw: bytes) -> None:
    whole = parse_answer(raw)
    assert isinstance(whole, Answer)
    assert (whole.status, whole.cookies, whole.body) == (200, ("a=1", "b=2; Path=/"), b"hello")
    assert [parse_answer(raw[:end]) for end in (0, 10, raw.index(b"\r\n\r\n") + 4, len(raw) - 7)] == [None] * 4


Answering = Callable[[bytes], bytes]


class FakeServer(asyncio.Protocol):
    """Each request comes in one piece: they are small, and the next waits for the answer."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(self.answer(data))


def played(answer: Answering) -> Load:
    """What one user gets who signs in once at a server that answers like this."""

    def fill(_page: str, _number: int) -> dict[str, object]:
        return {"password": "wrong"}

    provider = Provider("/authorize", "/token", "/userinfo", "/jwks", "/discovery", "client", "secret", fill)

    async def deed(user: User) -> None:
        await sign_in(user, provider)

    async def run() -> Load:
        server = await asyncio.get_running_loop().create_server(lambda: FakeServer(answer), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            load = await play(deed, port=port, host="measured", users=[0], seconds=0.0)
            server.close()
            await server.wait_closed()
            await asyncio.sleep(0.01)  # its end of the connection is closed as well
            return load

    return asyncio.run(run())


def respond(status: str, body: str = "", **headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def state_of(request: bytes) -> str:
    return request.decode().split("state=")[1].split("&")[0].split(" ")[0]


TOKENS = '{"access_token": "t", "id_token": "i"}'


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _: respond("303 See Other", Location=f"{REDIRECT_URI}?error=access_denied"), "no code: access_denied"),
        (lambda _: respond("303 See Other", Location=f"{REDIRECT_URI}?code=c&state=another"), "no code: and no error"),
        (lambda _: respond("200 OK", "<form>"), "a form was refused"),
        (lambda _: respond("429 Too Many Requests"), "HTTP 429 at a page"),
        (lambda _: b"what is this\r\n\r\n", "an answer that cannot be read"),
        (
            lambda sent: (
                respond("400 Bad Request", '{"error": "invalid_grant"}')
                if sent.startswith(b"POST /token")
                else respond("303 See Other", Location=f"{REDIRECT_URI}?code=c&state={state_of(sent)}")
            ),
            "HTTP 400 invalid_grant",
        ),
        (
            lambda sent: (
                respond("200 OK", TOKENS)
                if sent.startswith((b"POST /token", b"GET /userinfo"))
                else respond("303 See Other", Location=f"{REDIRECT_URI}?code=c&state={state_of(sent)}")
            ),
            "an answer without sub",
        ),
    ],
)
def test_a_flow_that_was_refused_is_a_failure_and_never_a_fast_flow(answer: Answering, why: str) -> None:
    load = played(answer)
    assert (load.done, load.failures) == (0, Counter({why: 1}))
    with pytest.raises(RuntimeError, match="1 of 1 failed"):
        check_failures("a peer", load.done, load.failures)


def test_a_flow_that_came_to_its_end_counts() -> None:
    def answer(sent: bytes) -> bytes:
        if sent.startswith(b"POST /token"):
            return respond("200 OK", TOKENS)
        if sent.startswith(b"GET /userinfo"):
            return respond("200 OK", '{"sub": "1", "name": "Hoa"}')
        return respond("303 See Other", Location=f"{REDIRECT_URI}?code=c&state={state_of(sent)}")

    load = played(answer)
    assert (load.done, load.failures) == (1, Counter())


def test_one_failure_in_a_hundred_is_told_and_more_end_the_run() -> None:
    check_failures("a peer", 100, Counter({"connection lost": 1}))
    with pytest.raises(RuntimeError, match="connection lost"):
        check_failures("a peer", 100, Counter({"connection lost": 2}))
    with pytest.raises(RuntimeError, match="nothing at all"):
        check_failures("a peer", 0, Counter())


def test_percentiles_are_of_the_nearest_rank() -> None:
    load = Load(tuple(float(n) for n in range(100, 0, -1)), Counter(), 1.0)
    assert (load.percentile(0.5), load.percentile(0.99), load.percentile(1.0)) == (50.0, 99.0, 100.0)


def test_ratios_are_made_round_by_round() -> None:
    """The machine was half as fast in the second round: it was so for both."""
    rounds = {
        "eid": [window(300, 1.0), window(150, 1.0), window(330, 1.0)],
        "peer": [window(n, 1.0) for n in (100, 50, 100)],
    }
    bar = compare(rounds, "eid", "peer", 3.0)
    assert (bar.found, bar.is_met) == (Rate(3.0, 3.0, 3.3), True)
    assert not compare(rounds, "eid", "peer", 3.1).is_met
    assert [figure.per_core_second.median for figure in figures_of(rounds)] == [300.0, 100.0]


def test_a_bar_may_be_the_most_that_there_may_be() -> None:
    tail = compare_tail({"eid": [window(1, 1.0, median=10.0, p99=29.0)]}, "eid", 3.0)
    assert tail.is_met
    assert share_of(tail, 2.9) > 1 > share_of(tail, 3.1)
    assert not Bar("start-up", Rate(1.01, 0.9, 1.2), 1.0, is_most=True, unit="s").is_met


def test_the_page_has_a_place_for_each_part_that_a_run_writes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in (*TITLES, "bars", "machine", "fewer", "documents", "cards", "sizes"):
        assert f"\nnew {name}\n" in replace_part(page, name, f"new {name}")
    with pytest.raises(ValueError, match="no part nothing"):
        replace_part(page, "nothing", "")


def test_a_bar_that_was_not_met_says_so_on_the_page_and_in_the_picture() -> None:
    bars = [Bar("fast", Rate(4.0, 3.0, 5.0), 3.0), Bar("slow", Rate(0.04, 0.03, 0.05), 0.5)]
    met, missed = render_bars(bars).splitlines()[2:]
    assert met.endswith("| met |")
    assert missed.endswith("| **not met** |")
    assert draw_bars(bars, "bars").count('class="c"') == draw_bars(bars, "bars").count('class="b"') == 1
