"""Families in which nothing is wrong, although it may look so: nobody of them may be named."""

from tests.population.quality.deck.accounts import DEAD, EXPIRED, WAITING
from tests.population.quality.deck.entry import Event, entry

AWAY = {"household_id": "other", "relation_to_head": "head"}
BORN_ABROAD = {"birth_country": "LAO", "birth_province": None}

ENTRIES = [
    entry("a family", {}),
    entry("twins", {}, again={"like": "son", "given_name": "Khang", "relation_to_head": "child"}),
    entry("twins with a midnight between them", {}, daughter={"birth_date": "2006-04-18"}),
    entry("children 210 days apart", {}, daughter={"birth_date": "2006-11-13"}),
    entry("a father who died ten months before", {}, grandfather={"died_on": "1979-05-07"}),
    entry("a child of the mother's surname", {}, daughter={"surname": "Trần"}),
    entry(
        "an old number of the last who could have one",
        {},
        son={"birth_date": "2010-12-31", "old_id_number": "930000001"},
    ),
    entry("a child whose parents nobody knows", {}, daughter={"mother_id": None, "father_id": None}),
    entry("a birth recorded on the sixtieth day", {}, recorded="2026-04-04"),
    entry(
        "a death recorded on the fifteenth day",
        {},
        stranger={"died_on": "2026-02-01", "household_id": None, "relation_to_head": None},
        events=[Event("stranger", "death", "2026-02-01", "2026-02-16")],
    ),
    entry("father and son of one name", {}, son={"middle_name": "Văn", "given_name": "Bình"}),
    entry("lodgers of one name and year", {}, stranger={}, again={"like": "stranger", "birth_date": "1990-03-04"}),
    entry(
        "lodgers of one name and day, a year apart",
        {},
        stranger={},
        again={"like": "stranger", "birth_date": "1991-10-10"},
    ),
    entry("man and woman of one name and day", {}, stranger={}, again={"like": "stranger", "sex": "F"}),
    entry("lodgers of one day", {}, stranger={}, again={"like": "stranger", "surname": "Vũ", "given_name": "Kiên"}),
    entry("one name and day in two streets", {}, stranger={}, again={"like": "stranger", **AWAY}),
    entry(
        "one name, day, street and number in two provinces",
        {},
        home={"address": "Số 1, đường Trùng Tên"},
        other_home={"province": "79", "old_province": "79", "address": "Số 1, đường Trùng Tên"},
        stranger={},
        again={"like": "stranger", **AWAY},
    ),
    entry(
        "short names that differ by a letter",
        {},
        stranger={"surname": "Lê", "middle_name": "", "given_name": "An"},
        again={"like": "stranger", "given_name": "Na"},
    ),
    entry(
        "a father whose surname was corrected",
        {},
        father={"surname": "Trịnh"},
        events=[Event("father", "correction", "2026-04-01", "2026-04-03", {"surname": ["Nguyễn", "Trịnh"]})],
    ),
    entry(
        "a child whose surname was corrected",
        {},
        daughter={"surname": "Trịnh"},
        events=[Event("daughter", "correction", "2026-04-01", "2026-04-03", {"surname": ["Nguyễn", "Trịnh"]})],
    ),
    entry(
        "a father who became a citizen under another name",
        {},
        father={"surname": "Trịnh", **BORN_ABROAD, "father_id": None, "mother_id": None},
        **{child: {"surname": "Bounmy"} for child in ("son", "daughter", "baby")},
        events=[
            Event(
                "father",
                "naturalisation",
                "2026-04-01",
                "2026-04-03",
                {"surname": ["Bounmy", "Trịnh"], "nationality": ["LAO", "VNM"]},
            )
        ],
    ),
    entry(
        "a number of a citizen, who is one no longer",
        {},
        mother={"nationality": "FRA", "pin": "901........."},
        events=[Event("mother", "citizenship_loss", "2026-04-01", "2026-04-03", {"nationality": ["VNM", "FRA"]})],
    ),
    entry(
        "corrected again, dated back",
        {},
        events=[
            Event("mother", "correction", "2026-06-01", "2026-06-02", {"ethnicity": ["Tày", "Thái"]}),
            Event("mother", "correction", "2026-05-01", "2026-06-09", {"ethnicity": ["Thái", "Kinh"]}),
        ],
    ),
    entry("a PIN that was replaced", {}, replaced=[("son", "979.........", "2026-05-01")]),
    entry("a foreigner", {}, mother={"nationality": "LAO", **BORN_ABROAD, "ethnicity": "Người nước ngoài"}),
    entry("a card for each", {}, cards=[(who, {}) for who in ("father", "mother", "son", "daughter", "grandmother")]),
    entry(
        "a new card after a lost one and one of an old number",
        {},
        cards=[
            ("father", {"state": "replaced", "document_number": "999999999"}),
            ("father", {"nth": 2, "state": "lost"}),
            ("father", {"nth": 3}),
        ],
        accounts=[("father", {})],
    ),
    entry("an expired card without an account", {}, cards=[("father", EXPIRED)]),
    entry(
        "a revoked card of the dead, and the account locked",
        {},
        cards=[DEAD],
        accounts=[("grandfather", {"locked_for": "card death"})],
    ),
    entry("a closed account of the dead", {}, cards=[DEAD], accounts=[("grandfather", {"state": "closed"})]),
    entry(
        "a girl's account through her mother",
        {},
        cards=[("daughter", {})],
        accounts=[("daughter", {"guardian": "mother"})],
    ),
    entry("a foreigner's account", {}, accounts=[("father", {"residence_card": "TR0000001"})]),
    entry("an account", {}, cards=[("father", {})], accounts=[("father", {"signed_in": True})]),
    entry(
        "an account at fourteen",
        {},
        daughter={"birth_date": "2012-07-01"},
        cards=[("daughter", {"expires_on": "2037-07-01"})],
        accounts=[("daughter", {})],
    ),
    entry(
        "an account that waits, for too long",
        {},
        cards=[("father", {})],
        accounts=[("father", {**WAITING, "secrets": ""})],
    ),
    entry(
        "an account locked for an expired card",
        {},
        cards=[("father", EXPIRED)],
        accounts=[("father", {"locked_for": "card"})],
    ),
    entry(
        "an account locked for a withheld card",
        {},
        cards=[("father", {"state": "withheld"})],
        accounts=[("father", {"locked_for": "card"})],
    ),
    entry(
        "an account that goes on after the PIN was replaced",
        {},
        replaced=[("father", "979.........", "2026-05-01")],
        cards=[("father", {"state": "replaced", "document_number": "999999999"})],
        accounts=[("father", {})],
    ),
]
