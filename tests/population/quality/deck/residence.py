"""Defects of households and addresses, made by hand."""

from tests.population.quality.deck.entry import entry

LIVING = "father mother son daughter baby grandmother"

ENTRIES = [
    entry(
        "in no household",
        {"household-missing": "grandmother"},
        grandmother={"household_id": None, "relation_to_head": None},
    ),
    entry("nothing to the head", {"relation-missing": "grandmother"}, grandmother={"relation_to_head": None}),
    entry("no address", {"residence-missing": LIVING}, home={"address": ""}),
    entry("a blank for a commune", {"residence-missing": LIVING}, home={"commune": "  "}),
    entry("a province that there never was", {"province-impossible": f"{LIVING} grandfather"}, home={"province": "03"}),
    entry(
        "a province that was merged into another",
        {"province-impossible": f"{LIVING} grandfather"},
        home={"province": "02", "old_province": "02"},
    ),
    entry(
        "a province of before that did not become the one of today",
        {"province-impossible": "son"},
        son={"residence_old_province": "79"},
    ),
    entry("away from the household", {"household-address": "son"}, son={"residence_address": "Số 9, đường Không Đây"}),
    entry("in another commune than the household", {"household-address": "son"}, son={"residence_commune": "Xã Xa"}),
    entry(
        "in another province than the household",
        {"household-address": "mother"},
        mother={"residence_province": "79", "residence_old_province": "79"},
    ),
    entry("no head", {"household-head": "father"}, father={"relation_to_head": "other"}),
    entry("two heads", {"household-head": "father"}, grandmother={"relation_to_head": "head"}),
    entry(
        "a girl at the head of adults",
        {"household-minor": "daughter"},
        father={"relation_to_head": "parent"},
        daughter={"relation_to_head": "head"},
    ),
    entry(
        "at the head of adults on the day before the eighteenth birthday",
        {"household-minor": "son"},
        father={"relation_to_head": "parent"},
        son={"birth_date": "2008-07-02", "relation_to_head": "head"},
    ),
    entry(
        "a girl alone",
        {"household-adult": "daughter"},
        daughter={"household_id": "other", "relation_to_head": "head"},
    ),
    entry(
        "sisters alone",
        {"household-adult": "daughter baby"},
        daughter={"household_id": "other", "relation_to_head": "head"},
        baby={"household_id": "other", "relation_to_head": "sibling"},
    ),
    entry(
        "fifty-one people in one household",
        {"household-size": "father"},
        **{f"lodger_{number}": {"birth_date": f"{1940 + number}-05-06"} for number in range(45)},
    ),
    entry("a household of nobody", {"household-empty": "empty"}, empty_home=True),
]
