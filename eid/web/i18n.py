"""Languages of the pages: Vietnamese and English. Messages are written in English; Vietnamese is in translations/vi/*.po.

Catalogues are read as they are, one file a subject, so no compiled file can fall behind its source.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, current_app, request
from flask_babel import Babel, Domain, get_locale, refresh
from markupsafe import Markup

from eid.flask_context import current_context

LOCALES = ("vi", "en")
COOKIE = "eid_locale"
TRANSLATIONS = Path(__file__).parent.parent / "translations"


_of_page: ContextVar[Translations | None] = ContextVar("translations of the page that is drawn", default=None)


class PoDomain(Domain):  # type: ignore[misc]
    def get_translations(self) -> Translations:
        return _of_page.get() or _find_translations()


class PagesBabel(Babel):  # type: ignore[misc]
    domain_instance = PoDomain()


@cache
def load_translations(locale: str) -> Translations:
    """Every message of a locale; English has none, because messages are written in it."""
    translations = Translations()
    translations.plural = lambda _n: 0  # Vietnamese has one form
    for path in sorted((TRANSLATIONS / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id and message.string and not message.fuzzy:
                    translations._catalog |= _entries(message)
    return translations


@contextmanager
def in_one_language() -> Iterator[None]:
    """Within, each message is in the language of now, which is looked up once: a page has dozens of messages in one language."""
    before = _of_page.set(_find_translations())
    try:
        yield
    finally:
        _of_page.reset(before)


def _find_translations() -> Translations:
    locale = get_locale()
    return load_translations(locale.language if locale else "en")


def _entries(message: Message) -> dict[Any, str]:
    if not isinstance(message.id, str):
        return {(message.id[0], index): form for index, form in enumerate(message.string or ())}
    return {message.id: str(message.string)}


def select_locale() -> str:
    """What the person chose, then `ui_locales` of a relying service's request, then the service's default."""
    for wanted in (request.cookies.get(COOKIE, ""), *_asked_by_service()):
        if wanted.split("-")[0] in LOCALES:
            return wanted.split("-")[0]
    return str(current_app.config["BABEL_DEFAULT_LOCALE"])


def _asked_by_service() -> list[str]:
    """The languages of `ui_locales`, on the service's pages and, on the way to them, those of signing in."""
    on_the_way = parse_qs(urlsplit(request.args.get("next", "")).query).get("ui_locales", [""])
    return request.args.get("ui_locales", on_the_way[0]).split()


def translate(message: str, **variables: Any) -> Markup:
    """The message in the page's language, its variables escaped: what Jinja's own `_` does, in a third of the calls."""
    text = Markup(PagesBabel.domain_instance.get_translations().ugettext(message))  # noqa: S704 – our own words
    return text % variables if variables or "%" in message else text


def init_app(app: Flask) -> None:
    PagesBabel(app, locale_selector=select_locale)
    app.jinja_env.globals["_"] = translate
    app.jinja_env.globals["locale"] = get_locale
    app.before_request(_forget_language)


def _forget_language() -> None:
    """A language belongs to one request, even where the application's context outlives it."""
    if current_context().is_within_older:
        refresh()
