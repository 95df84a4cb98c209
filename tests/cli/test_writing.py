"""What a command writes is there whole, or as it was before: the files of a card that was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eid.cards.folder import read_chip_folder
from eid.cli.writing import write_public_files
from eid.errors import Conflict, Refused

CARD = {"EF.COM": b"one", "EF.SOD": b"two", "EF.DG1": b"three"}


def test_a_read_card_replaces_the_one_before(tmp_path: Path) -> None:
    write_public_files(CARD, tmp_path / "new" / "read")
    write_public_files({"EF.COM": CARD["EF.COM"]}, tmp_path / "new" / "read")
    assert read_chip_folder(tmp_path / "new" / "read") == {"EF.COM": CARD["EF.COM"]}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["read"]


@pytest.mark.parametrize("other", ["chip_keys.json", "notes.txt", "EF_DG1.bin/"], ids=str)
def test_a_folder_that_holds_anything_else_stays_as_it_is(tmp_path: Path, other: str) -> None:
    (tmp_path / "read").mkdir()
    path = tmp_path / "read" / other
    path.mkdir() if other.endswith("/") else path.write_text("kept")
    with pytest.raises(Conflict) as refused:
        write_public_files(CARD, tmp_path / "read")
    assert refused.value.code == "folder_in_use"
    assert [found.name for found in (tmp_path / "read").iterdir()] == [path.name]


def test_files_that_are_written_halfway_leave_what_was_there(tmp_path: Path) -> None:
    class Ends(dict[str, bytes]):
        def items(self) -> Any:
            yield "EF.COM", b"new"
            raise KeyboardInterrupt

    write_public_files({"EF.COM": b"old"}, tmp_path / "read")
    with pytest.raises(KeyboardInterrupt):
        write_public_files(Ends(), tmp_path / "read")
    assert read_chip_folder(tmp_path / "read") == {"EF.COM": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["read"]


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Refused) as refused:
        write_public_files(CARD, tmp_path / "file" / "read")
    assert refused.value.code == "file_not_writable"
    with pytest.raises(Conflict) as in_use:
        write_public_files(CARD, tmp_path / "file")
    assert in_use.value.code == "folder_in_use"
