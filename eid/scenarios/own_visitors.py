"""A tester's own Locust class as a plan's visitors: each arrival of the act `own` is one user of it, who performs one task.

A subclass of eid.scenarios.visitors.Visitor says in `perform` what it comes for; any other Locust user is taken as it is, and has
`member` beside what Locust gives it. Loads gevent; runs in the player's process only.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from locust import User
from locust.env import Environment
from locust.exception import StopUser

from eid.errors import NotFound
from eid.scenarios.browsing import StepFailed
from eid.scenarios.plan import Act
from eid.scenarios.roster import Member
from eid.scenarios.visitors import Scene, Visitor

MODULE = "tester"
"""What the name of a loaded module begins with: whatever the file is called, it stands in nobody's place."""
VISIT = "visit"
"""The step under which what a class raises is counted."""


def find_own_class(named: str, folder: Path) -> type[Visitor]:
    """The class that a plan names as its visitor: `file.py:Class`, in the folder of the plan.

    Raises NotFound: visitor_unknown, where there is none, or it is no Locust user.
    """
    place, _, name = named.rpartition(":")
    try:
        module = _load(place, folder)
    except (ImportError, SyntaxError, OSError, ValueError) as error:
        raise NotFound("visitor_unknown", f"The plan's visitor {named} cannot be loaded: {error}.") from error
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, User)):
        raise NotFound("visitor_unknown", f"The plan's visitor {named} is no Locust user class.")
    return found if issubclass(found, Visitor) else _wrap(found)


def _load(place: str, folder: Path) -> ModuleType:
    path = folder / place
    spec = importlib.util.spec_from_file_location(f"{MODULE}_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _wrap(kind: type[User]) -> type[Visitor]:
    """The same class, of which a user is one visit."""
    made: Any = type(kind)  # a metaclass, which finds the tasks of the class
    return cast("type[Visitor]", made(kind.__name__, (_OneVisit, kind), {}))  # it has of a Visitor what a run needs


class _OneVisit:
    """What makes a Locust user one visit: it ends where the user would wait for the next task."""

    environment: Environment

    def __init__(self, environment: Environment, scene: Scene, member: Member, act: Act, due: float) -> None:
        self.host = scene.back_channel.origin
        self.scene = scene
        self.member = member
        self.act = act
        self.due = due
        self.waited = 0.0
        self.failed = False
        super().__init__(environment)  # type: ignore[call-arg]

    def run(self) -> None:
        events = self.environment.events
        events.user_error.add_listener(self._note_error)  # type: ignore[no-untyped-call]
        events.request.add_listener(self._note_request)  # type: ignore[no-untyped-call]
        try:
            super().run()  # type: ignore[misc]
        except Exception as error:  # outside of a task, where Locust tells nobody
            self._note_error(self, error)
            raise
        finally:
            events.user_error.remove_listener(self._note_error)  # type: ignore[no-untyped-call]
            events.request.remove_listener(self._note_request)  # type: ignore[no-untyped-call]
            self.scene.report_visit(self, self.failed)  # type: ignore[arg-type]

    def wait_time(self) -> float:
        raise StopUser

    def context(self) -> dict[str, Any]:
        """What Locust passes on with each request: whose it is."""
        return {"user": self}

    def _note_request(self, response_time: float, exception: BaseException | None, context: Any, **_: Any) -> None:
        if context.get("user") is self:
            self.scene.back_channel.sent += 1
            self.waited += response_time / 1000
            self.failed = self.failed or exception is not None

    def _note_error(self, user_instance: object, exception: BaseException, **_: Any) -> None:
        """A task that raises is a visit that failed, and an error that the run is judged by."""
        if (
            getattr(user_instance, "user", user_instance) is self
        ):  # Locust names the set of tasks that the user performs
            self.failed = True
            self.environment.events.request.fire(  # type: ignore[no-untyped-call]
                request_type="VISIT",
                name=VISIT,
                response_time=0.0,
                response_length=0,
                exception=StepFailed(type(exception).__name__),
                context={},
            )
