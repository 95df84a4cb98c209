"""The pages are complete in Vietnamese: no message without one, none with lost placeholders, none that nobody uses."""

from tests.web.messages import PO_FILES, find_constants, find_uses, placeholders, read_catalogue


def test_every_message_has_its_vietnamese() -> None:
    known = read_catalogue()
    missing = sorted({f"{use.where}: {use.message}" for use in find_uses() if use.message not in known})
    assert missing == [], "python -m tests.web.messages prints entries to fill in"


def test_every_vietnamese_message_says_something() -> None:
    silent = [key for key, entries in read_catalogue().items() for _file, text in entries if not text.strip()]
    assert silent == []


def test_every_vietnamese_message_keeps_its_placeholders() -> None:
    entries = [(key, text) for key, entries in read_catalogue().items() for _file, text in entries]
    assert [key for key, text in entries if placeholders(key) != placeholders(text)] == []


def test_no_message_is_left_that_nobody_uses() -> None:
    used = {use.message for use in find_uses()} | find_constants()
    assert sorted(set(read_catalogue()) - used) == []


def test_one_message_has_one_vietnamese() -> None:
    twofold = {key: entries for key, entries in read_catalogue().items() if len({text for _, text in entries}) > 1}
    assert twofold == {}


def test_there_is_something_to_check() -> None:
    assert PO_FILES
    assert len({use.message for use in find_uses()}) > 50
