"""Commands whose modules are imported when they are run: asking for help or verifying a file loads no web application.

This is the one place that imports by name; whatever else the program needs stands at the top of a module.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple

import click


class Lazy(NamedTuple):
    where: str
    """module:attribute"""
    help: str
    """The first sentence of the command's own help, for the list in which it stands."""


def load(where: str) -> Any:
    """What is called so in that module: `module:attribute`."""
    module, _, attribute = where.partition(":")
    with made_for_good():
        return getattr(import_module(module), attribute)


@contextmanager
def made_for_good() -> Iterator[None]:
    """What this block makes lives as long as the process, and next to nothing of it is garbage: the collector looks for none
    meanwhile, which takes a fifth of a command's start, nor among it later, in the middle of somebody's request."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class LazyGroup(click.Group):
    """A group that knows its commands by name and first sentence, and imports one when it is wanted."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return None
        command: click.Command = load(self.lazy[cmd_name].where)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """click asks each command for its help; the table knows it."""
        names = self.list_commands(ctx)
        room = formatter.width - 6 - max(len(name) for name in names)
        rows = [(name, click.Command(name, help=self.lazy[name].help).get_short_help_str(room)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
