"""Defects of births and parents, made by hand."""

from tests.population.quality.deck.entry import Event, entry

ENTRIES = [
    entry(
        "born tomorrow, which nobody recorded",
        {"birth-future": "baby", "birth-record": "baby"},
        recorded=None,
        baby={"birth_date": "2026-07-02"},
    ),
    entry("born since the register opened, without a record", {"birth-record": "baby"}, recorded=None),
    entry("born since the register opened, of no mother", {"mother-missing": "baby"}, baby={"mother_id": None}),
    entry(
        "born in Vietnam, but nowhere there",
        {"birth-place": "father"},
        father={"birth_province": None, "pin": "901........."},
    ),
    entry(
        "born abroad, in a province",
        {"birth-place": "father"},
        father={"birth_country": "LAO", "pin": "997........."},
    ),
    entry("a mother younger than her child", {"mother-age": "son"}, son={"mother_id": "daughter"}),
    entry("a mother of eleven years", {"mother-age": "son"}, mother={"birth_date": "1995-01-01"}),
    entry("a mother of seventy-one years", {"mother-age": "baby"}, baby={"mother_id": "grandmother"}),
    entry("a father of eleven years", {"father-age": "son"}, father={"birth_date": "1995-02-02"}),
    entry(
        "a father of ninety-one years",
        {"father-age": "baby"},
        grandfather={"birth_date": "1935-01-15", "died_on": "2026-02-01"},
        baby={"father_id": "grandfather"},
        events=[Event("grandfather", "death", "2026-02-01", "2026-02-03")],
    ),
    entry("parents interchanged", {"parent-sex": "son"}, son={"father_id": "mother", "mother_id": "father"}),
    entry(
        "two fathers",
        {"parent-sex": "daughter"},
        stranger={"birth_date": "1985-01-01", "surname": "Trần"},
        daughter={"mother_id": "stranger"},
    ),
    entry(
        "born after the mother's death",
        {"mother-dead": "father"},
        grandmother={"died_on": "1980-03-11", "household_id": None, "relation_to_head": None},
    ),
    entry(
        "born a year after the father's death",
        {"father-dead": "father"},
        grandfather={"died_on": "1979-03-12"},
    ),
    entry(
        "born 311 days after the father's death",
        {"father-dead": "father"},
        grandfather={"died_on": "1979-05-06"},
    ),
    entry(
        "born four months after a brother",
        {"births-near": "daughter"},
        daughter={"birth_date": "2006-08-20"},
    ),
    entry("born 209 days after a brother", {"births-near": "daughter"}, daughter={"birth_date": "2006-11-12"}),
    entry("born two days after a brother", {"births-near": "daughter"}, daughter={"birth_date": "2006-04-19"}),
    entry("a surname of neither parent", {"child-surname": "daughter"}, daughter={"surname": "Phạm"}),
    entry("a parent's surname without accents", {"child-surname": "daughter"}, daughter={"surname": "Nguyen"}),
    entry(
        "a surname of neither parent, although the father's was corrected",
        {"child-surname": "daughter"},
        father={"surname": "Trịnh"},
        daughter={"surname": "Phạm"},
        events=[Event("father", "correction", "2026-04-01", "2026-04-03", {"surname": ["Nguyễn", "Trịnh"]})],
    ),
    entry("a mother of no entry", {"mother-unknown": "daughter"}, daughter={"mother_id": "nobody"}),
    entry("a father of no entry", {"father-unknown": "daughter"}, daughter={"father_id": "nobody"}),
    entry("a birth recorded after 61 days", {"birth-late": "baby"}, recorded="2026-04-05"),
    entry("a birth recorded after four months", {"birth-late": "baby"}, recorded="2026-06-10"),
]
