"""Where the time of one act goes, by layer: kept for the acts that somebody asks to be told about, and free for all others.

Layers exclude each other: a statement that is sent while a page is drawn counts as the database's, not as the page's. Says
nothing of whom an act was about.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class Layer(StrEnum):
    """Each is a metric's name in Server-Timing, a token of RFC 9110."""

    DATABASE = "db"
    """From sending a statement until its first rows, and commits."""
    LOCK = "lock"
    """Waiting for SQLite's one write lock."""
    TEMPLATE = "template"
    HASH = "hash"
    """Hashes of passwords and passcodes, slow on purpose, and waiting for one's turn to have one made."""
    CRYPTO = "crypto"
    """Signatures made and verified, chips' files among them."""
    REST = "rest"
    """All else that the service's own code does."""


class Ledger:
    """Seconds by layer of one act, from its making until it is closed; `statements` are those that the database got."""

    def __init__(self) -> None:
        self.spent: dict[Layer, float] = dict.fromkeys(Layer, 0.0)
        self.statements = 0
        self._open = [Layer.REST]
        self._since = time.perf_counter()

    def enter(self, layer: Layer) -> None:
        """From now on time is this layer's."""
        self._pass_time()
        self._open.append(layer)

    def leave(self, layer: Layer) -> None:
        """From now on time is the layer's that was entered before this one. Layers within it that were not left, because of an
        exception, are left as well; a layer that is not open stays so."""
        self._pass_time()
        if layer in self._open[1:]:
            while self._open.pop() is not layer:
                pass

    def close(self) -> float:
        """Seconds altogether, after which every layer has its share."""
        self._pass_time()
        return sum(self.spent.values())

    def _pass_time(self) -> None:
        now = time.perf_counter()
        self.spent[self._open[-1]] += now - self._since
        self._since = now


_ledger: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


def begin_ledger() -> Ledger:
    """A ledger for what this thread does until it is closed with `end_ledger`."""
    ledger = Ledger()
    _ledger.set(ledger)
    return ledger


def end_ledger() -> None:
    """Afterwards nothing is kept for this thread."""
    _ledger.set(None)


def current_ledger() -> Ledger | None:
    """The ledger of the act under way; None where nobody asked."""
    return _ledger.get()


@contextmanager
def spending(layer: Layer) -> Iterator[None]:
    """The time of this block is the layer's, where anybody asked."""
    ledger = _ledger.get()
    if ledger is None:
        yield
        return
    ledger.enter(layer)
    try:
        yield
    finally:
        ledger.leave(layer)


@contextmanager
def sending() -> Iterator[None]:
    """In this block one statement is sent: it counts, and its time is the database's, where anybody asked."""
    ledger = _ledger.get()
    if ledger is not None:
        ledger.statements += 1
    with spending(Layer.DATABASE):
        yield


def spends(layer: Layer) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer]]:
    """The time of each call of the function is the layer's, where anybody asked."""

    def decorate(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
        @functools.wraps(function)
        def called(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
            if _ledger.get() is None:
                return function(*args, **kwargs)
            with spending(layer):
                return function(*args, **kwargs)

        return called

    return decorate
