"""Reading a page as a program: its forms, their fields, and which button does what (`data-act`). Pure; no rendering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin


@dataclass
class Form:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    """(name, value) as the page has it, hidden fields too; a name may come more than once."""
    boxes: list[tuple[str, str]] = field(default_factory=list)
    """Boxes that can be ticked, whether or not they are yet."""
    acts: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    """data-act → (name, value) that the button sends, or None where it has no name."""

    def has_field(self, name: str) -> bool:
        return any(name == field_name for field_name, _ in self.fields)

    def fill(self, act: str, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """What is sent when these values are typed into their fields, every box is ticked, and this button is pressed."""
        button = self.acts[act]
        typed = [(name, values.get(name, value)) for name, value in self.fields]
        return typed + self.boxes + ([button] if button else [])


def parse_forms(page: str, *, url: str) -> list[Form]:
    """The forms of a page in order; actions are absolute, by the page's own address."""
    reader = _FormReader(url)
    reader.feed(page)
    return reader.forms


def find_form(page: str, *, url: str, acts: tuple[str, ...]) -> tuple[Form, str] | None:
    """The first form that has a button for one of these acts, and which; acts earlier in the list are preferred."""
    forms = parse_forms(page, url=url)
    return next(((form, act) for act in acts for form in forms if act in form.acts), None)


class _FormReader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.outside: dict[str, Form] = {}
        """Forms by id: a field or button may stand outside and name its form."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(urljoin(self.url, values.get("action", "")), values.get("method", "get").upper())
            self.forms.append(self.form)
            if "id" in values:
                self.outside[values["id"]] = self.form
            return
        form = self.outside.get(values["form"]) if "form" in values else self.form
        if form is None:
            return
        if tag == "button" or (tag == "input" and values.get("type") == "submit"):
            if "data-act" in values:
                name = values.get("name")
                form.acts[values["data-act"]] = (name, values.get("value", "")) if name else None
        elif tag in ("input", "select", "textarea") and values.get("name"):
            self._add_field(form, values)

    def _add_field(self, form: Form, values: dict[str, str]) -> None:
        pair = (values["name"], values.get("value", "on" if values.get("type") in ("checkbox", "radio") else ""))
        if "disabled" in values:
            return
        if values.get("type") == "checkbox":
            form.boxes.append(pair)
        elif values.get("type") != "radio" or "checked" in values:
            form.fields.append(pair)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
