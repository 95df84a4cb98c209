"""The cohort as one file: who plays, the relying service's secret and the cards, so that another machine can load this service.

A ZIP archive of the state directory's own files. It holds secrets of the demo, and whoever has it can play its people.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eid.errors import Malformed, NotFound
from eid.scenarios.roster import read_members

NEEDED = ("cohort.json", "load-client.json")
PLAYED = ("cohort.played", "newcomers.played")
"""What a run notes down: when it was, because codes are spent, and who has activated an account."""
_NAME = re.compile(
    r"(cohort|newcomers|load-client)\.json|(cohort|newcomers)\.played|cards/\d{12}/[A-Za-z0-9_.]{1,40}", re.ASCII
)
MOST_BYTES = 4 << 30
"""Unpacked; a card has some 60 KiB."""


def export_cohort(state_dir: Path, file: Path) -> int:
    """Afterwards the file, for its owner alone, holds the cohort that was prepared here; how many files that is.

    The cards of newcomers stay: they are read by the service. Raises NotFound: cohort_missing.
    """
    for name in NEEDED:
        if not (state_dir / name).is_file():
            raise NotFound(
                "cohort_missing", f"There is no {state_dir / name}: `eid demo` prepares the people who play."
            )
    members = {member.card.name for member in read_members(state_dir / "cohort.json")}
    cards = [path for pin in sorted(members) for path in sorted((state_dir / "cards" / pin).iterdir())]
    others = [state_dir / name for name in (*NEEDED, "newcomers.json", *PLAYED)]
    found = [path for path in (*others, *cards) if path.is_file()]
    file.touch(mode=0o600)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in found:
            archive.write(path, path.relative_to(state_dir))
    return len(found)


@contextmanager
def open_cohort(file: Path) -> Iterator[Path]:
    """A folder that is like a state directory for whoever plays, until the block ends; what was played is noted beside the file.

    Raises Malformed: cohort_archive_malformed; NotFound: cohort_missing.
    """
    with tempfile.TemporaryDirectory(prefix="eid-cohort-") as name:
        folder = Path(name)
        _unpack(file, folder)
        _copy({_note_of(file, played): folder / played for played in PLAYED})
        try:
            yield folder
        finally:
            _copy({folder / played: _note_of(file, played) for played in PLAYED})


def _unpack(file: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if any(not _NAME.fullmatch(entry.filename) for entry in entries):
                raise _malformed(file)
            if sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise _malformed(file)
            archive.extractall(folder)
    except FileNotFoundError as error:
        raise NotFound("cohort_missing", f"There is no {file}; `eid scenarios cohort export` writes one.") from error
    except (zipfile.BadZipFile, OSError) as error:
        raise _malformed(file) from error
    if not all((folder / name).is_file() for name in NEEDED):
        raise _malformed(file)


def _note_of(file: Path, played: str) -> Path:
    return file.with_name(f"{file.name}.{played}")


def _copy(places: dict[Path, Path]) -> None:
    """With their times, as far as they are there."""
    for source, target in places.items():
        if source.is_file():
            shutil.copy2(source, target)


def _malformed(file: Path) -> Malformed:
    return Malformed("cohort_archive_malformed", f"{file} is no cohort as `eid scenarios cohort export` writes it.")
