"""The command line as it is typed, without starting a program each time: what a program costs is tried where it matters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from eid.cli import main

Typed = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Runs `eid` with these words and these settings; its exit status and what it wrote."""

    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["eid", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return subprocess.CompletedProcess(words, int(ended.value.code or 0), said.out, said.err)

    return run
