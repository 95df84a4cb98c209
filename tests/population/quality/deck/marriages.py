"""Defects of marriages, made by hand."""

from tests.population.quality.deck.entry import entry

ENTRIES = [
    entry(
        "married to another than one's spouse",
        {"spouse-mutual": "father mother"},
        father={"spouse_id": "stranger"},
        stranger={"sex": "F", "given_name": "Mai"},
    ),
    entry(
        "married to somebody's wife",
        {"spouse-mutual": "stranger"},
        stranger={"spouse_id": "mother", "marital_status": "married"},
    ),
    entry("a husband who counts as single", {"spouse-status": "father"}, father={"marital_status": "single"}),
    entry("a wife who counts as divorced", {"spouse-status": "mother"}, mother={"marital_status": "divorced"}),
    entry("a widow of eleven years", {"spouse-age": "daughter"}, daughter={"marital_status": "widowed"}),
    entry(
        "divorced on the day before the sixteenth birthday",
        {"spouse-age": "daughter"},
        daughter={"birth_date": "2010-07-02", "marital_status": "divorced"},
    ),
    entry(
        "a child married to nobody",
        {"spouse-age": "daughter", "spouse-missing": "daughter"},
        daughter={"marital_status": "married"},
    ),
    entry("married to nobody", {"spouse-missing": "son"}, son={"marital_status": "married"}),
    entry(
        "two husbands",
        {"spouse-sex": "son stranger"},
        son={"spouse_id": "stranger", "marital_status": "married"},
        stranger={"spouse_id": "son", "marital_status": "married"},
    ),
    entry(
        "brother and sister",
        {"spouse-kin": "son daughter"},
        son={"spouse_id": "daughter", "marital_status": "married"},
        daughter={"birth_date": "2004-01-02", "spouse_id": "son", "marital_status": "married"},
    ),
    entry(
        "children of one father",
        {"spouse-kin": "son stranger"},
        son={"spouse_id": "stranger", "marital_status": "married"},
        stranger={
            **{"sex": "F", "birth_date": "2002-02-02", "father_id": "father"},
            **{"spouse_id": "son", "marital_status": "married"},
        },
    ),
    entry(
        "mother and son",
        {"spouse-kin": "father grandmother"},
        mother={"spouse_id": None, "marital_status": "divorced"},
        father={"spouse_id": "grandmother"},
        grandmother={"spouse_id": "father", "marital_status": "married"},
    ),
    entry(
        "a spouse of no entry",
        {"spouse-unknown": "father", "spouse-mutual": "mother"},
        father={"spouse_id": "nobody"},
    ),
    entry("a spouse of no entry, of the dead", {"spouse-unknown": "grandfather"}, grandfather={"spouse_id": "nobody"}),
    entry(
        "still married to the dead",
        {"spouse-dead": "grandmother"},
        grandmother={"spouse_id": "grandfather", "marital_status": "married"},
    ),
    entry(
        "widowed, but still with the dead spouse",
        {"spouse-dead": "grandmother"},
        grandmother={"spouse_id": "grandfather"},
    ),
]
