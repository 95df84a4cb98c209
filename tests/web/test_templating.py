"""How pages are drawn: in one language each, and what they call gets what it asks for."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from flask_babel import force_locale, gettext
from jinja2 import pass_context, pass_environment
from jinja2.environment import Environment
from jinja2.runtime import Context
from markupsafe import Markup

from tests.engines import one_engine

pytestmark = one_engine


def test_each_page_is_in_the_language_of_its_own_time(app: Flask) -> None:
    with app.test_request_context():
        for language, word in (("vi", "Đăng nhập"), ("en", "Sign in"), ("vi", "Đăng nhập")):
            with force_locale(language):
                assert render_template_string("{{ _('Sign in') }}") == word
                assert gettext("Sign in") == word


def test_a_page_that_fails_leaves_no_language_behind(app: Flask) -> None:
    with app.test_request_context():
        with force_locale("vi"), pytest.raises(ZeroDivisionError):
            render_template_string("{{ 1 / 0 }}")
        with force_locale("en"):
            assert gettext("Sign in") == "Sign in"


def test_what_a_page_calls_gets_what_it_asks_for(app: Flask) -> None:
    @pass_context
    def name(context: Context, key: str) -> str:
        return str(context[key])

    @pass_environment
    def is_ours(environment: Environment) -> bool:
        return environment is app.jinja_env

    class Caller:
        @pass_context
        def __call__(self, context: Context) -> str:
            return f"{context['word']}!"

    with app.test_request_context():
        drawn = render_template_string(
            "{% macro around(word, by='*') %}{{ by }}{{ word }}{{ caller() }}{{ by }}{% endmacro %}"
            "{% for word in [word] %}{{ name('word') }} {{ is_ours() }} {{ called() }} {{ plain(1, other=2) }} "
            "{% call around(word, by='<') %}{{ word }}{% endcall %}{% endfor %}",
            name=name,
            is_ours=is_ours,
            called=Caller(),
            plain=lambda one, other: Markup("<b>{}</b>").format(one + other),
            word="a&b",
        )
    assert drawn == "a&amp;b True a&amp;b! <b>3</b> &lt;a&amp;ba&amp;b&lt;"
