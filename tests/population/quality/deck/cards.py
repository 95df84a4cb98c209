"""Defects of cards, made by hand."""

from tests.population.quality.deck.entry import entry

OLD = {"issued_on": "2018-01-01", "changed_on": "2018-01-01"}

ENTRIES = [
    entry("a card of a wrong number", {"card-number": "father"}, cards=[("father", {"document_number": "........9"})]),
    entry(
        "a withheld card of the other century's number",
        {"card-number": "mother"},
        cards=[("mother", {"document_number": "3........", "state": "withheld"})],
    ),
    entry("a card of a year too long", {"card-expiry": "father"}, cards=[("father", {"expires_on": "2041-03-12"})]),
    entry("a card that never ends", {"card-expiry": "son"}, cards=[("son", {"expires_on": None})]),
    entry(
        "a card of somebody over sixty that ends",
        {"card-expiry": "grandmother"},
        cards=[("grandmother", {"expires_on": "2036-03-01"})],
    ),
    entry(
        "a child's card until the 25th birthday",
        {"card-expiry": "daughter"},
        cards=[("daughter", {"expires_on": "2039-11-23"})],
    ),
    entry("a card from tomorrow", {"card-order": "father"}, cards=[("father", {"issued_on": "2026-07-02"})]),
    entry("a card from before birth", {"card-order": "daughter"}, cards=[("daughter", {"issued_on": "2014-11-22"})]),
    entry("a card to be returned tomorrow", {"card-order": "son"}, cards=[("son", {"changed_on": "2026-07-02"})]),
    entry(
        "a foreigner's identity card", {"card-citizen": "mother"}, mother={"nationality": "LAO"}, cards=[("mother", {})]
    ),
    entry("two cards", {"card-twice": "father"}, cards=[("father", {}), ("father", {"nth": 2})]),
    entry(
        "a card, and another that an authority keeps",
        {"card-twice": "father"},
        cards=[("father", {"state": "withheld"}), ("father", {"nth": 2})],
    ),
    entry(
        "two cards that wait for one person",
        {"card-twice": "father"},
        cards=[("father", {"state": "made"}), ("father", {"state": "made", "nth": 2})],
    ),
    entry(
        "a card that waits beside one that is held is no defect, a wrong number on it is",
        {"card-number": "father"},
        cards=[("father", {}), ("father", {"state": "made", "nth": 2, "document_number": "........9"})],
    ),
    entry("a card of the dead", {"card-dead": "grandfather"}, cards=[("grandfather", OLD)]),
    entry(
        "a withheld card of the dead",
        {"card-dead": "grandfather"},
        cards=[("grandfather", OLD | {"state": "withheld"})],
    ),
    entry("a made card of the dead", {"card-dead": "grandfather"}, cards=[("grandfather", OLD | {"state": "made"})]),
]
