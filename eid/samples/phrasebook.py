"""What a sample says, in Vietnamese and English, and in which of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, redirect, request

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
YEAR = 365 * 24 * 3600


class Phrasebook:
    def __init__(self, words: Mapping[str, tuple[str, str]], *, cookie: str, back: Callable[[], str]) -> None:
        self.words = words
        """Key → Vietnamese and English."""
        self.cookie = cookie
        self.back = back
        """Where somebody goes on who has chosen a language."""

    def add_to(self, app: Flask) -> None:
        """Afterwards templates have `say`, `knows`, `language()` and `languages`, and /language/<code> chooses."""
        app.jinja_env.globals.update(say=self.say, knows=self.knows, languages=LANGUAGES, language=self.choose_language)
        app.add_url_rule("/language/<chosen>", view_func=self.keep_language)

    def choose_language(self) -> str:
        """The language that was chosen here, else the browser's, else Vietnamese."""
        chosen = request.cookies.get(self.cookie, "")
        return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "vi") or "vi"

    def keep_language(self, chosen: str) -> Any:
        response = redirect(self.back(), 303)
        if chosen in LANGUAGES:
            response.set_cookie(self.cookie, chosen, max_age=YEAR, samesite="Lax", httponly=True)
        return response

    def knows(self, key: str) -> bool:
        """Whether there are words for this."""
        return key in self.words

    def say(self, key: str) -> str:
        vietnamese, english = self.words[key]
        return english if self.choose_language() == "en" else vietnamese
