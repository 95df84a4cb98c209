"""A virtual card in vpcd's slot: its protocol, and readers that go away, say nothing or send rubbish."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.cards.chip.contents import ChipContents
from eid.cards.chip.virtual import VirtualChip
from eid.cards.inspection.reading import read_chip
from eid.cli.cards import vpcd
from eid.cli.cards.vpcd import ASK_ATR, POWER_OFF, POWER_ON, RESET, answer_message, answer_reader, connect_reader
from eid.crypto.chip_access import AccessProtocol
from eid.errors import Unavailable
from tests.crypto.forge import make_card, make_csca, make_signer
from tests.live import free_port

SELECT_APPLICATION = bytes.fromhex("00A4040C07A0000002471001")
GET_CHALLENGE = bytes.fromhex("0084000008")
CONTROLS = [bytes([POWER_OFF]), bytes([POWER_ON]), bytes([RESET])]


@pytest.fixture(scope="module")
def contents() -> ChipContents:
    return ChipContents(make_card(make_signer(make_csca())))


@pytest.fixture
def chip(contents: ChipContents) -> VirtualChip:
    return VirtualChip(contents, rng=Random(1))


class Reader:
    """vpcd's side: it has accepted the card's connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.exchanges = 0

    def send(self, message: bytes) -> None:
        """Length and message apart, as old versions of vpcd do."""
        self.connection.sendall(len(message).to_bytes(2))
        self.connection.sendall(message)

    def exchange(self, message: bytes) -> bytes:
        self.exchanges += 1
        self.send(message)
        return self.receive()

    def receive(self) -> bytes:
        length = int.from_bytes(self.connection.recv(2, socket.MSG_WAITALL))
        return self.connection.recv(length, socket.MSG_WAITALL)


class Slot:
    """A slot, and the thread that plays the card in it."""

    def __init__(self, chip: VirtualChip) -> None:
        self.told: list[bool] = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.card = connect_reader(*listener.getsockname())
            self.reader = Reader(listener.accept()[0])
        self.reader.connection.settimeout(10)
        self.thread = threading.Thread(target=lambda: self.told.extend(answer_reader(chip, self.card)), daemon=True)
        self.thread.start()

    def end(self) -> list[bool]:
        """The reader goes away, and the card has noticed."""
        self.reader.connection.close()
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.card.close()
        return self.told


@pytest.fixture
def slot(chip: VirtualChip) -> Iterator[Slot]:
    slot = Slot(chip)
    yield slot
    slot.end()


def test_only_the_question_for_the_atr_and_apdus_are_answered(chip: VirtualChip, slot: Slot) -> None:
    for control in (*CONTROLS, b"\x03", b"\xff", b""):
        slot.reader.send(control)
    assert slot.reader.exchange(bytes([ASK_ATR])) == chip.atr
    assert slot.reader.exchange(SELECT_APPLICATION) == b"\x90\x00"
    assert slot.end() == [False] * 7 + [True]


@pytest.mark.parametrize("control", CONTROLS, ids=["off", "on", "reset"])
def test_power_and_reset_end_the_session(contents: ChipContents, slot: Slot, control: bytes) -> None:
    read = read_chip(slot.reader.exchange, contents.mrz_password, rng=Random(2), access=AccessProtocol.BAC)
    assert dict(read.files) == dict(contents.files)
    slot.reader.send(control)
    slot.reader.exchange(SELECT_APPLICATION)
    assert slot.reader.exchange(bytes.fromhex("00B09E0004")) == b"\x69\x82"


def test_a_message_in_pieces_is_one_message_and_two_at_once_are_two(slot: Slot) -> None:
    framed = len(SELECT_APPLICATION).to_bytes(2) + SELECT_APPLICATION
    for octet in framed:
        slot.reader.connection.sendall(bytes([octet]))
    assert slot.reader.receive() == b"\x90\x00"
    slot.reader.connection.sendall(framed + framed)
    assert [slot.reader.receive(), slot.reader.receive()] == [b"\x90\x00"] * 2


def test_the_longest_message_is_answered_and_the_card_goes_on(slot: Slot) -> None:
    assert slot.reader.exchange(bytes(0xFFFF)) == b"\x67\x00"
    assert slot.reader.exchange(SELECT_APPLICATION) == b"\x90\x00"


