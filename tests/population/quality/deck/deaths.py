"""Defects of deaths and of recorded events, made by hand."""

from tests.population.quality.deck.entry import Event, entry

GONE = {"household_id": None, "relation_to_head": None}

ENTRIES = [
    entry(
        "alive at 130, to the day",
        {"age-130": "stranger", "pin-year": "stranger"},
        stranger={"birth_date": "1896-07-01"},
    ),
    entry("alive at 137", {"age-130": "stranger", "pin-year": "stranger"}, stranger={"birth_date": "1889-05-01"}),
    entry(
        "a day before 130, which no PIN can tell",
        {"pin-year": "stranger"},
        stranger={"birth_date": "1896-07-02"},
    ),
    entry("dead before birth", {"death-order": "stranger"}, stranger={"died_on": "1990-10-09", **GONE}),
    entry(
        "dead tomorrow",
        {"death-order": "stranger", "death-event": "stranger"},
        stranger={"died_on": "2026-07-02", **GONE},
    ),
    entry("dead, and in a household", {"dead-household": "stranger"}, stranger={"died_on": "2020-01-01"}),
    entry("dead, and the head's father", {"dead-household": "grandfather"}, grandfather={"relation_to_head": "parent"}),
    entry(
        "recorded as dead, and alive",
        {"death-undone": "grandmother"},
        events=[Event("grandmother", "death", "2026-06-01", "2026-06-03")],
    ),
    entry(
        "a death recorded after sixteen days",
        {"death-late": "stranger"},
        stranger={"died_on": "2026-02-01", **GONE},
        events=[Event("stranger", "death", "2026-02-01", "2026-02-17")],
    ),
    entry(
        "a death since the register opened, not recorded",
        {"death-event": "stranger"},
        stranger={"died_on": "2026-01-01", **GONE},
    ),
    entry(
        "dead twice",
        {"event-twice": "stranger"},
        stranger={"died_on": "2026-02-01", **GONE},
        events=[Event("stranger", "death", "2026-02-01", day) for day in ("2026-02-03", "2026-02-09")],
    ),
    entry("born twice", {"event-twice": "baby"}, events=[Event("baby", "birth", "2026-02-03", "2026-02-12")]),
    entry(
        "recorded before it happened",
        {"event-order": "father"},
        events=[Event("father", "move", "2026-06-20", "2026-06-19")],
    ),
    entry(
        "recorded tomorrow",
        {"event-order": "father"},
        events=[Event("father", "household", "2026-06-01", "2026-07-02")],
    ),
    entry(
        "happened before birth",
        {"event-life": "son"},
        events=[Event("son", "card_due", "2006-04-16", "2026-06-01")],
    ),
    entry(
        "happened after death",
        {"event-life": "grandfather"},
        events=[Event("grandfather", "move", "2020-05-06", "2026-06-01")],
    ),
    entry(
        "moved, but not there",
        {"event-present": "son"},
        events=[Event("son", "move", "2026-06-01", "2026-06-02", {"residence_commune": ["Xã Xa", "Xã Gần"]})],
    ),
    entry(
        "corrected, but not so",
        {"event-present": "father"},
        events=[
            Event("father", "correction", "2026-06-01", "2026-06-02", {"birth_date": ["1980-03-12", "1980-12-03"]})
        ],
    ),
    entry(
        "as before, although corrected again later",
        {"event-present": "mother"},
        mother={"ethnicity": "Tày"},
        events=[
            Event("mother", "correction", "2026-06-01", "2026-06-02", {"ethnicity": ["Kinh", "Tày"]}),
            Event("mother", "correction", "2026-05-01", "2026-06-09", {"ethnicity": ["Tày", "Thái"]}),
        ],
    ),
]
