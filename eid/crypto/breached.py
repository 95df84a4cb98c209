"""Lists of secrets that attackers try first: SHA-1 digests in hexadecimal, one a line, in order, whole or cut short.

It is the form in which Pwned Passwords is published ("ordered by hash", with or without `:count`), so that such a file can be
used as it is. SHA-1 hides nothing here and need not. NIST SP 800-63B-4, section 3.1.1.2; OWASP ASVS 5.0, 6.2.4 and 6.2.12.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from mmap import mmap

from eid.errors import Malformed

SHORTEST_FORM = 4
"""Fewer characters than these, between digits and marks, are no word."""

_LOOKALIKES = str.maketrans({"@": "a", "0": "o", "$": "s", "1": "i", "!": "i", "3": "e", "4": "a", "5": "s"})


class HashList:
    """A list in memory or mapped into it; nothing of it is read but what a search meets."""

    def __init__(self, lines: bytes | mmap) -> None:
        self._lines = lines

    def __contains__(self, secret: str) -> bool:
        wanted = hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest().upper().encode()
        low, high = 0, len(self._lines)
        while low < high:
            start = self._lines.rfind(b"\n", 0, (low + high) // 2) + 1
            end = self._lines.find(b"\n", start)
            end = len(self._lines) if end < 0 else end
            entry = bytes(self._lines[start:end]).strip().partition(b":")[0].upper()
            if entry and wanted.startswith(entry):
                return True
            low, high = (end + 1, high) if entry < wanted else (low, start)
        return False


def plain_forms_of(password: str) -> set[str]:
    """The whole password as a list would have it: without case and marks, digits read as letters, the ends' ornaments off.

    Rules that ask for four kinds of characters bring forth "Password1!": what is compared is the password under its ornaments,
    never a word somewhere within.
    """
    plain = strip_marks(password)
    stripped = {plain, _strip_ends(plain, str.isalnum), _strip_ends(plain, str.isalpha)}
    forms = {read for form in stripped for read in (form, form.translate(_LOOKALIKES))}
    return {form for form in forms if len(form) >= SHORTEST_FORM}


def strip_marks(text: str) -> str:
    """The text in small letters without the marks of Vietnamese: what somebody types who does not bother with them."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("đ", "d")


def check_password_not_listed(password: str, *, most_used: HashList, breached: HashList | None = None) -> None:
    """Raise Malformed where the password, under its ornaments, is most used, or as it stands is known to have leaked."""
    if any(form in most_used for form in plain_forms_of(password)):
        raise Malformed("password_trivial", "This password is on every list of guesses; choose another.")
    if breached is not None and password in breached:
        raise Malformed("password_breached", "This password is known from leaks elsewhere; choose another.")


def check_passcode_not_listed(passcode: str, *, most_used: HashList) -> None:
    """Raise Malformed where the passcode is among the most used passwords."""
    if passcode in most_used:
        raise Malformed("passcode_trivial", "This passcode is among the first that anybody would try; choose another.")


def build_hash_list(secrets: list[str], *, digits: int = 40) -> bytes:
    """The lines of a list of these, each digest cut to so many hexadecimal digits."""
    digests = {hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest().upper()[:digits] for secret in secrets}
    return "".join(f"{digest}\n" for digest in sorted(digests)).encode()


def _strip_ends(text: str, keep: Callable[[str], bool]) -> str:
    kept = [position for position, character in enumerate(text) if keep(character)]
    return text[kept[0] : kept[-1] + 1] if kept else ""
