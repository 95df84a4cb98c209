"""Acts of the tax authority."""

from __future__ import annotations

from functools import partial
from typing import Any

from eid.agencies.taxes import TAX, add_tax_dependant, register_taxpayer, remove_tax_dependant
from eid.cli.agencies.act import OFFICER, Act, option


def _add(pin: str, *, dependant: str) -> Any:
    return add_tax_dependant(pin, dependant, officer=OFFICER)


def _remove(pin: str, *, dependant: str) -> Any:
    return remove_tax_dependant(dependant, officer=OFFICER)


_DEPENDANT = option("--dependant", help="The child's PIN.")

ACTS = (
    Act("register-taxpayer", TAX, "Register somebody with the tax authority", "", partial(register_taxpayer, officer=OFFICER)),
    Act("add-dependant", TAX, "Count a child as somebody's dependant", "--dependant 979217000107", _add, [_DEPENDANT]),
    Act("remove-dependant", TAX, "Count a child as nobody's dependant", "--dependant 979217000107", _remove, [_DEPENDANT]),
)  # fmt: skip
