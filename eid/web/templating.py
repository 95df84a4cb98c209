"""What every template can use: formats, QR codes, navigation and the addresses of static files."""

from __future__ import annotations

from functools import cached_property
from types import FunctionType
from typing import Any

from flask import Flask
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro

from eid.config import Settings
from eid.web import acts, acts_devices, formats, forms, life_words, navigation, paper_words, service_words
from eid.web.assets import find_asset, keep_assets
from eid.web.i18n import in_one_language
from eid.web.qr import draw_qr
from eid.web.session import caller_on_this_page


class PageContext(Context):
    """The names of a page; what a page calls most, our functions and macros, is called without Jinja's look at each whether it is
    an object that wants to be given this."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        kind = type(called)
        if kind is not Macro and (kind is not FunctionType or hasattr(called, "jinja_pass_arg")):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_loop_vars", None)  # for functions that are given the context
        kwargs.pop("_block_vars", None)
        return called(self.eval_ctx, *args, **kwargs) if kind is Macro else called(*args, **kwargs)


class PageTemplate(Template):
    """A template that is drawn in one language, and whose macros are made once for all pages that import them.

    Jinja asks at each import, name by name, whether the page knows names that the template with the macros does not; here it is
    asked for all of them at once.
    """

    def render(self, *args: Any, **kwargs: Any) -> str:
        with in_one_language():
            return super().render(*args, **kwargs)

    @cached_property
    def known_names(self) -> frozenset[str]:
        return frozenset(self.globals)

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        if ctx is not None and self._module is not None and ctx.globals_keys <= self.known_names:
            return self._module
        return super()._get_default_module(ctx)


def init_app(app: Flask, settings: Settings) -> None:
    app.jinja_env.template_class = PageTemplate
    app.jinja_env.context_class = PageContext
    app.jinja_env.filters.update(
        date=formats.write_date,
        time=formats.write_time,
        clock=formats.write_clock,
        moment=formats.write_moment,
        number=formats.write_number,
        pin=formats.write_pin,
        digest=formats.write_digest,
        amr_word=acts.describe_method,
        factor_word=acts_devices.describe_factor,
    )
    app.jinja_env.globals.update(
        asset=find_asset,
        qr=draw_qr,
        is_demo=settings.is_demo,
        navigation=lambda: navigation.find_links(settings, caller_on_this_page()),
        own_doors=navigation.find_own_doors,
        footer_links=navigation.footer_links,
        page_address=navigation.page_address,
        refusal=forms.current_refusal,
        service_name=service_words.name_service,
        life_words=life_words,
        paper_words=paper_words,
    )
    app.after_request(keep_assets)
