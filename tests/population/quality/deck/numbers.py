"""Defects of numbers, made by hand."""

from tests.population.quality.deck.entry import entry

ENTRIES = [
    entry("a PIN of eleven digits", {"pin-form": "father"}, father={"pin": "..........."}),
    entry("a PIN with a letter", {"pin-form": "father"}, father={"pin": "...........x"}),
    entry("a PIN with O for a zero", {"pin-form": "mother"}, mother={"pin": "9O.........."}),
    entry("a PIN with a blank", {"pin-form": "son"}, son={"pin": "901 ........"}),
    entry("a PIN with a full-width digit", {"pin-form": "son"}, son={"pin": "...........１"}),
    entry("a PIN of no province", {"pin-prefix": "father"}, father={"pin": "903........."}),
    entry("a PIN of province 00", {"pin-prefix": "father"}, father={"pin": "900........."}),
    entry("a PIN of country 100, where none begins", {"pin-prefix": "mother"}, mother={"pin": "100........."}),
    entry("a man's PIN that tells a woman", {"pin-sex": "father"}, father={"pin": "...1........"}),
    entry("a girl's PIN that tells a boy", {"pin-sex": "daughter"}, daughter={"pin": "...2........"}),
    entry("a PIN of the year after", {"pin-year": "father"}, father={"pin": "....81......"}),
    entry("two digits of the year interchanged", {"pin-year": "mother"}, mother={"pin": "....48......"}),
    entry("a PIN of a hundred years before", {"pin-year": "daughter"}, daughter={"pin": "...1........"}),
    entry("a PIN of another province", {"pin-province": "father"}, father={"pin": "979........."}),
    entry(
        "a PIN of the province of residence",
        {"pin-province": "son"},
        son={"birth_province": "79", "pin": "901........."},
    ),
    entry("a PIN of a birth abroad", {"pin-country": "father"}, father={"pin": "997........."}),
    entry("a PIN of a country's code", {"pin-country": "mother"}, mother={"pin": "101........."}),
    entry(
        "born abroad, with a PIN of a province",
        {"pin-country": "mother"},
        mother={"birth_country": "LAO", "birth_province": None, "pin": "901........."},
    ),
    entry("a citizen with a foreigner's number", {"pin-foreigner": "father"}, father={"pin": "998........."}),
    entry(
        "a foreigner with a citizen's number",
        {"pin-foreigner": "mother"},
        mother={"nationality": "LAO", "pin": "901........."},
    ),
    entry(
        "a foreigner with the number of a citizen born abroad",
        {"pin-foreigner": "mother"},
        mother={"nationality": "LAO", "birth_country": "LAO", "birth_province": None, "pin": "997........."},
    ),
    entry("a replaced PIN that is borne", {"pin-replaced": "son"}, replaced=[("son", "............", "2026-05-01")]),
    entry(
        "a PIN replaced tomorrow",
        {"pin-replaced-when": "son"},
        replaced=[("son", "979.........", "2026-07-02")],
    ),
    entry(
        "a PIN replaced before birth",
        {"pin-replaced-when": "daughter"},
        replaced=[("daughter", "979.........", "2014-11-22")],
    ),
    entry("an old number of eight digits", {"old-number-form": "father"}, father={"old_id_number": "91234567"}),
    entry("an old number with a letter", {"old-number-form": "mother"}, mother={"old_id_number": "9123A5678"}),
    entry("an old number of a child", {"old-number-age": "daughter"}, daughter={"old_id_number": "920000001"}),
    entry(
        "an old number of somebody born on the first day that is too late",
        {"old-number-age": "daughter"},
        daughter={"birth_date": "2011-01-01", "old_id_number": "920000002"},
    ),
    entry(
        "one old number of two",
        {"old-number-twice": "mother"},
        father={"old_id_number": "920000003"},
        mother={"old_id_number": "920000003"},
    ),
    entry(
        "one old number of three, one of them dead",
        {"old-number-twice": "grandmother grandfather"},
        father={"old_id_number": "920000004"},
        grandmother={"old_id_number": "920000004"},
        grandfather={"old_id_number": "920000004"},
    ),
    entry("a telephone of nine digits", {"phone-form": "father"}, father={"phone": "012345678"}),
    entry("a telephone without its zero", {"phone-form": "father"}, father={"phone": "8412345678"}),
    entry("a telephone with a blank", {"phone-form": "mother"}, mother={"phone": "01234 5678"}),
    entry("one telephone of two", {"phone-twice": "son"}, father={"phone": "0120000001"}, son={"phone": "0120000001"}),
]
