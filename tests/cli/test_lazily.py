"""The command line loads what a command needs, when it is run."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from eid.cli import COMMANDS, eid
from eid.cli.lazily import Lazy, LazyGroup, load

ROOT = Path(__file__).parent.parent.parent
HEAVY = {"flask", "flask_smorest", "sqlalchemy", "alembic", "PIL", "numpy", "pyarrow"}


def lazy_commands(group: LazyGroup, path: str = "eid") -> Iterator[tuple[str, Lazy]]:
    for name, lazy in sorted(group.lazy.items()):
        yield f"{path} {name}", lazy
        command = load(lazy.where)
        if isinstance(command, LazyGroup):
            yield from lazy_commands(command, f"{path} {name}")


def test_each_table_says_what_the_commands_say_of_themselves() -> None:
    entries = list(lazy_commands(load("eid.cli:eid")))
    assert len(entries) > 15
    commands = [(path.split()[-1], lazy, load(lazy.where)) for path, lazy in entries]
    assert [lazy.help for _name, lazy, _command in commands] == [
        command.get_short_help_str(limit=1000) for _name, _lazy, command in commands
    ]
    assert [name for name, _lazy, _command in commands] == [command.name for _name, _lazy, command in commands]


def test_help_lists_every_command_and_what_it_does() -> None:
    said = CliRunner().invoke(eid, ["--help"], terminal_width=80).stdout
    listed = dict(re.findall(r"^  ([a-z]+) +(.+)$", said[said.index("Commands:") :], re.MULTILINE))
    assert set(listed) == set(COMMANDS)
    assert listed["cards"] == COMMANDS["cards"].help


def test_what_is_no_command_is_misuse() -> None:
    refused = CliRunner().invoke(eid, ["populations"])
    assert refused.exit_code == 2
    assert "No such command 'populations'" in refused.stderr


def loaded_by(*words: str) -> set[str]:
    """The packages in memory after a command has run, in a process of its own."""
    code = f"""
import sys
from eid.cli import COMMANDS, eid
eid({list(words)}, standalone_mode=False)
print(sorted({{name.split(".")[0] for name in sys.modules}}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(ast.literal_eval(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (("--help",), HEAVY | {"rich", "cryptography"}),
        (("population", "--help"), HEAVY | {"rich", "cryptography"}),
        (("cards", "verify", "--help"), HEAVY),
        (("credentials", "verify", "--help"), HEAVY),
        (("population", "import", "--help"), {"pyarrow"}),
        (("population", "synthesise", "--people", "2", "--seed", "1", "--out", "-"), HEAVY - {"numpy"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_without_a_database_loads_none(words: tuple[str, ...], unwanted: set[str]) -> None:
    loaded = loaded_by(*words)
    assert "click" in loaded
    assert loaded & unwanted == set()


def test_what_is_made_for_good_is_left_alone_by_the_collector_which_looks_again_afterwards() -> None:
    code = """
import gc
from eid.cli.lazily import made_for_good
try:
    with made_for_good():
        off, kept = gc.isenabled(), [[]]
        raise ValueError
except ValueError:
    print(off, gc.isenabled(), gc.get_freeze_count() > 1000, any(each is kept for each in gc.get_objects()))
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["False", "True", "True", "False"]
