"""Why a row is refused: codes that stay, one sentence each, which docs/population.md lists in this order. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """Of one row; `column` is where to look, and empty where it is the row as a whole."""

    column: str
    code: str


REASONS: dict[str, str] = {
    "row_shape": "The row has more or fewer cells than the header.",
    "cell_missing": "The cell is empty and nothing can be put there.",
    "number_malformed": "A number is written in digits, without leading zeros, from 1 to 999999999999999.",
    "pin_malformed": "A PIN has twelve digits.",
    "pin_prefix_unknown": "The PIN's first three digits name no province or country.",
    "pin_not_synthetic": "The PIN does not begin with 9, so it may be somebody's.",
    "pin_disagrees": "The PIN tells another sex or another birth year.",
    "date_malformed": "A date is written like 1978-06-26 and lies between 1900 and 2399.",
    "sex_unknown": "The sex is M or F.",
    "name_letters": "A name has letters and single spaces, up to forty of them.",
    "folded_name_differs": "The name in upper-case ASCII is not that of the name; an empty cell is filled.",
    "province_unknown": "No province has this code on that day.",
    "country_unknown": "No country has this code of three letters.",
    "ethnicity_unknown": "The ethnic group is none of the 54, nor the word for foreigners.",
    "status_unknown": "The marital status is single, married, widowed or divorced.",
    "relation_unknown": "The relation is head, spouse, child, parent, sibling, grandchild or other.",
    "relation_homeless": "Who names no household is the head of a new one, or dead and nothing to anybody's head.",
    "old_number_malformed": "An old identity number has nine digits and begins with 9, as nobody's does.",
    "phone_malformed": "A phone has ten digits and begins with 01, as nobody's does.",
    "text_long": "The text is longer than the register can hold.",
    "text_control": "The text holds a line break, or a sign that cannot be seen, or a space that is not the plain one.",
    "text_formula": "The text begins with a sign that makes a spreadsheet compute it.",
    "id_twice": "Another row of the file has the same id.",
    "id_taken": "Somebody in the register has this id.",
    "pin_twice": "Another row of the file has the same PIN.",
    "pin_taken": "Somebody in the register has, or had, this PIN.",
    "phone_twice": "Another row of the file has the same phone.",
    "phone_taken": "Somebody in the register has this phone.",
    "link_self": "The row names itself as a relative.",
    "link_unknown": "Nobody in the file or in the register has this id.",
    "link_refused": "The row refers to a row that is refused.",
    "household_address": "The household lives at another address: its head's, or the one in the register.",
}
