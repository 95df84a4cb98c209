"""A person at a browser without scripts: opens pages, fills in forms by the names that are fixed, presses buttons by `data-act`.

`walk` plays one of the cast through whatever stands between an address and where it leads in the end.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pyotp
import requests

Fields = list[tuple[str, str]]


@dataclass
class Form:
    action: str
    method: str
    fields: Fields = field(default_factory=list)
    unticked: Fields = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    """data-act → (name, value) that pressing it sends."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """data-act → where that button sends the form instead of where the form goes by itself."""

    @property
    def names(self) -> set[str]:
        return {name for name, _ in [*self.fields, *self.unticked]}


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(found.get("action", ""), found.get("method", "get").lower()))
        elif tag == "input" and self.forms and found.get("name") and "disabled" not in found:
            is_choice = found.get("type") in ("checkbox", "radio")
            pair = (found["name"], found.get("value", "on" if is_choice else ""))
            is_unticked = is_choice and "checked" not in found
            (self.forms[-1].unticked if is_unticked else self.forms[-1].fields).append(pair)
        elif tag == "button" and self.forms and found.get("data-act"):
            self.forms[-1].buttons[found["data-act"]] = (found.get("name", ""), found.get("value", ""))
            if "formaction" in found:
                self.forms[-1].elsewhere[found["data-act"]] = found["formaction"]


def read_forms(page: str) -> list[Form]:
    """Every form on a page, in its order."""
    reader = _FormReader()
    reader.feed(page)
    return reader.forms


class Walker:
    """One browser. `stop_at`: addresses that start so are not opened; `address` is then what the browser was sent to."""

    _spent_steps: dict[tuple[str, str], int] = {}
    """Service and TOTP secret → the last time step whose code was given; no code is accepted twice."""

    def __init__(self, stop_at: str = "") -> None:
        self.http = requests.Session()
        self.stop_at = stop_at
        self.address = ""
        self.text = ""
        self.status = 0

    @property
    def has_stopped(self) -> bool:
        return bool(self.stop_at) and self.address.startswith(self.stop_at)

    @property
    def forms(self) -> list[Form]:
        return read_forms(self.text)

    @property
    def acts(self) -> set[str]:
        """Every button on the page, by its data-act."""
        return {act for form in self.forms for act in form.buttons}

    def open(self, address: str) -> Walker:
        self._follow("GET", address, None)
        return self

    def press(
        self, act: str, *, untick: tuple[tuple[str, str], ...] = (), tick: tuple[str, ...] = (), **fields: str
    ) -> Walker:
        """Press the button with this `data-act`, after filling in these fields, and ticking or unticking these choices."""
        form = next(form for form in self.forms if act in form.buttons)
        given = [pair for pair in form.fields if pair not in untick and pair[0] not in fields]
        given += [pair for pair in form.unticked if pair[0] in tick]
        given += list(fields.items())
        if form.buttons[act][0]:
            given.append(form.buttons[act])
        action = form.elsewhere.get(act, form.action) or self.address
        self._follow(form.method.upper(), urljoin(self.address, action), given)
        return self

    def walk(self, member: Mapping[str, Any], *, untick: tuple[str, ...] = (), act: str = "approve") -> Walker:
        """Sign in as this member of the cast and decide on what is asked, until no form of these is left."""
        for _ in range(6):
            if self.has_stopped:
                return self
            names = {name for form in self.forms for name in form.names}
            if "otp" in names:
                self.press(self._act_of("otp"), otp=self.code_of(member["totp_secret"]))
            elif "password" in names:
                self.press("sign-in", pin=member["pin"], password=member["password"])
            elif "passcode" in names and act == "deny":
                self.press("deny")
            elif "passcode" in names:
                ticked = tuple(("scope", scope) for scope in untick)
                self.press("approve", untick=ticked, passcode=member["passcode"])
            else:
                return self
        raise AssertionError(f"going in circles at {self.address}: {self.text[:2000]}")

    def code_of(self, secret: str) -> str:
        """A TOTP code that was not given before: this step's or, where that is spent, the next one's."""
        key = (urlsplit(self.address).netloc, secret)
        step = max(int(time.time()) // 30, self._spent_steps.get(key, 0) + 1)
        self._spent_steps[key] = step
        return pyotp.TOTP(secret).at(step * 30)

    def _act_of(self, name: str) -> str:
        form = next(form for form in self.forms if name in form.names)
        return next(iter(form.buttons))

    def _follow(self, method: str, address: str, fields: Fields | None) -> None:
        for _ in range(20):
            answer = self.http.request(method, address, data=fields, allow_redirects=False, timeout=30)
            self.address, self.text, self.status = address, answer.text, answer.status_code
            if "Location" not in answer.headers:
                return
            self.address = address = urljoin(address, answer.headers["Location"])
            method, fields = "GET", None
            if self.has_stopped:
                return
        raise AssertionError(f"redirected without end at {address}")
