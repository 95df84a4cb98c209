"""How far a long command is, for people who wait at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where that is a terminal; nothing in a pipe."""
    console = Console(stderr=True)
    looks = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*looks, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda more: bar.update(task, advance=more)


@contextmanager
def counter(what: str) -> Iterator[Callable[[int], None]]:
    """A growing number on standard error where that is a terminal; nothing in a pipe."""
    console = Console(stderr=True)
    looks = (TextColumn("{task.completed:,.0f} {task.description}"), _Rate())
    with Progress(*looks, console=console, transient=True, disable=not console.is_terminal) as numbers:
        task = numbers.add_task(what, total=None)
        yield lambda more: numbers.update(task, advance=more)


@contextmanager
def file_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for one file after the other – its name, octets that are there, octets that it has – on standard error where
    that is a terminal; nothing in a pipe."""
    console = Console(stderr=True)
    looks = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*looks, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, size: bar.update(task, description=name, completed=done, total=size)
