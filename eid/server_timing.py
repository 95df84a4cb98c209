"""Server-Timing (W3C): an answer says what it cost by layer, and how many statements the database got for it.

Only to callers that ask for it with `Prefer: server-timing` (RFC 7240), and only where the setting EID_SERVER_TIMING allows:
how long a password's hash took is nobody's business in production. Numbers only: no statement, no address, no name.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask, Response, before_render_template, request, template_rendered
from sqlalchemy import event
from sqlalchemy.orm import Session

from eid import __version__
from eid.config import Settings
from eid.db import db
from eid.timing import Layer, begin_ledger, current_ledger, end_ledger, sending

PREFERENCE = "server-timing"


def tell_timing(app: Flask, settings: Settings) -> None:
    """From now on answers of this application bear Server-Timing where it is asked for and allowed; else nothing is installed."""
    if not settings.tells_server_timing:
        return
    with app.app_context():
        for engine in db.engines.values():
            for way in ("do_execute", "do_executemany"):
                event.listen(engine, way, partial(_spend, way.removeprefix("do_")))
            event.listen(engine, "do_execute_no_params", _spend_without_parameters)
            event.listen(engine, "commit", _enter_commit)
    event.listen(Session, "after_commit", _leave_commit)
    before_render_template.connect(_enter_template, app)
    template_rendered.connect(_leave_template, app)
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request(_tell)
    app.teardown_request(_end)


def _begin() -> None:
    if PREFERENCE in request.headers.get("Prefer", ""):
        begin_ledger()


def _tell(response: Response) -> Response:
    ledger = current_ledger()
    if ledger is None:
        return response
    total = ledger.close()
    told = [f"{layer};dur={spent * 1000:.2f}" for layer, spent in ledger.spent.items()]
    told += [f"total;dur={total * 1000:.2f}", f'statements;desc="{ledger.statements}"', *_describe_service()]
    response.headers["Server-Timing"] = ", ".join(told)
    return response


def _describe_service() -> list[str]:
    """What was measured: the version and the kind of database."""
    return [f'version;desc="{__version__}"', f'database;desc="{db.engine.dialect.name}"']


def _end(_error: BaseException | None) -> None:
    end_ledger()


def _spend(way: str, cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
    """Sends the statement, where anybody asked for its time, and says so; else leaves it to SQLAlchemy. Statements that are
    prepared (eid.prepared) note theirs themselves."""
    if current_ledger() is None:
        return False
    with sending():
        getattr(cursor, way)(statement, parameters)
    return True


def _spend_without_parameters(cursor: Any, statement: str, _context: Any) -> bool:
    if current_ledger() is None:
        return False
    with sending():
        cursor.execute(statement)
    return True


def _enter_commit(_connection: Any) -> None:
    if ledger := current_ledger():
        ledger.enter(Layer.DATABASE)


def _leave_commit(_session: Session) -> None:
    if ledger := current_ledger():
        ledger.leave(Layer.DATABASE)


def _enter_template(_app: Flask, **_: Any) -> None:
    if ledger := current_ledger():
        ledger.enter(Layer.TEMPLATE)


def _leave_template(_app: Flask, **_: Any) -> None:
    if ledger := current_ledger():
        ledger.leave(Layer.TEMPLATE)
