"""Defects of names and origins, made by hand."""

from tests.population.quality.deck.entry import entry
from tests.population.quality.deck.family import UNINDEXED

ENTRIES = [
    entry("no surname", {"name-missing": "mother"}, mother={"surname": ""}),
    entry("no given name", {"name-missing": "son"}, son={"given_name": ""}),
    entry("a blank for a given name", {"name-missing": "son", "name-form": "son"}, son={"given_name": " "}),
    entry("a digit in a given name", {"name-form": "mother"}, mother={"given_name": "H0a"}),
    entry("two blanks in a middle name", {"name-form": "mother"}, mother={"middle_name": "Thị  Thu"}),
    entry("a blank after a surname", {"name-form": "mother"}, mother={"surname": "Trần "}),
    entry("a blank before a given name", {"name-form": "daughter"}, daughter={"given_name": " Lan"}),
    entry(
        "an accent that stands apart", {"name-composed": "mother"}, mother={"given_name": "Hoà".replace("à", "a\u0300")}
    ),
    entry("a circumflex that stands apart", {"name-composed": "son"}, son={"given_name": "Qua\u0302n"}),
    entry("a hook that stands apart", {"name-composed": "grandmother"}, grandmother={"given_name": "Tu\u031b"}),
    entry("found under the name before", {"folded-name": "mother"}, mother={"folded_name": "TRAN THI HUE"}),
    entry("found in small letters", {"folded-name": "mother"}, mother={"folded_name": "tran thi hoa"}),
    entry("found with Đ", {"folded-name": "son"}, son={"given_name": "Đạt", "folded_name": "NGUYEN MINH ĐAT"}),
    entry("found by no word", {"name-findable": "mother"}, mother={"given_name": UNINDEXED}),
    entry("no ethnic group", {"origin-missing": "mother"}, mother={"ethnicity": ""}),
    entry("a blank for a nationality", {"origin-missing": "mother"}, mother={"nationality": ""}),
    entry("an ethnic group in capitals", {"ethnicity-unknown": "mother"}, mother={"ethnicity": "KINH"}),
    entry("an ethnic group without accents", {"ethnicity-unknown": "mother"}, mother={"ethnicity": "Thai"}),
    entry("a nationality that is none", {"nationality-unknown": "mother"}, mother={"nationality": "XYZ"}),
    entry("a nationality in small letters", {"nationality-unknown": "mother"}, mother={"nationality": "lao"}),
    entry(
        "Vietnam by two letters",
        {"nationality-unknown": "mother", "pin-foreigner": "mother"},
        mother={"nationality": "VN"},
    ),
    entry(
        "born in a country that is none",
        {"birth-country-unknown": "mother"},
        mother={"birth_country": "ZZZ", "birth_province": None},
    ),
    entry(
        "born in a country by two letters",
        {"birth-country-unknown": "mother"},
        mother={"birth_country": "LA", "birth_province": None},
    ),
]
