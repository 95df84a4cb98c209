"""Whether a folded name has a word, said in SQL: the words are those of names.index_words.

To be asked of many names that are in no order of words, so it begins with what is cheapest and most often false.
"""

from __future__ import annotations

_FIND = {"sqlite": "instr", "postgresql": "strpos"}
_SIGNS = ("''", "-", ".")
"""What may stand between letters of a name besides blanks, as SQL writes it (life.rules.NAME_SIGNS, folded)."""


def write_has_word(name: str, word: str, dialect: str, *, glued: bool = True) -> str:
    """That the name has the word of the parameter `word`; as a whole word between blanks or signs, or glued together.

    Without `glued`, HHEN is not found in H'HEN.
    """
    find, padded = _FIND[dialect], f"' ' || :{word} || ' '"
    plain, parted = (f"{find}(' ' || {text} || ' ', {padded}) > 0" for text in (name, _replace(name, by=" ")))
    condition = f"{find}({name}, :{word}) > 0 AND ({plain} OR {parted})"
    if glued:
        signs = " OR ".join(f"{find}({name}, '{sign}') > 0" for sign in _SIGNS)
        condition = f"{condition} OR ({signs}) AND {find}(' ' || {_replace(name, by='')} || ' ', {padded}) > 0"
    return f"({condition})"


def write_is_glued(name: str, word: str, dialect: str) -> str:
    """That a name has the word of the column `word` glued together, H'HEN for HHEN; as the index ix_name_words_glued says it."""
    return f"{_FIND[dialect]}({name}, {word}) = 0"


def _replace(text: str, *, by: str) -> str:
    for sign in _SIGNS:
        text = f"replace({text}, '{sign}', '{by}')"
    return text