@pytest.mark.parametrize("rest", [b"", b"\x00", b"\xff\xff", b"\xff\xff" + bytes(1000)], ids=len)
def test_a_reader_may_go_away_in_the_middle_of_a_message(slot: Slot, rest: bytes) -> None:
    slot.reader.send(bytes([POWER_ON]))
    slot.reader.connection.sendall(rest)
    assert slot.end() == [False]


def test_a_reader_may_go_away_before_it_is_answered(chip: VirtualChip) -> None:
    """A reset instead of an end: what was sent meets a closed connection."""
    slot = Slot(chip)
    slot.reader.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    for _ in range(100):
        slot.reader.send(GET_CHALLENGE)
    assert len(slot.end()) <= 100


@given(st.binary(max_size=400))
def test_whatever_a_reader_says_is_answered_or_left(contents: ChipContents, message: bytes) -> None:
    chip = VirtualChip(contents, rng=Random(1))
    for said in (message, SELECT_APPLICATION, message):
        answer = answer_message(chip, said)
        if len(said) > 1:
            assert answer is not None and 2 <= len(answer) <= vpcd.MAX_MESSAGE
        else:
            assert answer == (chip.atr if said == bytes([ASK_ATR]) else None)


def test_a_whole_card_takes_a_bounded_number_of_round_trips(contents: ChipContents, slot: Slot) -> None:
    """What makes reading slow is waiting, so it is the exchanges that are counted, not the time."""
    read = read_chip(slot.reader.exchange, contents.mrz_password, rng=Random(2))
    assert dict(read.files) == dict(contents.files)
    size = sum(len(content) for content in contents.files.values())
    assert slot.reader.exchanges < size / 200 + 4 * len(contents.files) + 20


class Watched(socket.socket):
    """A connection that remembers what is done with it."""

    def __init__(self) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self.done: list[object] = []

    def setsockopt(self, *option: Any) -> None:
        self.done.append(option[1])
        super().setsockopt(*option)

    def recv(self, *wanted: Any) -> bytes:
        self.done.append("recv")
        return super().recv(*wanted)

    def sendall(self, *sent: Any) -> None:
        self.done.append("sendall")
        super().sendall(*sent)


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="acknowledgements cannot be asked for on this system")
def test_nothing_waits_for_an_acknowledgement(chip: VirtualChip) -> None:
    """With Nagle's algorithm on one side and delayed acknowledgements on the other, an exchange takes 40 ms: each part is
    acknowledged when it is there, and an answer leaves in one piece."""
    with socket.create_server(("127.0.0.1", 0)) as listener, Watched() as card:
        card.connect(listener.getsockname())
        reader = Reader(listener.accept()[0])
        for _ in range(3):
            reader.send(SELECT_APPLICATION)
        reader.connection.shutdown(socket.SHUT_WR)
        assert list(answer_reader(chip, card)) == [True] * 3
        reader.connection.close()
    before, *received = " ".join(str(what) for what in card.done).split("recv")
    assert before == f"{socket.TCP_NODELAY} {socket.TCP_QUICKACK} "
    *parts, last = received
    assert {part.removesuffix("sendall ") for part in parts} == {f" {socket.TCP_QUICKACK} "}
    assert (sum("sendall" in part for part in parts), last) == (3, "")


def test_where_no_reader_is_one_is_asked_for() -> None:
    with pytest.raises(Unavailable) as refused:
        connect_reader("127.0.0.1", free_port())
    assert refused.value.code == "reader_absent"
    assert "start pcscd" in refused.value.detail


@pytest.mark.parametrize("said", [b"", b"SSH-2.0"], ids=["nothing", "something else"])
def test_a_reader_that_asks_for_no_card_is_refused(
    chip: VirtualChip, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """vpcd takes one card a slot; the next one's connection stays in the queue."""
    monkeypatch.setattr(vpcd, "PATIENCE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(connect_reader(*listener.getsockname())) as card:
        other, _address = listener.accept()
        with other:
            other.sendall(said)
            with pytest.raises(Unavailable) as refused:
                list(answer_reader(chip, card))
    assert refused.value.code == "reader_silent"
